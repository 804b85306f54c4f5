/**
 * Wakes a whole fleet once: an ACS, a bridge, and gateways behind NAT in a process of their own, whose log is the judge.
 * Layer: test support (simulation).
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { WireEvent } from "../../../schemas/wake-contract.js";
import { timersOf } from "../../../sip-bridge/main.js";
import { startTestAcs, type TestAcs } from "../../support/test-acs.js";
import { startTestBridge, TEST_DOMAIN, type TestBridge } from "../../support/test-bridge.js";
import type { FleetGateway, FromFleet, GatewayLog, ToFleet } from "./messages.js";

export interface FleetPlan {
  readonly gateways: number;
  readonly wakesPerSecond: number;
  readonly withinMs: number;
}

export interface FleetReport {
  readonly gateways: number;
  /** Called in once, and heard one NOTIFY. */
  readonly once: number;
  /** Heard more than one NOTIFY, or called in more than once. */
  readonly twice: readonly GatewayLog[];
  /** Not called in, with what the bridge told of its wake last. */
  readonly missing: readonly { readonly log: GatewayLog; readonly last: string }[];
  /** Tasks that are done, by the ACS. */
  readonly tasksDone: number;
  /** From the first wake to the last call-in. The orders were given before. */
  readonly tookMs: number;
  readonly retransmissions: number;
  /** Most NOTIFYs in a second, by the gateways' clock, after the first second. */
  readonly busiestSecond: number;
  readonly blockedByNat: number;
}

const AT_ONCE = 20;
const POLL_MS = 200;
/** The device is asked before the gate opens, so that it must not count as silent by then. */
const INFORM_WAIT_MS = 600_000;
const IDENTITY = { oui: "0A1B2C", productClass: "FLEET" };
const ORDER = { kind: "getParameterValues", names: ["InternetGatewayDevice.DeviceInfo.UpTime"] };

export async function wakeFleet(plan: FleetPlan): Promise<FleetReport> {
  const bridge = await startTestBridge({
    http: null,
    sip: { addresses: [{ address: "127.0.0.1" }], port: 0, timers: timersOf(500) },
    wake: { perSecond: plan.wakesPerSecond, queuedMax: plan.gateways, inFlightMax: 2_000 },
  });
  const gate = openGate();
  const wake: TestBridge["bridge"]["wake"] = async (request) => {
    await gate.opened;
    return bridge.bridge.wake(request);
  };
  const acs = await startTestAcs({
    ...{ realTime: true, isQuiet: true, parts: { bridge: { ...bridge.bridge, wake } } },
    env: { ACS_REFRESH_AT_BOOTSTRAP: "false", ACS_INFORM_WAIT_MS: String(INFORM_WAIT_MS) },
  });
  const child = await startGateways();
  try {
    return await run(plan, { acs, bridge, child, openGate: gate.open });
  } finally {
    child.disconnect();
    await acs.close();
    await bridge.close();
  }
}

function openGate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

interface Parts {
  readonly acs: TestAcs;
  readonly bridge: TestBridge;
  readonly child: ChildProcess;
  /** Until then no wake gets to the bridge. */
  readonly openGate: () => void;
}

async function run(plan: FleetPlan, { acs, bridge, child, openGate }: Parts): Promise<FleetReport> {
  const gateways = await each(plan.gateways, (i) => makeGateway(i, acs, bridge));
  const registered = await ask(child, { do: "register", gateways, sipPort: bridge.sipPort, cwmpPort: acs.cwmpPort }, "registered");
  if (registered.refused > 0) throw new Error(`${registered.refused} gateways could not register`);
  const heard = listen(bridge);
  const ids = gateways.map(({ identity }) => `${identity.oui}-${identity.productClass}-${identity.serialNumber}`);
  const tasks = await each(plan.gateways, (i) => acs.task(ids[i] ?? "", ORDER));
  const startMs = Date.now();
  openGate();
  const log = await untilAllCalledIn(plan, child, startMs);
  return judge(plan, log, { startMs, heard, ids, tasksDone: await countDone(acs, tasks) });
}

