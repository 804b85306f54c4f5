/**
 * What an Inform costs the embedded store: 8 changed values on devices with 100, 300, 1,500 and 5,000 cached values.
 * Bars: flat (at most 1.3 times) from 100 to 5,000 values; at most 40 bytes of disk per stored value.
 * Run: npx tsx bench/store.ts
 */
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ToldParameter } from "../acs/devices/parameter-tree.js";
import { openStores, type Stores } from "../acs/stores/sqlite/open-stores.js";
import { tr098VoiceGateway } from "../schemas/data-models/tr098-voice-gateway.js";

const SIZES = [100, 300, 1_500, 5_000];
const DEVICES = 100;
/** Informs under way at a time, each of another device. */
const CONCURRENT = 100;
const MEASURED_MS = 3_000;
const CHANGED = 8;
const START_MS = Date.UTC(2026, 0, 1);

interface Row {
  readonly size: number;
  readonly perCpuSecond: number;
  readonly perSecond: number;
  readonly perCommit: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly writtenPerValue: number;
  readonly storedPerValue: number;
}

/** A voice gateway's parameters, and as many hosts, leases and ports of the LAN as it takes. */
function treeOf(size: number): readonly ToldParameter[] {
  const gateway = tr098VoiceGateway.parameters.map(({ name, type, writable, sample }) => ({
    name,
    writable,
    value: { type: `xsd:${type.base}`, text: sample },
  }));
  const leaves = [
    "IPAddress",
    "MACAddress",
    "HostName",
    "InterfaceType",
    "AddressSource",
    "LeaseTimeRemaining",
    "Active",
    "Layer2Interface",
  ];
  const hosts = Array.from({ length: Math.max(0, size - gateway.length) }, (_, i) => {
    const leaf = leaves[i % leaves.length] ?? "";
    const host = Math.floor(i / leaves.length) + 1;
    return { name: `InternetGatewayDevice.LANDevice.1.Hosts.Host.${host}.${leaf}`, writable: false, value: hostValue(leaf, host) };
  });
  return [...gateway, ...hosts].slice(0, size);
}

function hostValue(leaf: string, host: number): { readonly type: string; readonly text: string } {
  switch (leaf) {
    case "IPAddress":
      return { type: "xsd:string", text: `192.168.${host >> 8}.${host & 255}` };
    case "MACAddress":
      return {
        type: "xsd:string",
        text: `02:00:5e:00:${(host >> 8).toString(16).padStart(2, "0")}:${(host & 255).toString(16).padStart(2, "0")}`,
      };
    case "HostName":
      return { type: "xsd:string", text: `host-${host}` };
    case "LeaseTimeRemaining":
      return { type: "xsd:int", text: String(3_600 + host) };
    case "Active":
      return { type: "xsd:boolean", text: "1" };
    default:
      return { type: "xsd:string", text: leaf === "InterfaceType" ? "802.11" : leaf === "AddressSource" ? "DHCP" : "" };
  }
}

async function fill(stores: Stores, size: number): Promise<readonly string[]> {
  const tree = treeOf(size);
  const ids: string[] = [];
  for (let i = 0; i < DEVICES; i++) {
    const identity = { oui: "0A1B2C", productClass: "VG2000", serialNumber: `VG2K${String(i).padStart(8, "0")}` };
    const secret = `v1:${"x".repeat(60)}`;
    const connectionRequest = { username: "acs", password: secret };
    const device = await stores.devices.register(
      {
        identity,
        username: `0A1B2C-${i}`,
        password: secret,
        passwordIsFactory: false,
        connectionRequest,
        sipAddress: null,
        registeredAtMs: START_MS,
      },
      [],
    );
    if (device === "exists") throw new Error("registered twice");
    ids.push(device.id);
  }
  await Promise.all(
    ids.map((deviceId) =>
      stores.devices.recordTold({
        ...{ deviceId, lease: 0, atMs: START_MS, parameters: tree, completeUnder: "", events: [] },
        cause: { kind: "read", ref: "01jabcdefghjkmnpqrstvwxyz0" },
      }),
    ),
  );
  return ids;
}

function inform(stores: Stores, deviceId: string, names: readonly string[], round: number): Promise<unknown> {
  const atMs = START_MS + 300_000 * (round + 1);
  return stores.devices.recordInform({
    ...{ deviceId, atMs, manufacturer: "Example Voice", root: "InternetGatewayDevice.", cwmpNamespace: "urn:dslforum-org:cwmp-1-0" },
    parameters: names.map((name) => ({ name, value: { type: "xsd:string", text: `value ${round}` } })),
    ...{
      bootstrap: false,
      cause: { kind: "inform", ref: "2 PERIODIC,4 VALUE CHANGE" },
      newTasks: [],
      diagnosticReadIds: [],
      unknownSettleMs: 600_000,
    },
    events: [{ atMs, kind: "device-informed", deviceId, data: { events: ["2 PERIODIC", "4 VALUE CHANGE"], retryCount: 0 } }],
  });
}

