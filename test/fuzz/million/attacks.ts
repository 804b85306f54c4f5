/**
 * What the attack documents cost: CPU time of a server process of its own, all threads, for one POST from its first byte to its answer.
 * Layer: test (npm run fuzz).
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { loadDevices, PASSWORD, prepareStore } from "../../../bench/support/load-devices.js";
import { startServer } from "../../../bench/support/server-process.js";
import { ATTACK_DOCUMENTS } from "../../support/attack-documents.js";
import { CwmpClient } from "../../support/cwmp-client.js";

export interface AttackCost {
  readonly what: string;
  readonly status: number;
  readonly bytes: number;
  readonly cpuMs: number;
}

const REPETITIONS = 8;
/** One 60 MB text: over the limit on the wire when it is not zipped, after inflating when it is. */
const ZIPPED_BYTES = 60 * 1_048_576;

/** The least of some repetitions for each: something else of the process may run at the same time. */
export async function measureAttacks(): Promise<readonly AttackCost[]> {
  const directory = await mkdtemp(join(tmpdir(), "reveille-fuzz-"));
  try {
    const devices = loadDevices(1);
    await prepareStore(directory, devices, 10);
    const url = new URL("../../../bench/support/acs-server.ts", import.meta.url).href;
    const server = await startServer<{ readonly cwmpPort: number }>(url, [directory]);
    const client = clientOf(devices[0], server.ready.cwmpPort);
    const cpuMs = async (): Promise<number> => (await server.measure()).cpuUs / 1_000;
    for (let warm = 0; warm < 300; warm++) await client.inform("2 PERIODIC");
    const costs: AttackCost[] = [];
    for (const { what, make } of ATTACK_DOCUMENTS) costs.push(await cost(client, cpuMs, what, Buffer.from(make(client.informText()))));
    const zipped = gzipSync(client.informText().replace("3.2.1", "x".repeat(ZIPPED_BYTES)));
    costs.push(await cost(client, cpuMs, "60 MB, zipped", zipped, { "Content-Encoding": "gzip" }));
    await server.stop();
    return costs;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function clientOf(device: ReturnType<typeof loadDevices>[number] | undefined, port: number): CwmpClient {
  if (device === undefined) throw new Error("no device");
  const { oui, productClass, serialNumber, username } = device;
  return new CwmpClient({ port, identity: { oui, productClass, serialNumber }, username, password: PASSWORD });
}

async function cost(
  client: CwmpClient,
  cpuMs: () => Promise<number>,
  what: string,
  bytes: Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<AttackCost> {
  let least = Number.POSITIVE_INFINITY;
  let status = 0;
  for (let i = 0; i < REPETITIONS; i++) {
    await client.connection();
    const before = await cpuMs();
    status = (await client.post(bytes, { headers })).status;
    least = Math.min(least, (await cpuMs()) - before);
  }
  return { what, status, bytes: bytes.length, cpuMs: least };
}