async function makeGateway(number: number, acs: TestAcs, { putAccount }: TestBridge): Promise<FleetGateway> {
  const user = `gw${number}`;
  const identity = { ...IDENTITY, serialNumber: `F${String(number).padStart(6, "0")}` };
  const [sipPassword, cwmpPassword] = [`line-${number}-secret`, `cwmp-${number}-secret-0123`];
  await putAccount(user, sipPassword);
  const device = { ...identity, password: cwmpPassword, sipAddress: `sip:${user}@${TEST_DOMAIN}` };
  const { status, body } = await acs.call("POST", "/api/devices", device);
  if (status !== 201) throw new Error(`not registered: ${status} ${JSON.stringify(body)}`);
  return { user, sipPassword, identity, cwmpUsername: body.username as string, cwmpPassword };
}

/** Of each device the last wire event; and how many repetitions there were. */
function listen({ bridge }: TestBridge) {
  const last = new Map<string, string>();
  const counts = { retransmissions: 0 };
  bridge.onWireEvent((event: WireEvent) => {
    if (event.kind === "retransmitted") counts.retransmissions++;
    last.set(event.deviceId, "status" in event ? `${event.kind} ${event.status}` : event.kind);
  });
  return { last, counts };
}

type Log = Extract<FromFleet, { tell: "log" }>;

/** Until the time is over at most; and a moment longer, in which nobody may be woken again. */
async function untilAllCalledIn({ gateways, withinMs }: FleetPlan, child: ChildProcess, startMs: number): Promise<Log> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    const log = await ask(child, { do: "tell-log" }, "log");
    const isDone = log.gateways.filter(({ callIns }) => callIns > 0).length === gateways;
    if (!isDone && Date.now() - startMs < withinMs) continue;
    await new Promise((resolve) => setTimeout(resolve, 5 * POLL_MS));
    return ask(child, { do: "tell-log" }, "log");
  }
}

async function countDone(acs: TestAcs, tasks: readonly string[]): Promise<number> {
  const states = await each(tasks.length, async (i) => (await acs.stores.tasks.get(tasks[i] ?? ""))?.state);
  return states.filter((state) => state === "done").length;
}

interface Seen {
  readonly startMs: number;
  readonly heard: ReturnType<typeof listen>;
  readonly ids: readonly string[];
  readonly tasksDone: number;
}

function judge({ gateways }: FleetPlan, { gateways: logs, blocked }: Log, { startMs, heard, ids, tasksDone }: Seen): FleetReport {
  const lastOf = ({ user }: GatewayLog): string => heard.last.get(ids[Number(user.slice("gw".length))] ?? "") ?? "nothing was sent";
  return {
    gateways,
    once: logs.filter(({ notifies, callIns }) => notifies === 1 && callIns === 1).length,
    twice: logs.filter(({ notifies, callIns }) => notifies > 1 || callIns > 1),
    missing: logs.filter(({ callIns }) => callIns === 0).map((log) => ({ log, last: lastOf(log) })),
    tasksDone,
    tookMs: Math.max(...logs.map(({ lastCallInAtMs = startMs }) => lastCallInAtMs)) - startMs,
    retransmissions: heard.counts.retransmissions,
    busiestSecond: busiest(logs.flatMap(({ firstNotifyAtMs }) => (firstNotifyAtMs === undefined ? [] : [firstNotifyAtMs]))),
    blockedByNat: blocked,
  };
}

function busiest(timesMs: readonly number[]): number {
  const first = Math.min(...timesMs);
  const perSecond = new Map<number, number>();
  for (const atMs of timesMs) {
    const second = Math.floor((atMs - first) / 1_000);
    if (second > 0) perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
  }
  return Math.max(0, ...perSecond.values());
}

async function each<Item>(count: number, work: (i: number) => Promise<Item>): Promise<readonly Item[]> {
  const items: Item[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) items[i] = await work(i);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return items;
}

async function startGateways(): Promise<ChildProcess> {
  const script = fileURLToPath(new URL("./gateway-process.ts", import.meta.url));
  const child = fork(script, [], { execArgv: ["--import", "tsx"], stdio: ["ignore", "inherit", "inherit", "ipc"] });
  await once(child, "message");
  return child;
}

async function ask<Tell extends FromFleet["tell"]>(
  child: ChildProcess,
  message: ToFleet,
  wanted: Tell,
): Promise<Extract<FromFleet, { tell: Tell }>> {
  child.send(message);
  for (;;) {
    const [answer] = (await once(child, "message")) as [FromFleet];
    if (answer.tell === wanted) return answer as Extract<FromFleet, { tell: Tell }>;
  }
}
