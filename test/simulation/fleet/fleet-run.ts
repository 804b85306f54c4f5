/**
 * Wakes a whole fleet once: the ACS, the bridge, and the gateways behind NAT, a process each; the gateways' log is the judge. This process
 * is the operator's: it registers devices and accounts, and gives an order for each.
 * Layer: test support (simulation).
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { compileScripts } from "../../support/compile-scripts.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import type { FleetGateway, FromFleet, ToFleet } from "./messages.js";
import { FLEET_DOMAIN, type RunningAcs, type RunningBridge, startAcs, startBridge } from "./programs.js";
import { busiestSecond, type FleetReport, type Missing, spreadOf } from "./report.js";

export interface FleetPlan {
  readonly gateways: number;
  readonly wakesPerSecond: number;
  readonly withinMs: number;
}

const AT_ONCE = 20;
/** Orders that wait for their answers: on a busy machine each takes its time. */
const ORDERS_AT_ONCE = 200;
const POLL_MS = 200;
/** In which nobody may be woken again. */
const AFTERWARDS_MS = 1_000;
const TASKS_PER_PAGE = 1_000;
const IDENTITY = { oui: "0A1B2C", productClass: "FLEET" };
const ORDER = { kind: "getParameterValues", names: ["InternetGatewayDevice.DeviceInfo.UpTime"] };
const RETRANSMISSIONS = "reveille_sip_retransmissions_total";

interface Parts {
  readonly acs: RunningAcs;
  readonly bridge: RunningBridge;
  readonly fleet: ChildProcess;
}

export async function wakeFleet(plan: FleetPlan): Promise<FleetReport> {
  const folder = await temporaryFolder();
  const opened: (() => Promise<void> | void)[] = [() => folder.remove()];
  try {
    const [program = "", gateways = ""] = await compileScripts(folder, ["bin/reveille.ts", "test/simulation/fleet/gateway-process.ts"]);
    const bridge = await startBridge(program, folder, { WAKE_PER_SECOND: String(plan.wakesPerSecond) });
    opened.push(bridge.close);
    const acs = await startAcs(program, folder, bridge.url, {});
    opened.push(acs.close);
    const fleet = fork(gateways, [], { execArgv: [], stdio: ["ignore", "inherit", "inherit", "ipc"] });
    opened.push(() => fleet.disconnect());
    await once(fleet, "message");
    return await run(plan, { acs, bridge, fleet });
  } finally {
    for (const close of opened.reverse()) await close();
  }
}

async function run(plan: FleetPlan, parts: Parts): Promise<FleetReport> {
  const { acs, bridge, fleet } = parts;
  const gateways = await each(plan.gateways, (i) => makeGateway(i, parts));
  const { failed } = await ask(fleet, { do: "start", gateways, sipPort: bridge.sipPort, cwmpPort: acs.cwmpPort }, "started");
  if (failed.length > 0) throw new Error(`${failed.length} gateways could not start, the first: ${failed[0]}`);
  const before = await costs(parts);
  const startMs = Date.now();
  const untilWoken = untilAllCalledIn(plan, fleet, startMs);
  const orderedAtMs = await each(
    plan.gateways,
    async (i) => {
      await acs.api.addTask(idOf(identityOf(i)), ORDER);
      return Date.now();
    },
    ORDERS_AT_ONCE,
  );
  await untilWoken;
  const after = await costs(parts);
  const log = await ask(fleet, { do: "tell-log" }, "log");
  const accounts = {
    tasksDone: await countDone(acs),
    missing: await missingIn(log, acs),
    retransmissions: await bridge.metric(RETRANSMISSIONS),
  };
  const cpuS = Object.fromEntries(Object.entries(after).map(([name, seconds]) => [name, seconds - (before[name] ?? 0)]));
  return { ...judge(log, startMs, orderedAtMs), ...accounts, cpuS };
}

type Identity = FleetGateway["identity"];

const identityOf = (number: number): Identity => ({ ...IDENTITY, serialNumber: `F${String(number).padStart(6, "0")}` });
const idOf = ({ oui, productClass, serialNumber }: Identity): string => `${oui}-${productClass}-${serialNumber}`;

async function makeGateway(number: number, { acs, bridge }: Parts): Promise<FleetGateway> {
  const user = `gw${number}`;
  const identity = identityOf(number);
  const [sipPassword, cwmpPassword] = [`line-${number}-secret`, `cwmp-${number}-secret-0123`];
  await bridge.api.call("PUT", `/accounts/${user}`, { password: sipPassword });
  const device = { ...identity, password: cwmpPassword, sipAddress: `sip:${user}@${FLEET_DOMAIN}` };
  const { username } = (await acs.api.call("POST", "/api/devices", device)) as { readonly username: string };
  return { user, sipPassword, identity, cwmpUsername: username, cwmpPassword };
}

