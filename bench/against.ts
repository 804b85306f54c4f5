/**
 * Is a periodic CWMP session dearer than at another commit? Both are built, and serve the same load by turns, in each round in new processes
 * over new stores: 500 gateways at once, kept nonces, 300 cached values each, CPU time of the server with all its threads.
 * Exits with 1 when the working tree is slower by more than 10 %.
 * Run: npx tsx bench/against.ts [commit, default that of the spine] [rounds] [sessions per round]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BuiltTree, buildCommit, buildHere } from "./support/built-tree.js";
import { playSessions } from "./support/cwmp-load.js";
import { REALM } from "./support/load-devices.js";
import { startServer } from "./support/server-process.js";

/** The last commit of the spine: durable CWMP sessions, before admission, transcripts and all the other RPCs. */
const SPINE = "200fd63";
const SLOWER_MAX = 1.1;
const CONCURRENT = 500;
const CACHED_VALUES = 300;
/** Of a round. */
const SLICES = 6;

const [commit = SPINE, roundsText = "7", sessionsText = "6000"] = process.argv.slice(2);
const rounds = Number(roundsText);
const sessions = Number(sessionsText);

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** A server of one of the trees, warm. */
interface Contender {
  /** CPU microseconds of one session, measured over so many. */
  measure(sessions: number): Promise<number>;
  stop(): Promise<void>;
}

async function start(folder: string, { serverUrl, loadDevices, prepareStore }: BuiltTree): Promise<Contender> {
  const directory = await mkdtemp(join(folder, "store-"));
  const devices = loadDevices(CONCURRENT);
  await prepareStore(directory, devices, CACHED_VALUES);
  const server = await startServer<{ readonly cwmpPort: number }>(serverUrl, [directory]);
  const play = async (count: number): Promise<void> => {
    const options = { port: server.ready.cwmpPort, realm: REALM, devices, concurrent: CONCURRENT, nonce: "kept" } as const;
    const failures = await playSessions({ ...options, sessions: count });
    if (failures.size > 0) throw new Error(`sessions failed: ${JSON.stringify([...failures])}`);
  };
  await play(sessions);
  return {
    measure: async (count) => {
      const before = await server.measure();
      await play(count);
      return ((await server.measure()).cpuUs - before.cpuUs) / count;
    },
    stop: async () => {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Both at once, by turns in slices of a second or so: what else the machine does falls on both. @returns the mean of each. */
async function playRound(folder: string, trees: readonly BuiltTree[], round: number): Promise<readonly number[]> {
  const contenders: Contender[] = [];
  try {
    for (const tree of trees) contenders.push(await start(folder, tree));
    const sums = trees.map(() => 0);
    for (let slice = 0; slice < SLICES; slice++) {
      // Each is first in every second slice.
      for (const turn of trees.keys()) {
        const which = (turn + slice + round) % trees.length;
        sums[which] = (sums[which] ?? 0) + ((await contenders[which]?.measure(Math.ceil(sessions / SLICES))) ?? 0);
      }
    }
    return sums.map((sum) => sum / SLICES);
  } finally {
    for (const contender of contenders) await contender.stop();
  }
}

const folder = await mkdtemp(join(tmpdir(), "reveille-against-"));
try {
  const trees = [await buildCommit(folder, commit), await buildHere(folder)];
  const costs = trees.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [which, cost] of (await playRound(folder, trees, round)).entries()) costs[which]?.push(cost);
    const shown = trees.map(({ name }, which) => `${name} ${costs[which]?.at(-1)?.toFixed(1)} µs`);
    console.log(`round ${round + 1}: ${shown.join("   ")}`);
  }
  const [other = 0, here = 0] = costs.map(median);
  for (const [name, cost] of [[commit, other] as const, ["working tree", here] as const])
    console.log(`${name}: median ${cost.toFixed(1)} CPU-µs a session, ${Math.round(1e6 / cost)} sessions per CPU-second`);
  console.log(`working tree costs ${(here / other).toFixed(3)}× of ${commit} (bar ≤ ${SLOWER_MAX}×)`);
  process.exitCode = here / other > SLOWER_MAX ? 1 : 0;
} finally {
  await rm(folder, { recursive: true, force: true });
}
