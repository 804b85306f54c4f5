/**
 * The larger share of the million: damaged messages through codec and session in process, each with a seed of its own and its CPU time.
 * Layer: test (npm run fuzz).
 */
import { type Damaged, damaged, goldenCorpus } from "../../support/damage-cwmp.js";
import { type Outcome, playDamaged } from "../../support/play-damaged.js";
import { seededRandom } from "../../support/seeded-random.js";
import { cpuMsSince, seedOfRun } from "./tally.js";

export interface SlowMessage {
  readonly seed: number;
  readonly origin: string;
  readonly cpuMs: number;
  readonly base64: string;
  readonly contentType: string | undefined;
}

export interface CodecResult {
  readonly runs: number;
  readonly outcomes: Record<Outcome, number>;
  /** By kind of message as it was read; "(unreadable)" for the rest. */
  readonly kinds: Record<string, number>;
  readonly slowest: SlowMessage | undefined;
  readonly broken: readonly Broken[];
}

export interface Broken {
  readonly seed: number;
  readonly why: string;
  readonly base64: string;
  readonly contentType: string | undefined;
}

/** A message that took longer is played again, for something else may have run meanwhile: what counts is the least of five. */
const LOOKED_AT_CPU_MS = 8;
const BROKEN_KEPT_MAX = 20;

export function playCodecShare(seed: number, firstRun: number, runs: number, onProgress: (done: number) => void): CodecResult {
  const originals = goldenCorpus();
  const outcomes: Record<Outcome, number> = { unreadable: 0, refused: 0, answered: 0, asked: 0, empty: 0 };
  const kinds: Record<string, number> = {};
  const broken: Broken[] = [];
  let slowest: SlowMessage | undefined;
  for (let run = firstRun; run < firstRun + runs; run++) {
    const runSeed = seedOfRun(seed, run);
    const message = damaged(seededRandom(runSeed), originals);
    try {
      const before = process.cpuUsage();
      const { outcome, message: kind = "(unreadable)" } = play(runSeed, message);
      const spentMs = cpuMsSince(before);
      outcomes[outcome]++;
      kinds[kind] = (kinds[kind] ?? 0) + 1;
      if (spentMs > Math.max(LOOKED_AT_CPU_MS, slowest?.cpuMs ?? 0)) slowest = slower(slowest, measuredAgain(runSeed, message, spentMs));
    } catch (error) {
      if (broken.length < BROKEN_KEPT_MAX) broken.push({ seed: runSeed, why: String(error), ...shown(message) });
    }
    const done = run - firstRun + 1;
    if (run % 1_000 === 0 || done === Math.ceil(runs / 10)) onProgress(done);
  }
  return { runs, outcomes, kinds, slowest, broken };
}

const play = (seed: number, message: Damaged) => playDamaged(seededRandom(seed ^ 0x5e551011), message);

function measuredAgain(seed: number, message: Damaged, firstMs: number): SlowMessage {
  let cpuMs = firstMs;
  for (let again = 0; again < 4; again++) {
    const before = process.cpuUsage();
    play(seed, message);
    cpuMs = Math.min(cpuMs, cpuMsSince(before));
  }
  return { seed, origin: message.origin, cpuMs, ...shown(message) };
}

function slower(a: SlowMessage | undefined, b: SlowMessage): SlowMessage {
  return a !== undefined && a.cpuMs >= b.cpuMs ? a : b;
}

function shown({ bytes, contentType }: Damaged): { readonly base64: string; readonly contentType: string | undefined } {
  return { base64: bytes.toString("base64"), contentType };
}
