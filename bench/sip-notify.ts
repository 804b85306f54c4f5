/**
 * How many NOTIFYs with their answers, and how many REGISTERs with digest, does a CPU-second of the bridge carry over UDP (all its threads)?
 * The bridge is complete: SQLite with group commit, pace, wire events; it runs compiled, as users run it. The gateways run in a process of
 * their own. DESIGN 11.
 * Beside it, in the same run: Kamailio as the registrar (its processes' CPU, bindings in memory only), and the npm package `sip`, without store,
 * pace or limits. Then what a binding costs: memory of the bridge, and bytes on disk.
 * Run: npx tsx bench/sip-notify.ts [operations per round] [rounds]
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import BetterSqlite3 from "better-sqlite3";
import type { SipBridge } from "../sip-bridge/main.js";
import { buildBridge } from "./support/built-tree.js";
import { startKamailioRegistrar } from "./support/kamailio-registrar.js";
import type { RegisterOrder } from "./support/sip-peer.js";

const [countText = "8000", roundsText = "3"] = process.argv.slice(2);
const COUNT = Number(countText);
const ROUNDS = Number(roundsText);
const USERS = 1_000;
const WINDOW = 100;
const DOMAIN = "voice.example";
const BINDINGS = 20_000;
/** Answers are kept for 64*T1 to be repeated, which is no cost of a binding. */
const ANSWERS_KEPT_MS = 33_000;

interface Peer {
  readonly process: ChildProcess;
  readonly port: number;
}

async function startPeer(): Promise<Peer> {
  const child = fork(new URL("./support/sip-peer.ts", import.meta.url), { execArgv: ["--import", "tsx"] });
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  return { process: child, port };
}

async function register(peer: Peer, order: RegisterOrder): Promise<void> {
  const finished = once(peer.process, "message") as Promise<[{ done: number; refused: number }]>;
  peer.process.send(order);
  const [{ refused }] = await finished;
  if (refused > 0) throw new Error(`${refused} of ${order.count} were refused`);
}

const ownCpuUs = async (): Promise<number> => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** Operations per second of CPU, and of time. @param cpuUs Of the server, so far. */
async function measure(name: string, count: number, work: () => Promise<void>, cpuUs = ownCpuUs): Promise<void> {
  const perCpuSecond: number[] = [];
  const perSecond: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = await cpuUs();
    const startedMs = performance.now();
    await work();
    perCpuSecond.push((count * 1e6) / ((await cpuUs()) - before));
    perSecond.push((count * 1e3) / (performance.now() - startedMs));
  }
  console.log(`${name.padEnd(58)} ${median(perCpuSecond)} per CPU-second, ${median(perSecond)} per second`);
}

const median = (values: readonly number[]): string =>
  Math.round([...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0).toLocaleString("en");

/** Wakes all users in turn, each as soon as its last wake has ended. */
function wakeAll({ bridge }: SipBridge, round: number): Promise<void> {
  let ended = 0;
  let begun = 0;
  return new Promise((resolve, reject) => {
    const next = (): void => {
      if (begun >= COUNT) return;
      const user = `u${begun % USERS}`;
      const target = { by: "address-of-record", addressOfRecord: `${user}@${DOMAIN}` } as const;
      bridge.wake({ wakeId: `${round}-${begun++}`, deviceId: user, target, event: "resync" }).catch(reject);
    };
    const stop = bridge.onWireEvent((event) => {
      if (event.kind === "sent" || event.kind === "retransmitted") return; // repeated on a busy machine
      if (event.kind !== "answered" || event.status !== 200) reject(new Error(JSON.stringify(event)));
      if (++ended === COUNT) {
        stop();
        resolve();
      } else next();
    });
    for (let i = 0; i < WINDOW; i++) next();
  });
}

async function benchBridge(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "reveille-bench-"));
  const peer = await startPeer();
  const { startSipBridge } = await buildBridge(folder);
  console.log("bridge: compiled from the working tree");
  const bridge = await startSipBridge({
    domains: { main: DOMAIN, aliases: [] },
    storeFile: join(folder, "bridge.sqlite"),
    sip: { addresses: [{ address: "127.0.0.1" }], port: 0 },
    http: null,
    digestAlgorithms: ["MD5", "SHA-256"],
    nonceLifetimeMs: 300_000,
    wake: { inFlightMax: 1_000, perSecond: 100_000, perDevicePerMinute: 100_000 },
  });
  await Promise.all(Array.from({ length: USERS }, (_, i) => bridge.putAccount(`u${i}`, "secret")));
  const order = { port: bridge.sipPort, users: USERS, count: COUNT, window: WINDOW, keepsNonce: true };
  // Until somebody has proved to be at this address, the bridge answers it with no more octets than came; this peer repeats nothing.
  await register(peer, { ...order, count: 1, window: 1 });
  await register(peer, { ...order, count: USERS });
  await measure("bridge: REGISTER with digest, nonce kept, stored", COUNT, () => register(peer, order));
  await measure("bridge: REGISTER, 401, REGISTER with digest, stored", COUNT / 2, () =>
    register(peer, { ...order, count: COUNT / 2, keepsNonce: false }),
  );
  let round = 0;
  await measure("bridge: NOTIFY with 200", COUNT, () => wakeAll(bridge, round++));
  await measureBindings(bridge, peer);
  await bridge.close();
  showBindingsOnDisk(join(folder, "bridge.sqlite"));
  peer.process.disconnect();
  await once(peer.process, "exit");
  await rm(folder, { recursive: true });
}

