/**
 * Is a periodic CWMP session dearer than at another commit? Both are built, and serve the same load alternately, each time in a new process
 * over a new store: 500 gateways at once, kept nonces, 300 cached values each, CPU time of the server with all its threads.
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

const [commit = SPINE, roundsText = "7", sessionsText = "6000"] = process.argv.slice(2);
const rounds = Number(roundsText);
const sessions = Number(sessionsText);

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** CPU microseconds of one session, after as many to warm up. */
async function measure(folder: string, { serverUrl, loadDevices, prepareStore }: BuiltTree): Promise<number> {
  const directory = await mkdtemp(join(folder, "store-"));
  const devices = loadDevices(CONCURRENT);
  await prepareStore(directory, devices, CACHED_VALUES);
  const server = await startServer<{ readonly cwmpPort: number }>(serverUrl, [directory]);
  const play = async (): Promise<void> => {
    const port = server.ready.cwmpPort;
    const failures = await playSessions({ port, realm: REALM, devices, sessions, concurrent: CONCURRENT, nonce: "kept" });
    if (failures.size > 0) throw new Error(`sessions failed: ${JSON.stringify([...failures])}`);
  };
  try {
    await play();
    const before = await server.measure();
    await play();
    return ((await server.measure()).cpuUs - before.cpuUs) / sessions;
  } finally {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

const folder = await mkdtemp(join(tmpdir(), "reveille-against-"));
try {
  const trees = [await buildCommit(folder, commit), await buildHere(folder)];
  const costs = trees.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    // Each is first in every second round.
    const order = round % 2 === 0 ? [0, 1] : [1, 0];
    for (const which of order) costs[which]?.push(await measure(folder, trees[which] as BuiltTree));
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
