/**
 * npm run fuzz, the SIP part: a million damaged datagrams, streams and answers through parser, transaction layer and registrar, in process
 * and over real sockets, and what hostile header values cost.
 * Prints a report; exits with 1 when a bar is missed. SEED=n repeats a run, FUZZ_MESSAGES=n makes it shorter or longer,
 * FUZZ_SOCKET_SHARE=0.1 is what goes over sockets.
 * Layer: test (npm run fuzz).
 */
import { availableParallelism } from "node:os";
import { runSeed } from "../../support/seeded-random.js";
import { playWorkers } from "../million/play-workers.js";
import { measureHostile } from "./hostile.js";
import { printSipReport } from "./report.js";
import type { SipOrder, SipResult } from "./worker.js";

const seed = runSeed();
const messages = Number(process.env["FUZZ_MESSAGES"] ?? 1_000_000);
const socketShare = Number(process.env["FUZZ_SOCKET_SHARE"] ?? 0.1);
const processes = Math.min(availableParallelism(), 4);

console.log(
  `SIP: SEED=${seed} FUZZ_MESSAGES=${messages}: ${socketShare * 100} % over sockets, the rest in process, ${processes} processes`,
);
const startMs = performance.now();
const orders = ordersOf();
const results = await playWorkers<SipOrder, SipResult>({ file: new URL("./worker.ts", import.meta.url), orders, messages, seed });
const wallS = (performance.now() - startMs) / 1_000;
const hostile = await measureHostile();
process.exitCode = printSipReport({ seed, messages, wallS, results, hostile }) ? 0 : 1;

/** Numbers of messages, one after another: a message is named by seed and number, whatever process plays it. */
function ordersOf(): readonly SipOrder[] {
  const each = Math.ceil(messages / processes);
  return Array.from({ length: processes }, (_, index) => {
    const firstRun = index * each;
    const own = Math.min(each, messages - firstRun);
    const socketRuns = Math.round(own * socketShare);
    return { seed, firstRun, worldRuns: own - socketRuns, socketRuns };
  });
}
