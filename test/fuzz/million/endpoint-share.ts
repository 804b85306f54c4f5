/**
 * The smaller share of the million: over real HTTP to a whole ACS with its store, many gateways at once; then some one after another, with
 * a digest of all tables around each, and those that took longest once more alone, for their CPU time.
 * Layer: test (npm run fuzz).
 */
import { damaged, goldenCorpus } from "../../support/damage-cwmp.js";
import { seededRandom } from "../../support/seeded-random.js";
import { startTestAcs, type TestAcs } from "../../support/test-acs.js";
import type { Broken } from "./codec-share.js";
import { type Phase, runLane } from "./lane.js";
import { StoreDigest } from "./store-digest.js";
import { seedOfRun } from "./tally.js";

export interface EndpointResult {
  readonly runs: number;
  /** "phase: status", or the message that was answered. */
  readonly answers: Record<string, number>;
  readonly refused: number;
  /** Of those that came one after another: refused, with all tables compared. */
  readonly refusedAlone: number;
  /** The dearest of those that took longest by the clock: CPU of the whole process, client included. */
  readonly dearestCpuMs: number;
  readonly broken: readonly Broken[];
}

const LANES = 48;
const SLOW_KEPT = 10;
const BROKEN_KEPT_MAX = 20;
/** No limits of rate: these gateways call without a pause. The log is of no use here, and would not fit into memory. */
const ENV = {
  ACS_REFRESH_AT_BOOTSTRAP: "false",
  ACS_SESSIONS_PER_SECOND_MAX: "1000000",
  ACS_DEVICE_SESSIONS_PER_MINUTE_MAX: "1000000",
};
const REFUSED: ReadonlySet<number> = new Set([400, 403, 413, 415]);

export async function playEndpointShare(
  seed: number,
  runs: number,
  alone: number,
  onProgress: (done: number) => void,
): Promise<EndpointResult> {
  const answers: Record<string, number> = {};
  const broken: Broken[] = [];
  const slow: { readonly seed: number; readonly wallMs: number }[] = [];
  let refused = 0;
  const note = (phase: Phase, answer: string, isRefused: boolean, runSeed: number, wallMs: number): void => {
    const key = `${phase}: ${answer}`;
    answers[key] = (answers[key] ?? 0) + 1;
    if (isRefused) refused++;
    slow.push({ seed: runSeed, wallMs });
    if (slow.length > 10 * SLOW_KEPT) slow.sort((a, b) => b.wallMs - a.wallMs).splice(SLOW_KEPT);
  };
  const fail = (one: Broken): void => void (broken.length < BROKEN_KEPT_MAX && broken.push(one));
  await withAcs(true, async (acs, digest) => {
    let run = 0;
    const next = (): number | undefined => {
      if (run % 1_000 === 0) onProgress(run);
      return run < runs ? run++ : undefined;
    };
    const share = { seed, next, originals: goldenCorpus(), digest, note, fail };
    await Promise.all(Array.from({ length: LANES }, () => runLane(acs, share)));
    const integrity = digest.integrity();
    if (integrity !== "ok") fail({ seed, why: `the database file: ${integrity}`, base64: "", contentType: undefined });
  });
  const { refusedAlone, dearestCpuMs } = await playAlone(seed + 1, alone, slow.slice(0, SLOW_KEPT), fail);
  return { runs: runs + alone, answers, refused, refusedAlone, dearestCpuMs, broken };
}

async function withAcs<T>(realTime: boolean, work: (acs: TestAcs, digest: StoreDigest) => Promise<T>): Promise<T> {
  const acs = await startTestAcs({ env: ENV, realTime, isQuiet: true });
  const digest = new StoreDigest(acs.file("acs.sqlite"));
  try {
    return await work(acs, digest);
  } finally {
    digest.close();
    await acs.close();
  }
}

type Slow = readonly { readonly seed: number }[];

async function playAlone(seed: number, runs: number, slow: Slow, fail: (broken: Broken) => void) {
  const originals = goldenCorpus();
  return withAcs(false, async (acs, digest) => {
    const gateway = await acs.gateway();
    await gateway.inform("2 PERIODIC");
    await gateway.empty();
    let refusedAlone = 0;
    for (let run = 0; run < runs; run++) {
      await acs.clock.advance(5_000); // the last session is over, its answers too
      const runSeed = seedOfRun(seed, run);
      const message = damaged(seededRandom(runSeed), originals);
      const before = digest.ofAll();
      const { status } = await gateway.post(message.bytes, { headers: { "Content-Type": message.contentType ?? null } });
      if (!REFUSED.has(status)) continue;
      refusedAlone++;
      const shown = { seed: runSeed, base64: message.bytes.toString("base64"), contentType: message.contentType };
      if (digest.ofAll() !== before) fail({ ...shown, why: `alone: refused with ${status}, and yet the store changed` });
    }
    let dearestCpuMs = 0;
    for (const one of slow) {
      const message = damaged(seededRandom(one.seed), originals);
      let cpuMs = Number.POSITIVE_INFINITY;
      for (let again = 0; again < 3; again++) {
        await acs.clock.advance(5_000);
        const before = process.cpuUsage();
        await gateway.post(message.bytes, { headers: { "Content-Type": message.contentType ?? null } });
        const { user, system } = process.cpuUsage(before);
        cpuMs = Math.min(cpuMs, (user + system) / 1_000);
      }
      dearestCpuMs = Math.max(dearestCpuMs, cpuMs);
    }
    return { refusedAlone, dearestCpuMs };
  });
}
