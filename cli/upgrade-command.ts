/**
 * `reveille upgrade`: firmware for one device or many, and the proof that it runs.
 * Layer: command line.
 */
import { Option } from "commander";
import type { CommandContext } from "./context.js";
import { CommandFailed, EXIT } from "./exit-codes.js";
import { type FollowEnd, follow } from "./follow.js";
import { readTargets, type TargetOptions, targetOptions, type WaitOptions, waitOptions, whole } from "./options.js";
import { plain } from "./plain-text.js";
import { openProgressBar, type Progress } from "./progress-bar.js";
import type { CommandText } from "./register.js";
import { runGroup } from "./run-group.js";
import { remark, tell, tellPrograms } from "./terminal.js";

interface UpgradeOptions extends TargetOptions, WaitOptions {
  readonly to?: string;
  readonly fileId?: string;
  readonly backup?: true;
  readonly verifySip: boolean;
  readonly attempts?: number;
  readonly retryAfter?: number;
  readonly callInWithin?: number;
  readonly returnWithin?: number;
  readonly sipWithin?: number;
}

interface ShownUpgrade {
  readonly id: string;
  readonly state: "running" | "done" | "failed" | "aborted";
  readonly phase: string;
  readonly attempt: number;
  readonly reason: string | null;
  readonly detail: string;
  readonly backup: boolean;
  readonly versionBefore: string | null;
  readonly versionAfter: string | null;
}

const S_MAX = 8_640_000;

export const UPGRADE: CommandText<UpgradeOptions> = {
  name: "upgrade",
  argument: ["[device]", "its id; or give --devices-file or --tag"],
  summary: "upgrades the firmware of one device or many, with proof",
  description:
    "Has devices download firmware of the catalogue. Done is a device that has told the new version itself, its lines registered as before.",
  options: () => [
    new Option("--to <version>", "the version; a file of the catalogue has it for the device's model"),
    new Option("--file-id <id>", "the file of the catalogue, in place of --to"),
    new Option("--backup", "have the configuration uploaded first; it goes back when the device is not as it should be"),
    new Option("--no-verify-sip", "do not wait for lines that were registered before"),
    new Option("--attempts <number>", "how often in all").argParser(whole(1, 10)),
    new Option("--retry-after <seconds>", "time between two attempts").argParser(whole(1, S_MAX)),
    new Option("--call-in-within <seconds>", "how long the device may take to call in before anything is sent").argParser(whole(1, S_MAX)),
    new Option("--return-within <seconds>", "from the download to its end, and from that to the proof of the version").argParser(
      whole(1, S_MAX),
    ),
    new Option("--sip-within <seconds>", "from the proof of the version until the lines are registered").argParser(whole(1, S_MAX)),
    ...targetOptions(),
    ...waitOptions(),
  ],
  examples: [
    "reveille upgrade 0A1B2C-VG2000-VG2K0001000000 --to 4.1.0",
    "reveille upgrade --devices-file devices.csv --to 4.1.0 --concurrency 50 --rate 300 --backup",
    "reveille upgrade --tag pilot --file-id 01kdvdnkzce0m1d64e07kc0txr --no-wait --json",
  ],
  run: async (context, options, device) => {
    const targets = await readTargets(device === "" ? undefined : device, options);
    const order = orderOf(options);
    if (targets !== undefined) return runGroup(context, { kind: "upgrade", order, ...targets }, options);
    return upgradeOne(context, device, order, options);
  },
};

function orderOf({ to, fileId, backup, verifySip, attempts, retryAfter, ...within }: UpgradeOptions) {
  if ((to === undefined) === (fileId === undefined)) throw new CommandFailed("give one of --to and --file-id", EXIT.usage);
  const { callInWithin, returnWithin, sipWithin } = within;
  const retry = { ...(attempts === undefined ? {} : { attempts }), ...(retryAfter === undefined ? {} : { afterS: retryAfter }) };
  return {
    ...(to === undefined ? { fileId } : { version: to }),
    ...(backup === undefined ? {} : { backup }),
    ...(verifySip ? {} : { verifySip }),
    ...(Object.keys(retry).length === 0 ? {} : { retry }),
    ...(callInWithin === undefined ? {} : { callInWithinS: callInWithin }),
    ...(returnWithin === undefined ? {} : { returnWithinS: returnWithin }),
    ...(sipWithin === undefined ? {} : { sipWithinS: sipWithin }),
  };
}

async function upgradeOne(context: CommandContext, device: string, order: object, options: UpgradeOptions): Promise<number> {
  const { client, terminal, interrupted } = context;
  const started = await client.post<ShownUpgrade>(`/api/devices/${encodeURIComponent(device)}/upgrades`, order);
  const { id } = started;
  tellPrograms(terminal, { event: "started", upgrade: started });
  remark(terminal, `upgrade ${id} is under way`);
  if (!options.wait) return EXIT.done;
  const bar = openProgressBar(terminal);
  let phase = "";
  const end = await follow<ShownUpgrade>(
    client,
    {
      look: (signal) => client.ask<ShownUpgrade>(`/api/upgrades/${id}`, { signal }),
      isOver: ({ state }) => state !== "running",
      query: `kind=upgrade-phase,upgrade-ended&device=${encodeURIComponent(device)}`,
      concerns: () => true,
      onNews: (upgrade) => {
        bar.show(progressOf(upgrade));
        const now = `${upgrade.phase} ${upgrade.attempt}`;
        if (now !== phase && upgrade.state === "running") tellPrograms(terminal, { event: "progress", upgrade });
        phase = now;
      },
      onTrouble: (why) => bar.say(`${why}\nwaiting for it`),
    },
    { timeoutMs: options.timeout === undefined ? undefined : options.timeout * 1_000, signal: interrupted },
  ).finally(() => bar.close());
  return end.why === "over" ? tellEnd(context, end.last) : tellNoEnd(context, id, end);
}

/** What comes one after the other; an attempt that waits for the next begins again. */
const PHASES = ["reading", "backing-up", "downloading", "verifying-version", "verifying-sip"];

function progressOf({ state, phase, attempt, backup }: ShownUpgrade): Progress {
  const phases = PHASES.filter((name) => backup || name !== "backing-up");
  const done = state === "done" ? phases.length : Math.max(0, phases.indexOf(phase));
  const text = state === "running" ? phase : state;
  return { done, total: phases.length, text: attempt > 1 ? `${text}, attempt ${attempt}` : text };
}

function tellEnd({ terminal }: CommandContext, upgrade: ShownUpgrade): number {
  const { state, reason, detail, versionBefore, versionAfter } = upgrade;
  tellPrograms(terminal, { event: "ended", outcome: state, upgrade });
  const versions = `${plain(versionBefore ?? "unknown")} before, ${plain(versionAfter ?? "unknown")} now`;
  const words = [state === "failed" ? `failed: ${plain(reason)}` : state, plain(detail), versions].filter((word) => word !== "");
  if (!terminal.json) tell(terminal, upgrade, words.join("\n"));
  return state === "done" ? EXIT.done : EXIT.failed;
}

function tellNoEnd({ terminal }: CommandContext, id: string, { why, last }: FollowEnd<ShownUpgrade>): number {
  tellPrograms(terminal, { event: "left", outcome: why, upgrade: last ?? null });
  remark(terminal, `${why === "timed-out" ? "the time is over" : "no longer waiting"}: upgrade ${id} goes on`);
  return why === "timed-out" ? EXIT.timedOut : EXIT.interrupted;
}