/** What so many more registered gateways take of the heap and buffers alive: nonces, proofs, what was answered; the bindings are on disk. */
async function measureBindings(bridge: SipBridge, peer: Peer): Promise<void> {
  await Promise.all(Array.from({ length: BINDINGS }, (_, i) => bridge.putAccount(`u${i}`, "secret")));
  const settled = async (): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, ANSWERS_KEPT_MS));
    return liveBytes();
  };
  const before = await settled();
  await register(peer, { port: bridge.sipPort, users: BINDINGS, count: BINDINGS, window: WINDOW, keepsNonce: true });
  const each = Math.round(((await settled()) - before) / (BINDINGS - USERS));
  console.log(`a binding: ${each.toLocaleString("en")} bytes of memory, its account included`);
}

/** Heap and buffers, after a collection. */
function liveBytes(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Pages of the table and its indexes. */
function showBindingsOnDisk(file: string): void {
  const database = new BetterSqlite3(file, { readonly: true });
  const pages = "SELECT sum(pgsize) FROM dbstat WHERE name IN (SELECT name FROM sqlite_master WHERE tbl_name = 'bindings')";
  const bytes = database.prepare(pages).pluck().get() as number;
  const count = database.prepare("SELECT count(*) FROM bindings").pluck().get() as number;
  database.close();
  console.log(`a binding: ${Math.round(bytes / count).toLocaleString("en")} bytes on disk, with its indexes`);
}

/** The same REGISTERs at Kamailio. */
async function benchKamailio(): Promise<void> {
  const kamailio = await startKamailioRegistrar();
  if (kamailio === undefined) {
    console.log("Kamailio: not installed, or it did not start");
    return;
  }
  const peer = await startPeer();
  const order = { port: kamailio.port, users: USERS, count: COUNT, window: WINDOW, keepsNonce: true };
  await register(peer, { ...order, count: USERS });
  await measure("Kamailio: REGISTER with digest, nonce kept, in memory", COUNT, () => register(peer, order), kamailio.cpuUs);
  const fresh = { ...order, count: COUNT / 2, keepsNonce: false };
  await measure("Kamailio: REGISTER, 401, REGISTER with digest, in memory", COUNT / 2, () => register(peer, fresh), kamailio.cpuUs);
  peer.process.disconnect();
  await once(peer.process, "exit");
  await kamailio.stop();
}

interface NpmSip {
  create(
    options: object,
    onRequest: (request: NpmSipMessage) => void,
  ): { send(message: object, onResponse?: (response: NpmSipMessage) => void): void; destroy(): void };
  makeResponse(request: object, status: number, reason?: string): NpmSipMessage;
}
interface NpmSipMessage {
  readonly method: string;
  readonly status: number;
  readonly headers: { readonly from: { readonly uri: string }; authorization?: unknown };
}
interface NpmSipDigest {
  challenge(session: object, response: object): object;
  authenticateRequest(session: object, request: object, credentials: { user: string; password: string }): boolean;
}

/** The same exchanges by the npm package; its digest session counts nc itself, so the nonce is kept. */
async function benchNpmSip(): Promise<void> {
  const require = createRequire(import.meta.url);
  const sip: NpmSip = require("sip");
  const digest: NpmSipDigest = require("sip/digest");
  const peer = await startPeer();
  const port = 20_000 + (process.pid % 20_000);
  const sessions = new Map<string, object>();
  const stack = sip.create({ address: "127.0.0.1", publicAddress: "bridge.example", port, tcp: false }, (request) => {
    const user = /sip:(.*)@/.exec(request.headers.from.uri)?.[1] ?? "";
    const session = sessions.get(user);
    if (session !== undefined && digest.authenticateRequest(session, request, { user, password: "secret" })) {
      stack.send(sip.makeResponse(request, 200, "OK"));
      return;
    }
    const fresh = { realm: DOMAIN, qop: "auth" };
    sessions.set(user, fresh);
    stack.send(digest.challenge(fresh, sip.makeResponse(request, 401, "Unauthorized")));
  });
  const order = { port, users: USERS, count: COUNT, window: WINDOW, keepsNonce: true };
  await register(peer, { ...order, count: USERS });
  await measure("npm sip: REGISTER with digest, nonce kept, not stored", COUNT, () => register(peer, order));
  let calls = 0;
  await measure("npm sip: NOTIFY with 200", COUNT, () => notifyAll(() => notifyOf(++calls)));
  stack.destroy();
  peer.process.disconnect();
  await once(peer.process, "exit");

  function notifyOf(call: number): object {
    const address = { uri: `sip:u1@${DOMAIN}`, params: {} };
    return {
      method: "NOTIFY",
      uri: `sip:u1@127.0.0.1:${peer.port};line=abc`,
      headers: {
        ...{
          to: address,
          from: { uri: `sip:acs@${DOMAIN}`, params: { tag: "1" } },
          "call-id": `n${call}`,
          cseq: { method: "NOTIFY", seq: 1 },
        },
        ...{ contact: [{ uri: `sip:acs@127.0.0.1:${port}`, params: {} }], event: "resync", "subscription-state": "terminated", via: [] },
      },
    };
  }

  function notifyAll(make: () => object): Promise<void> {
    let begun = 0;
    let ended = 0;
    return new Promise((resolve, reject) => {
      const next = (): void => {
        if (begun++ >= COUNT) return;
        stack.send(make(), ({ status }) => {
          if (status !== 200) reject(new Error(`answered ${status}`));
          if (++ended === COUNT) resolve();
          else next();
        });
      };
      for (let i = 0; i < WINDOW; i++) next();
    });
  }
}

await benchBridge();
await benchKamailio();
await benchNpmSip();
process.exit(0); // npm sip leaves timers behind
