/**
 * A process of the million: plays its shares and tells what came of them over IPC.
 * Layer: test (npm run fuzz; started by run.ts).
 */
import { type CodecResult, playCodecShare } from "./codec-share.js";
import { type EndpointResult, playEndpointShare } from "./endpoint-share.js";
import { tell } from "./play-workers.js";
import { cpuS, type MemoryFigures, peakRssMiB, rssMiB } from "./tally.js";

export interface WorkerOrder {
  readonly seed: number;
  readonly firstRun: number;
  readonly codecRuns: number;
  readonly endpointRuns: number;
  readonly aloneRuns: number;
}

export interface WorkerResult {
  readonly codec: CodecResult;
  readonly endpoint: EndpointResult;
  readonly memory: MemoryFigures;
  readonly cpuS: { readonly codec: number; readonly endpoint: number };
}

process.once("message", async ({ seed, firstRun, codecRuns, endpointRuns, aloneRuns }: WorkerOrder) => {
  const startS = cpuS();
  let earlyRssMiB = 0;
  const codec = playCodecShare(seed, firstRun, codecRuns, (done) => {
    if (earlyRssMiB === 0 && done * 10 >= codecRuns) earlyRssMiB = rssMiB();
    tell<WorkerResult>({ kind: "progress", done });
  });
  const lateRssMiB = rssMiB();
  const betweenS = cpuS();
  // Another seed: the same messages would be of less use a second time.
  const endpoint = await playEndpointShare(seed + firstRun + 1, endpointRuns, aloneRuns, (done) =>
    tell<WorkerResult>({ kind: "progress", done: codecRuns + done }),
  );
  const memory = { peakRssMiB: peakRssMiB(), earlyRssMiB, lateRssMiB };
  tell<WorkerResult>({
    kind: "result",
    result: { codec, endpoint, memory, cpuS: { codec: betweenS - startS, endpoint: cpuS() - betweenS } },
  });
  process.disconnect();
});
