/**
 * Progress on standard error: a bar on a terminal, a line now and then elsewhere, nothing with --json.
 * Layer: command line.
 */
import { Presets, SingleBar } from "cli-progress";
import { plain } from "./plain-text.js";
import { remark, type Terminal } from "./terminal.js";

export interface Progress {
  readonly done: number;
  readonly total: number;
  /** Beside the bar. */
  readonly text: string;
}

export interface ProgressBar {
  show(progress: Progress): void;
  /** A sentence above the bar. */
  say(text: string): void;
  /** Leaves the bar as it is and goes to the next line. */
  close(): void;
}

/** Where there is no bar a line comes at most so often, and with the last step. */
const LINE_EVERY_MS = 5_000;

export function openProgressBar(terminal: Terminal): ProgressBar {
  if (terminal.json) return { show: () => undefined, say: () => undefined, close: () => undefined };
  return terminal.err.isTTY === true ? drawnBar(terminal) : lines(terminal);
}

function drawnBar(terminal: Terminal): ProgressBar {
  let bar: SingleBar | undefined;
  return {
    show({ done, total, text }) {
      const shown = { text: plain(text) };
      if (bar === undefined) {
        bar = makeBar(terminal);
        bar.start(total, done, shown);
      }
      bar.setTotal(total);
      bar.update(done, shown);
    },
    say(text) {
      bar?.stop();
      bar = undefined; // drawn anew below the sentence
      remark(terminal, text);
    },
    close() {
      bar?.stop();
    },
  };
}

/** The names of the time left and so on are not the library's: the ACS knows the rate, the library does not. */
function makeBar({ err }: Terminal): SingleBar {
  const options = { format: "{bar} {value}/{total} {text}", stream: err, hideCursor: true, linewrap: false, stopOnComplete: false };
  return new SingleBar({ ...options, gracefulExit: false }, Presets.shades_classic);
}

function lines(terminal: Terminal): ProgressBar {
  let last = "";
  let nextMs = 0;
  const line = ({ done, total, text }: Progress): string => `${done}/${total} ${plain(text)}`;
  return {
    show(progress) {
      const text = line(progress);
      const isDue = performance.now() >= nextMs || progress.done === progress.total;
      if (text === last || !isDue) return;
      last = text;
      nextMs = performance.now() + LINE_EVERY_MS;
      remark(terminal, text);
    },
    say: (text) => remark(terminal, text),
    close: () => undefined,
  };
}
