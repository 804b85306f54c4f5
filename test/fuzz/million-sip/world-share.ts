/**
 * The larger share of the million SIP messages: in process, through parser, transaction layer and registrar, each with a seed of its own
 * and its CPU time.
 * Layer: test (npm run fuzz).
 */
import { sipOriginals } from "../../support/damage-sip.js";
import { seededRandom } from "../../support/seeded-random.js";
import { openSipWorld, type SipShot } from "../../support/sip-world.js";
import { cpuMsSince, seedOfRun } from "../million/tally.js";

export interface SlowShot {
  readonly seed: number;
  readonly origin: string;
  readonly cpuMs: number;
  readonly base64: string;
}

export interface BrokenShot {
  readonly seed: number;
  readonly why: string;
  readonly base64: string;
}

export interface WorldResult {
  readonly runs: number;
  readonly outcomes: Record<string, number>;
  /** By method as it was read; "(unreadable)" for the rest. */
  readonly kinds: Record<string, number>;
  readonly reached: { readonly layer: number; readonly registrar: number };
  readonly slowest: SlowShot | undefined;
  readonly broken: readonly BrokenShot[];
}

/** A message that took longer is played again, for something else may have run meanwhile: what counts is the least of ten. */
const LOOKED_AT_CPU_MS = 2;
const BROKEN_KEPT_MAX = 20;

export async function playWorldShare(
  seed: number,
  firstRun: number,
  runs: number,
  onProgress: (done: number) => void,
): Promise<WorldResult> {
  const originals = sipOriginals();
  const world = openSipWorld(originals);
  const outcomes: Record<string, number> = {};
  const kinds: Record<string, number> = {};
  const broken: BrokenShot[] = [];
  let slowest: SlowShot | undefined;
  for (let run = firstRun; run < firstRun + runs; run++) {
    const runSeed = seedOfRun(seed, run);
    const random = seededRandom(runSeed);
    const shot = world.shoot(random);
    try {
      const before = process.cpuUsage();
      const { outcome, kind = "(unreadable)" } = await world.play(random, shot);
      const spentMs = cpuMsSince(before);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      kinds[kind] = (kinds[kind] ?? 0) + 1;
      if (spentMs > Math.max(LOOKED_AT_CPU_MS, slowest?.cpuMs ?? 0)) slowest = slower(slowest, await measuredAgain(runSeed, shot, spentMs));
    } catch (error) {
      if (broken.length < BROKEN_KEPT_MAX) broken.push({ seed: runSeed, why: String(error), base64: shot.bytes.toString("base64") });
    }
    const done = run - firstRun + 1;
    if (run % 1_000 === 0 || done === Math.ceil(runs / 10)) onProgress(done);
  }
  return { runs, outcomes, kinds, reached: world.reached, slowest, broken };
}

/** In worlds that have not seen it: there it is no copy. */
async function measuredAgain(seed: number, shot: SipShot, firstMs: number): Promise<SlowShot> {
  let cpuMs = firstMs;
  for (let again = 0; again < 9; again++) {
    const world = openSipWorld(sipOriginals());
    const before = process.cpuUsage();
    await world.play(seededRandom(seed), shot);
    cpuMs = Math.min(cpuMs, cpuMsSince(before));
  }
  return { seed, origin: shot.origin, cpuMs, base64: shot.bytes.toString("base64") };
}

function slower(a: SlowShot | undefined, b: SlowShot): SlowShot {
  return a !== undefined && a.cpuMs >= b.cpuMs ? a : b;
}