/** CPU seconds so far. */
async function costs({ acs, bridge, fleet }: Parts): Promise<Readonly<Record<string, number>>> {
  const { user, system } = process.cpuUsage();
  const { cpuS: gateways } = await ask(fleet, { do: "count" }, "count");
  return { acs: await acs.cpuS(), bridge: await bridge.cpuS(), gateways, orders: (user + system) / 1e6 };
}

/** Until the time is over at most; and a moment longer. */
async function untilAllCalledIn({ gateways, withinMs }: FleetPlan, fleet: ChildProcess, startMs: number): Promise<void> {
  for (let calledIn = 0; calledIn < gateways && Date.now() - startMs < withinMs; ) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    ({ calledIn } = await ask(fleet, { do: "count" }, "count"));
  }
  await new Promise((resolve) => setTimeout(resolve, AFTERWARDS_MS));
}

async function countDone({ api }: RunningAcs): Promise<number> {
  let count = 0;
  for (let before: string | null | undefined; before !== null; ) {
    const query = new URLSearchParams({ state: "done", limit: String(TASKS_PER_PAGE), ...(before === undefined ? {} : { before }) });
    const page = (await api.call("GET", `/api/tasks?${query}`)) as { readonly tasks: readonly unknown[]; readonly next: string | null };
    count += page.tasks.length;
    before = page.next;
  }
  return count;
}

type Log = Extract<FromFleet, { tell: "log" }>;

async function missingIn({ gateways }: Log, { api }: RunningAcs): Promise<readonly Missing[]> {
  const silent = gateways.filter(({ callIns }) => callIns === 0);
  return each(silent.length, async (i) => {
    const { user = "", notifies = 0, failures = [] } = silent[i] ?? {};
    return { user, notifies, failures, acs: await accountOf(user, api) };
  });
}

/** How its wake stands, and what was seen on the wire last. */
async function accountOf(user: string, api: RunningAcs["api"]): Promise<string> {
  const id = idOf(identityOf(Number(user.slice("gw".length))));
  const { wake } = (await api.call("GET", `/api/devices/${encodeURIComponent(id)}`)) as {
    readonly wake: Readonly<Record<string, unknown>>;
  };
  const query = new URLSearchParams({ device: id, kind: "wire", limit: "1" });
  const { events } = (await api.call("GET", `/api/events?${query}`)) as { readonly events: readonly { readonly data: unknown }[] };
  return `wake ${wake["state"]}: ${wake["reason"]}; ${events.length === 0 ? "nothing on the wire" : JSON.stringify(events[0]?.data)}`;
}

type Judged = Omit<FleetReport, "tasksDone" | "missing" | "retransmissions" | "cpuS">;

function judge({ gateways: logs, blocked }: Log, startMs: number, orderedAtMs: readonly number[]): Judged {
  const calledIn = logs.flatMap((log, i) =>
    log.lastCallInAtMs === undefined ? [] : [{ ...log, atMs: log.lastCallInAtMs, orderedAtMs: orderedAtMs[i] ?? 0 }],
  );
  return {
    gateways: logs.length,
    once: logs.filter(({ notifies, callIns }) => notifies === 1 && callIns === 1).length,
    twice: logs.filter(({ notifies, callIns }) => notifies > 1 || callIns > 1),
    tookMs: calledIn.reduce((latest, { atMs }) => Math.max(latest, atMs), startMs) - startMs,
    orderedMs: spreadOf(calledIn.map((log) => log.atMs - log.orderedAtMs)),
    notifiedMs: spreadOf(calledIn.map(({ atMs, firstNotifyAtMs = atMs }) => atMs - firstNotifyAtMs)),
    toldToComeLater: logs.reduce((sum, { failures }) => sum + failures.length, 0),
    busiestSecond: busiestSecond(logs.flatMap(({ firstNotifyAtMs }) => (firstNotifyAtMs === undefined ? [] : [firstNotifyAtMs]))),
    blockedByNat: blocked,
  };
}

async function each<Item>(count: number, work: (i: number) => Promise<Item>, atOnce = AT_ONCE): Promise<readonly Item[]> {
  const items: Item[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) items[i] = await work(i);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return items;
}

async function ask<Tell extends FromFleet["tell"]>(
  fleet: ChildProcess,
  message: ToFleet,
  wanted: Tell,
): Promise<Extract<FromFleet, { tell: Tell }>> {
  const answer = new Promise<FromFleet>((resolve, reject) => {
    const onMessage = (heard: FromFleet): void => {
      if (heard.tell === wanted) end(() => resolve(heard));
    };
    const onExit = (): void => end(() => reject(new Error("the process of the gateways has ended")));
    const end = (settle: () => void): void => {
      fleet.off("message", onMessage).off("exit", onExit);
      settle();
    };
    fleet.on("message", onMessage).on("exit", onExit);
  });
  fleet.send(message);
  return (await answer) as Extract<FromFleet, { tell: Tell }>;
}
