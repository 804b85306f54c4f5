/**
 * A process of the million: plays its shares and tells what came of them over IPC.
 * Layer: test (npm run fuzz; started by run.ts).
 */
import { type CodecResult, playCodecShare } from "./codec-share.js";
import { type EndpointResult, playEndpointShare } from "./endpoint-share.js";

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

export interface MemoryFigures {
  readonly peakRssMiB: number;
  /** Of the codec's share: at a tenth of it, when all code is loaded and compiled, and at its end. */
  readonly earlyRssMiB: number;
  readonly lateRssMiB: number;
}

export type WorkerMessage =
  | { readonly kind: "progress"; readonly done: number }
  | { readonly kind: "result"; readonly result: WorkerResult };

const MIB = 1_048_576;
const rssMiB = (): number => Math.round(process.memoryUsage().rss / MIB);
const cpuS = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const tell = (message: WorkerMessage): void => void process.send?.(message);

process.once("message", async ({ seed, firstRun, codecRuns, endpointRuns, aloneRuns }: WorkerOrder) => {
  const startS = cpuS();
  let earlyRssMiB = 0;
  const codec = playCodecShare(seed, firstRun, codecRuns, (done) => {
    if (earlyRssMiB === 0 && done * 10 >= codecRuns) earlyRssMiB = rssMiB();
    tell({ kind: "progress", done });
  });
  const lateRssMiB = rssMiB();
  const betweenS = cpuS();
  // Another seed: the same messages would be of less use a second time.
  const endpoint = await playEndpointShare(seed + firstRun + 1, endpointRuns, aloneRuns, (done) =>
    tell({ kind: "progress", done: codecRuns + done }),
  );
  const peakRssMiB = Math.round(process.resourceUsage().maxRSS / 1_024);
  const memory = { peakRssMiB, earlyRssMiB, lateRssMiB };
  tell({ kind: "result", result: { codec, endpoint, memory, cpuS: { codec: betweenS - startS, endpoint: cpuS() - betweenS } } });
  process.disconnect();
});
