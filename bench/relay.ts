/**
 * What does the CWMP relay cost a session? CPU of the relay's process with all its threads, 500 sessions at once, its own and the ACS's
 * connections new for each. A session: Inform of 2.5 KB, empty POST, 204; digest, with a kept nonce or a 401 first. The ACS is bare
 * node:http, whose own cost for the same exchanges stands beside it.
 * Run: npx tsx bench/relay.ts [sessions per round] [rounds]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { playSessions } from "./support/cwmp-load.js";
import { loadDevices, REALM } from "./support/load-devices.js";
import { type ServerProcess, startServer } from "./support/server-process.js";

const [sessionsText = "4000", roundsText = "3"] = process.argv.slice(2);
const SESSIONS = Number(sessionsText);
const ROUNDS = Number(roundsText);
const CONCURRENT = 500;

type Ready = { readonly cwmpPort: number };
const moduleUrl = (name: string): string => new URL(`./support/${name}`, import.meta.url).href;
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function play(port: number, nonce: "kept" | "fresh", sessions = SESSIONS): Promise<void> {
  const devices = loadDevices(CONCURRENT);
  const failures = await playSessions({ port, realm: REALM, devices, sessions, concurrent: CONCURRENT, nonce });
  if (failures.size > 0) throw new Error(`sessions failed: ${JSON.stringify([...failures])}`);
}

/** CPU microseconds of the relay, and of the ACS behind it, for a session. */
async function measure(
  relay: ServerProcess<Ready>,
  acs: ServerProcess<Ready>,
  nonce: "kept" | "fresh",
): Promise<readonly [number, number]> {
  await play(relay.ready.cwmpPort, nonce, CONCURRENT * 2);
  const rounds: { readonly relayUs: number; readonly acsUs: number }[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const before = [await relay.measure(), await acs.measure()] as const;
    await play(relay.ready.cwmpPort, nonce);
    const after = [await relay.measure(), await acs.measure()] as const;
    rounds.push({ relayUs: (after[0].cpuUs - before[0].cpuUs) / SESSIONS, acsUs: (after[1].cpuUs - before[1].cpuUs) / SESSIONS });
  }
  return [median(rounds.map(({ relayUs }) => relayUs)), median(rounds.map(({ acsUs }) => acsUs))];
}

const folder = await mkdtemp(join(tmpdir(), "reveille-bench-"));
const acs = await startServer<Ready>(moduleUrl("bare-server.ts"), []);
const relay = await startServer<Ready>(moduleUrl("relay-server.ts"), [folder, String(acs.ready.cwmpPort)]);
try {
  for (const nonce of ["kept", "fresh"] as const) {
    const [relayUs, acsUs] = await measure(relay, acs, nonce);
    const figures = `${Math.round(1e6 / relayUs)} sessions per CPU-second of the relay (${relayUs.toFixed(0)} CPU-µs each)`;
    console.log(
      `relay, ${nonce === "kept" ? "kept nonce" : "with a 401"}: ${figures}; bare node:http behind it ${acsUs.toFixed(0)} CPU-µs`,
    );
  }
} finally {
  await relay.stop();
  await acs.stop();
  await rm(folder, { recursive: true, force: true });
}