async function measure(size: number): Promise<Row> {
  const directory = mkdtempSync(join(tmpdir(), "reveille-bench-"));
  const commitMs: number[] = [];
  let begunAt = 0;
  const observer = {
    beforeCommit: () => {
      begunAt = performance.now();
    },
    afterCommit: () => void commitMs.push(performance.now() - begunAt),
  };
  const file = join(directory, "acs.db");
  const filled = await openStores({ file });
  const ids = await fill(filled, size);
  await filled.close();
  const storedPerValue = statSync(file).size / (size * DEVICES);
  const stores = await openStores({ file, observer });
  const names = treeOf(size)
    .slice(0, CHANGED * 4)
    .filter((_, i) => i % 4 === 0)
    .map(({ name }) => name);
  await Promise.all(ids.map((id) => inform(stores, id, names, 0)));

  commitMs.length = 0;
  const [before, bytesBefore, cpuBefore, startedAt] = [stores.counters(), bytesWritten(), process.cpuUsage(), performance.now()];
  let informs = 0;
  const worker = async (first: number): Promise<void> => {
    for (let round = 1; performance.now() - startedAt < MEASURED_MS; round++, informs++) {
      await inform(stores, ids[first % ids.length] ?? "", names, round);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT }, (_, i) => worker(i)));
  const seconds = (performance.now() - startedAt) / 1_000;
  const cpu = process.cpuUsage(cpuBefore);
  const after = stores.counters();
  await stores.close(); // The checkpoint's bytes count too.
  const written = bytesWritten() - bytesBefore;
  rmSync(directory, { recursive: true });
  commitMs.sort((a, b) => a - b);
  return {
    size,
    perCpuSecond: informs / ((cpu.user + cpu.system) / 1_000_000),
    perSecond: informs / seconds,
    perCommit: informs / (after.commits - before.commits),
    p50Ms: commitMs[Math.floor(commitMs.length * 0.5)] ?? 0,
    p99Ms: commitMs[Math.floor(commitMs.length * 0.99)] ?? 0,
    rowsRead: (after.rowsRead - before.rowsRead) / informs,
    rowsWritten: (after.rowsWritten - before.rowsWritten) / informs,
    writtenPerValue: written / (informs * CHANGED),
    storedPerValue,
  };
}

/** Bytes that this process caused to be sent to the disk; NaN where the system does not tell. */
function bytesWritten(): number {
  try {
    return Number(/^write_bytes: (\d+)$/m.exec(readFileSync("/proc/self/io", "utf8"))?.[1] ?? Number.NaN);
  } catch {
    return Number.NaN;
  }
}

const COLUMNS: readonly (readonly [string, (row: Row) => string])[] = [
  ["values", ({ size }) => String(size)],
  ["informs/CPU-s", ({ perCpuSecond }) => perCpuSecond.toFixed(0)],
  ["informs/s", ({ perSecond }) => perSecond.toFixed(0)],
  ["per commit", ({ perCommit }) => perCommit.toFixed(1)],
  ["commit p50 ms", ({ p50Ms }) => p50Ms.toFixed(1)],
  ["p99 ms", ({ p99Ms }) => p99Ms.toFixed(1)],
  ["rows read", ({ rowsRead }) => rowsRead.toFixed(1)],
  ["rows written", ({ rowsWritten }) => rowsWritten.toFixed(1)],
  ["B written/changed value", ({ writtenPerValue }) => writtenPerValue.toFixed(0)],
  ["B on disk/stored value", ({ storedPerValue }) => storedPerValue.toFixed(1)],
];

console.log(`${DEVICES} devices, ${CONCURRENT} Informs under way, ${CHANGED} changed values each, synchronous=FULL`);
console.log(COLUMNS.map(([title]) => title).join("  "));
const rows: Row[] = [];
for (const size of SIZES) {
  const row = await measure(size);
  rows.push(row);
  console.log(COLUMNS.map(([title, show]) => show(row).padStart(title.length)).join("  "));
}
const ratio = (rows[0]?.perCpuSecond ?? 0) / (rows.at(-1)?.perCpuSecond ?? 1);
console.log(`CPU per Inform at ${SIZES.at(-1)} values: ${ratio.toFixed(2)} times that at ${SIZES[0]}`);
