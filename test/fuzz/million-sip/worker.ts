/**
 * A process of the million SIP messages: plays its shares and tells what came of them over IPC.
 * Layer: test (npm run fuzz; started by run.ts).
 */
import { tell } from "../million/play-workers.js";
import { cpuS, type MemoryFigures, peakRssMiB, rssMiB } from "../million/tally.js";
import { playSocketShare, type SocketResult } from "./socket-share.js";
import { playWorldShare, type WorldResult } from "./world-share.js";

export interface SipOrder {
  readonly seed: number;
  readonly firstRun: number;
  readonly worldRuns: number;
  readonly socketRuns: number;
}

export interface SipResult {
  readonly world: WorldResult;
  readonly sockets: SocketResult;
  readonly memory: MemoryFigures;
  readonly cpuS: { readonly world: number; readonly sockets: number };
}

process.once("message", async ({ seed, firstRun, worldRuns, socketRuns }: SipOrder) => {
  const startS = cpuS();
  let earlyRssMiB = 0;
  const world = await playWorldShare(seed, firstRun, worldRuns, (done) => {
    if (earlyRssMiB === 0 && done * 10 >= worldRuns) earlyRssMiB = rssMiB();
    tell<SipResult>({ kind: "progress", done });
  });
  const lateRssMiB = rssMiB();
  const betweenS = cpuS();
  // Another seed: the same messages would be of less use a second time.
  const sockets = await playSocketShare(seed + firstRun + 1, socketRuns, (done) =>
    tell<SipResult>({ kind: "progress", done: worldRuns + done }),
  );
  const memory = { peakRssMiB: peakRssMiB(), earlyRssMiB, lateRssMiB };
  tell<SipResult>({ kind: "result", result: { world, sockets, memory, cpuS: { world: betweenS - startS, sockets: cpuS() - betweenS } } });
  process.disconnect();
});
