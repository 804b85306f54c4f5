/**
 * How many periodic CWMP sessions does a CPU-second of the server carry (all threads), durable, 500 at once, and does it depend on the size of the device's tree?
 * A session: new TCP connection, 2.5 KB Inform with 8 changed values, empty POST, 204; digest. DESIGN 11. Beside it bare node:http doing the same exchanges.
 * Run: npx tsx bench/cwmp-session.ts [sessions per round] [rounds] [cached values,...]
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LoadDevice, playSessions } from "./support/cwmp-load.js";
import { loadDevices, prepareStore, REALM } from "./support/load-devices.js";
import { startServer } from "./support/server-process.js";

const [sessionsText = "4000", roundsText = "3", sizesText = "100,300,1500,5000"] = process.argv.slice(2);
const SESSIONS = Number(sessionsText);
const ROUNDS = Number(roundsText);
const CONCURRENT = 500;
const SIZES = sizesText.split(",").map(Number);

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const round = (value: number, digits = 0): string => value.toFixed(digits);

interface Figures {
  readonly perCpuSecond: number;
  readonly perWallSecond: number;
  readonly extra: Readonly<Record<string, number>>;
}

async function measure(module: string, args: readonly string[], devices: readonly LoadDevice[], nonce: "kept" | "fresh"): Promise<Figures> {
  const server = await startServer<{ readonly cwmpPort: number }>(new URL(`./support/${module}`, import.meta.url).href, args);
  try {
    for (const device of devices) device.nonce = "";
    const play = (sessions: number) =>
      playSessions({ port: server.ready.cwmpPort, realm: REALM, devices, sessions, concurrent: CONCURRENT, nonce });
    report(await play(Math.max(CONCURRENT * 2, SESSIONS / 2)));
    const rates: Figures[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      const before = await server.measure();
      const startMs = performance.now();
      report(await play(SESSIONS));
      const wallS = (performance.now() - startMs) / 1_000;
      const after = await server.measure();
      rates.push({ perCpuSecond: SESSIONS / ((after.cpuUs - before.cpuUs) / 1e6), perWallSecond: SESSIONS / wallS, extra: after.extra });
    }
    return rates.sort((a, b) => a.perCpuSecond - b.perCpuSecond)[Math.floor(rates.length / 2)] as Figures;
  } finally {
    await server.stop();
  }
}

function report(failures: ReadonlyMap<string, number>): void {
  for (const [what, count] of failures) console.log(`  FAILED ${count}×: ${what}`);
}

console.log(`periodic session, ${SESSIONS} sessions a round, ${CONCURRENT} at once, median of ${ROUNDS}`);
const bareKept = await measure("bare-server.ts", [], loadDevices(CONCURRENT), "kept");
const bareFresh = await measure("bare-server.ts", [], loadDevices(CONCURRENT), "fresh");
console.log(`bare node:http     kept nonce ${round(bareKept.perCpuSecond)}/CPU-s   with 401 ${round(bareFresh.perCpuSecond)}/CPU-s`);
const kept: number[] = [];
for (const size of SIZES) {
  const directory = await mkdtemp(join(tmpdir(), "reveille-bench-"));
  try {
    const devices = loadDevices(CONCURRENT);
    await prepareStore(directory, devices, size);
    const withKept = await measure("acs-server.ts", [directory], devices, "kept");
    const withFresh = await measure("acs-server.ts", [directory], devices, "fresh");
    kept.push(withKept.perCpuSecond);
    const { commitP50Ms = 0, commitP99Ms = 0, commits = 1, rssBytes = 0 } = withKept.extra;
    console.log(
      `${String(size).padStart(5)} cached values: kept nonce ${round(withKept.perCpuSecond)}/CPU-s (${round((100 * withKept.perCpuSecond) / bareKept.perCpuSecond)} % of bare, ${round(withKept.perWallSecond)}/s)` +
        `   with 401 ${round(withFresh.perCpuSecond)}/CPU-s (${round((100 * withFresh.perCpuSecond) / bareFresh.perCpuSecond)} %)` +
        `   commit p50 ${round(commitP50Ms, 1)} ms p99 ${round(commitP99Ms, 1)} ms, ${round(SESSIONS / commits, 1)} sessions a commit, ${round(rssBytes / 1e6)} MB`,
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
console.log(
  `flatness 100 → 5,000 values: ${round(Math.max(...kept) / Math.min(...kept), 2)}× (bar ≤ 1.3×); median over sizes ${round(median(kept))}/CPU-s (bar ≥ 3,000)`,
);
