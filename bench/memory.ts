/**
 * What an open session and a known idle device cost in memory of the server (heap and buffers alive after garbage collection). DESIGN 11: open session ≤ 60 kB, idle device ≤ 2 kB.
 * Run: npx tsx bench/memory.ts [devices] [open sessions]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSession, playSessions } from "./support/cwmp-load.js";
import { loadDevices, prepareStore, REALM } from "./support/load-devices.js";
import { startServer } from "./support/server-process.js";

const [devicesText = "10000", sessionsText = "4000"] = process.argv.slice(2);
const DEVICES = Number(devicesText);
const SESSIONS = Number(sessionsText);
const CONCURRENT = 200;

const directory = await mkdtemp(join(tmpdir(), "reveille-bench-"));
const devices = loadDevices(DEVICES);
await prepareStore(directory, devices, 20);
process.env["BENCH_EXEC_ARGV"] = "--expose-gc";
const server = await startServer<{ readonly cwmpPort: number }>(new URL("./support/acs-server.ts", import.meta.url).href, [directory]);
const target = { port: server.ready.cwmpPort, realm: REALM };
const live = async (): Promise<number> => {
  const { extra } = await server.measure();
  return extra["liveBytes"] ?? 0;
};
try {
  // Warm: code compiled, heap grown, then a few devices over and over.
  await playSessions({ ...target, devices: devices.slice(0, CONCURRENT), sessions: 6_000, concurrent: CONCURRENT, nonce: "fresh" });
  const before = await live();
  await playSessions({ ...target, devices, sessions: DEVICES, concurrent: CONCURRENT, nonce: "fresh" });
  await new Promise((resolve) => setTimeout(resolve, 6_000)); // finished sessions linger for five seconds
  const idle = await live();
  console.log(
    `known idle device: ${((idle - before) / DEVICES / 1e3).toFixed(2)} kB live, after each of ${DEVICES} has called in once (bar ≤ 2 kB)`,
  );
  const sockets = [];
  for (let i = 0; i < SESSIONS; i += CONCURRENT) {
    sockets.push(...(await Promise.all(devices.slice(i, i + CONCURRENT).map((device) => openSession(device, target)))));
  }
  const open = await live();
  console.log(`open session: ${((open - idle) / SESSIONS / 1e3).toFixed(1)} kB live with its connection, ${SESSIONS} open (bar ≤ 60 kB)`);
  for (const socket of sockets) socket.destroy();
} finally {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
}
