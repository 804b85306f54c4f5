/**
 * npm run fuzz: a million damaged messages through codec, session, endpoint and store, and the price of the attack documents.
 * Prints a report; exits with 1 when a bar is missed. SEED=n repeats a run, FUZZ_MESSAGES=n makes it shorter or longer,
 * FUZZ_ENDPOINT_SHARE=0.1 is what goes over real HTTP.
 * Layer: test (npm run fuzz).
 */
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { runSeed } from "../../support/seeded-random.js";
import { measureAttacks } from "./attacks.js";
import { readCoverage } from "./coverage.js";
import { playWorkers } from "./play-workers.js";
import { printReport } from "./report.js";
import type { WorkerOrder, WorkerResult } from "./worker.js";

const seed = runSeed();
const messages = Number(process.env["FUZZ_MESSAGES"] ?? 1_000_000);
const endpointShare = Number(process.env["FUZZ_ENDPOINT_SHARE"] ?? 0.1);
const processes = Math.min(availableParallelism(), 4);
/** Counting coverage costs half of the speed, so one more process does it, with this share of the messages. */
const COVERAGE_SHARE = 0.05;
/** Of the endpoint's share, so many come alone, with a digest of the whole store around each. */
const ALONE_SHARE = 0.05;

console.log(`SEED=${seed} FUZZ_MESSAGES=${messages}: ${endpointShare * 100} % over HTTP, the rest in process, ${processes} processes`);
const startMs = performance.now();
const coverage = await mkdtemp(join(tmpdir(), "reveille-fuzz-coverage-"));
try {
  const shares = [COVERAGE_SHARE, ...new Array<number>(processes).fill((1 - COVERAGE_SHARE) / processes)];
  const orders = ordersOf(shares);
  const results = await playWorkers<WorkerOrder, WorkerResult>({
    file: new URL("./worker.ts", import.meta.url),
    ...{ orders, messages, seed },
    env: (place) => (place === 0 ? { ...process.env, NODE_V8_COVERAGE: coverage } : process.env),
  });
  const wallS = (performance.now() - startMs) / 1_000;
  const attacks = await measureAttacks();
  const folders = await readCoverage(coverage, ["acs/cwmp", "acs/session"]);
  process.exitCode = printReport({ seed, messages, wallS, results, attacks, folders }) ? 0 : 1;
} finally {
  await rm(coverage, { recursive: true, force: true });
}

/** Numbers of messages, one after another: a message is named by seed and number, whatever process plays it. */
function ordersOf(shares: readonly number[]): readonly WorkerOrder[] {
  let firstRun = 0;
  return shares.map((share, index) => {
    const own = index === shares.length - 1 ? messages - firstRun : Math.round(share * messages);
    const overHttp = Math.round(own * endpointShare);
    const aloneRuns = Math.round(overHttp * ALONE_SHARE);
    const order = { seed, firstRun, codecRuns: own - overHttp, endpointRuns: overHttp - aloneRuns, aloneRuns };
    firstRun += own;
    return order;
  });
}
