/**
 * Tells a run in the terminal: headings, and one line per thing that happened, with the time since the start.
 * Layer: demo.
 */
export interface Narrator {
  heading(text: string): void;
  /** @param who "gateway 1", "acs", "bridge". */
  line(who: string, text: string): void;
  say(text: string): void;
}

const WHO_WIDTH = 9;
const TIME_WIDTH = 8;

export function createNarrator(write: (line: string) => void, nowMs: () => number): Narrator {
  const startMs = nowMs();
  const time = (): string => `${((nowMs() - startMs) / 1_000).toFixed(3)}s`.padStart(TIME_WIDTH);
  return {
    heading: (text) => write(`\n── ${text}`),
    line: (who, text) => write(`${time()}  ${who.padEnd(WHO_WIDTH)}  ${text}`),
    say: (text) => write(text),
  };
}
