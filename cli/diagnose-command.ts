/**
 * `reveille diagnose`: tests a line's SIP registration, or anything else that has a name, and says what the result means.
 * Layer: command line.
 */
import { InvalidArgumentError, Option } from "commander";
import type { CommandContext } from "./context.js";
import { CommandFailed, EXIT } from "./exit-codes.js";
import { type FollowEnd, follow } from "./follow.js";
import { readTargets, type TargetOptions, targetOptions, type WaitOptions, waitOptions, whole } from "./options.js";
import { plain } from "./plain-text.js";
import { openProgressBar } from "./progress-bar.js";
import type { CommandText } from "./register.js";
import { runGroup } from "./run-group.js";
import { remark, tell, tellPrograms } from "./terminal.js";

interface DiagnoseOptions extends TargetOptions, WaitOptions {
  readonly test: string;
  readonly line?: string;
  readonly port?: string;
  readonly arg: Readonly<Record<string, string>>;
  readonly testTimeout?: number;
  readonly expires?: number;
  readonly lang: string;
}

interface ShownDiagnosis {
  readonly id: string;
  readonly state: "running" | "done" | "failed" | "canceled";
  readonly phase: string | null;
  readonly verdict: (ShownTexts & { readonly good: boolean }) | null;
  readonly failure: (ShownTexts & { readonly detail: string }) | null;
}

interface ShownTexts {
  readonly code: number | string;
  readonly meaning: string;
  readonly likelyCauses: readonly string[];
  readonly nextSteps: readonly string[];
}

const REGISTRATION = "sip-registration";

export const DIAGNOSE: CommandText<DiagnoseOptions> = {
  name: "diagnose",
  argument: ["[device]", "its id; or give --devices-file or --tag"],
  summary: "tests a line's SIP registration, pings, looks names up …",
  description: "Has a device test something itself, and says what the result means, what is likely to be wrong, and what to do next.",
  options: () => [
    new Option("--test <name>", "sip-registration, ping, traceroute, nslookup, download, upload, voice-port …").default(REGISTRATION),
    new Option("--line <line>", "of a registration test: the number of the enabled line, or its full path"),
    new Option("--port <port>", "of a port test: its number, or its full path"),
    new Option("--arg <name=value>", "an argument of the test; may be given several times").default({}, "none").argParser(addArgument),
    new Option("--test-timeout <seconds>", "when a device that tells no end is asked").argParser(whole(1, 86_400)),
    new Option("--expires <seconds>", "how long the device may take to call in").argParser(whole(1, 2_678_400)),
    new Option("--lang <language>", "language of the texts").choices(["en", "zh"]).default("en"),
    ...targetOptions(),
    ...waitOptions(),
  ],
  examples: [
    "reveille diagnose 0A1B2C-VG2000-VG2K0001000000 --line 1",
    "reveille diagnose 0A1B2C-VG2000-VG2K0001000000 --test ping --arg host=192.0.2.1 --arg repetitions=5 --timeout 120",
    "reveille diagnose --tag no-dial-tone --line 1 --json",
  ],
  run: async (context, options, device) => {
    const targets = await readTargets(device === "" ? undefined : device, options);
    const order = orderOf(options);
    if (targets !== undefined) return runGroup(context, { kind: "diagnosis", order, ...targets }, options);
    return diagnoseOne(context, device, order, options);
  },
};

function addArgument(text: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("expected name=value.");
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

function orderOf({ test, line, port, arg, testTimeout, expires }: DiagnoseOptions) {
  const unit = (text: string): number | string => (/^\d{1,9}$/.test(text) ? Number(text) : text);
  return {
    test,
    ...(line === undefined ? {} : { line: unit(line) }),
    ...(port === undefined ? {} : { port: unit(port) }),
    ...(Object.keys(arg).length === 0 ? {} : { arguments: arg }),
    ...(testTimeout === undefined ? {} : { timeoutS: testTimeout }),
    ...(expires === undefined ? {} : { expiresInS: expires }),
  };
}

async function diagnoseOne(context: CommandContext, device: string, order: object, options: DiagnoseOptions): Promise<number> {
  const { client, terminal, interrupted } = context;
  const path = `/api/devices/${encodeURIComponent(device)}/diagnoses`;
  const { id } = await client.post<ShownDiagnosis>(path, order);
  const one = `${path}/${id}?lang=${options.lang}`;
  tellPrograms(terminal, { event: "started", diagnosis: id });
  remark(terminal, `diagnosis ${id} is under way`);
  if (!options.wait) return EXIT.done;
  const bar = openProgressBar(terminal);
  const end = await follow<ShownDiagnosis>(
    client,
    {
      look: (signal) => client.ask<ShownDiagnosis>(one, { signal }),
      isOver: ({ state }) => state !== "running",
      query: `kind=diagnosis-ended,task-changed&device=${encodeURIComponent(device)}`,
      concerns: () => true,
      onNews: ({ state, phase }) => bar.show(STEPS[state === "running" ? (phase ?? "testing") : "ended"] ?? FIRST_STEP),
      onTrouble: (why) => bar.say(`${why}\nwaiting for it`),
    },
    { timeoutMs: options.timeout === undefined ? undefined : options.timeout * 1_000, signal: interrupted },
  ).finally(() => bar.close());
  return end.why === "over" ? tellEnd(context, end.last) : tellNoEnd(context, id, end);
}

const FIRST_STEP = { done: 0, total: 2, text: "looks for the object of the test" };
const STEPS: Readonly<Record<string, typeof FIRST_STEP>> = {
  looking: FIRST_STEP,
  testing: { done: 1, total: 2, text: "waits for the device, and for the end of the test" },
  ended: { done: 2, total: 2, text: "the test has ended" },
};

function tellEnd({ terminal }: CommandContext, diagnosis: ShownDiagnosis): number {
  const { state, verdict, failure } = diagnosis;
  tellPrograms(terminal, { event: "ended", diagnosis });
  if (!terminal.json) tell(terminal, diagnosis, wordsOf(diagnosis).join("\n"));
  if (state === "done" && verdict !== null) return verdict.good ? EXIT.done : EXIT.notGood;
  if (state === "canceled") throw new CommandFailed("the diagnosis was cancelled");
  return failure === null ? EXIT.done : EXIT.failed;
}

function wordsOf({ state, verdict, failure }: ShownDiagnosis): readonly string[] {
  const texts = verdict ?? failure;
  if (texts === null) return [`the diagnosis is ${state}`];
  const list = (title: string, lines: readonly string[]) => (lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${plain(line)}`)]);
  return [
    `${plain(texts.code)}: ${plain(texts.meaning)}`,
    ...(failure === null || failure.detail === "" ? [] : [plain(failure.detail)]),
    ...list("Likely causes:", texts.likelyCauses),
    ...list("Next steps:", texts.nextSteps),
  ];
}

function tellNoEnd({ terminal }: CommandContext, id: string, { why, last }: FollowEnd<ShownDiagnosis>): number {
  tellPrograms(terminal, { event: "left", outcome: why, diagnosis: last ?? null });
  remark(terminal, `${why === "timed-out" ? "the time is over" : "no longer waiting"}: diagnosis ${id} goes on`);
  return why === "timed-out" ? EXIT.timedOut : EXIT.interrupted;
}
