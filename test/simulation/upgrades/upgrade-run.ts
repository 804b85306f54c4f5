/**
 * Upgrades a fleet of simulated gateways while the ACS is killed again and again. Bridge and gateways live through all of it: what the
 * gateways wrote down of their own doings is the judge.
 * Layer: test support (simulation).
 */
import { setTimeout as delay } from "node:timers/promises";
import { makeFirmware } from "../../../device-sim/device/firmware.js";
import { timersOf } from "../../../sip-bridge/main.js";
import { compileChildren } from "../../support/crash/compile-children.js";
import { DevicesProcess } from "../../support/crash/devices-process.js";
import { SupervisedAcs } from "../../support/crash/supervised-acs.js";
import type { TemporaryFolder } from "../../support/temporary-folder.js";
import { startTestBridge, TEST_DOMAIN, TEST_TOKEN, type TestBridge } from "../../support/test-bridge.js";
import { judgeUpgrade, type MemberShown, type UpgradeShown, type Wrong } from "./judge-upgrade.js";

export interface UpgradePlan {
  /** Of each gateway, the names of its behaviours. */
  readonly behaviours: readonly (readonly string[])[];
  /** From a start of the ACS to its death. */
  readonly killEveryMs: number;
  /** Kills that must have come before the fleet is done, else it is too fast to prove anything; and after how many it may live. */
  readonly kills: { readonly min: number; readonly max: number };
  readonly withinMs: number;
  /** So that a gateway that can't be woken any more is heard nevertheless. */
  readonly callInEveryMs: number;
  /** Of the upgrade of a gateway with these behaviours, as REST takes it. */
  readonly policyOf: (behaviours: readonly string[]) => Readonly<Record<string, unknown>>;
  /** All of them in one group, with the policy of a faithful gateway. Absent: each by itself. */
  readonly group?: { readonly concurrency: number };
}

export interface UpgradeReport {
  readonly kills: number;
  readonly tookMs: number;
  /** Ends by reason; "done" for those. */
  readonly ends: Readonly<Record<string, number>>;
  /** Whose result is not what the gateway did. */
  readonly wrong: readonly Wrong[];
}

const VERSION = "9.0.0";
const PASSWORD = "acs-password";
const SIP_PASSWORD = "line-secret";
const FIRMWARE_BYTES = 100_000;
const AN_HOUR_S = 3_600;
const AT_ONCE = 20;
const POLL_MS = 200;
const FILE = { name: "fw.bin", fileType: "1 Firmware Upgrade Image", model: "", version: VERSION, appliesTo: "3.*" };

interface FleetGateway {
  readonly number: number;
  readonly deviceId: string;
  readonly behaviours: readonly string[];
}

export async function upgradeFleet(plan: UpgradePlan, folder: TemporaryFolder): Promise<UpgradeReport> {
  const compiled = await compileChildren(folder);
  const bridge = await startTestBridge({ sip: { addresses: [{ address: "127.0.0.1" }], port: 0, timers: timersOf(500) }, wake: WAKES });
  const devices = await DevicesProcess.start(compiled.devices, folder);
  const acs = await SupervisedAcs.start(compiled.acs, folder.file("acs"), {
    ...{ ACS_SIP_BRIDGE_URL: String(bridge.url), ACS_SIP_BRIDGE_TOKEN: TEST_TOKEN },
    ...{ ACS_REFRESH_AT_BOOTSTRAP: "false", ACS_SESSIONS_PER_SECOND_MAX: "10000", ACS_INFORM_WAIT_MS: "3000", ACS_WAKES_PER_SECOND: "500" },
  });
  try {
    return await run(plan, { bridge, devices, acs });
  } finally {
    await acs.close();
    await devices.close();
    await bridge.close();
  }
}

const WAKES = { perSecond: 500, queuedMax: 10_000, inFlightMax: 5_000 };

interface Parts {
  readonly bridge: TestBridge;
  readonly devices: DevicesProcess;
  readonly acs: SupervisedAcs;
}

async function run(plan: UpgradePlan, parts: Parts): Promise<UpgradeReport> {
  const { acs, devices } = parts;
  const { id: fileId } = (await acs.call("POST", `/api/files?${new URLSearchParams(FILE)}`, makeFirmware(VERSION, FIRMWARE_BYTES))) as {
    readonly id: string;
  };
  const gateways = await each(plan.behaviours, (behaviours) => addGateway(behaviours, parts));
  const startMs = Date.now();
  const killer = startKiller(acs, plan);
  const group = plan.group === undefined ? undefined : await orderGroup(acs, plan, { fileId, gateways });
  if (group === undefined)
    await each(gateways, ({ deviceId, behaviours }) => orderUpgrade(acs, deviceId, { fileId, ...plan.policyOf(behaviours) }));
  await untilEnded(parts, gateways, plan, startMs, group);
  const tookMs = Date.now() - startMs;
  await killer.stop();
  const members = group === undefined ? new Map<string, MemberShown>() : await membersOf(acs, group);
  const judged = await each(gateways, async ({ deviceId, number, behaviours }) => {
    const upgrades = (await insist(acs, () => acs.call("GET", `${pathOf(deviceId)}/upgrades`))) as Page;
    const member = group === undefined ? undefined : members.get(deviceId);
    return judgeUpgrade(upgrades.upgrades, await devices.effects(number), behaviours, { version: VERSION, member });
  });
  return {
    ...{ kills: acs.kills, tookMs, wrong: judged.flatMap(({ wrong }) => wrong ?? []) },
    ends: tally(judged.map(({ end }) => end)),
  };
}

interface Page {
  readonly upgrades: readonly UpgradeShown[];
}

/** Known to both sides, registered, and its first session over. */
async function addGateway(behaviours: readonly string[], { bridge, devices, acs }: Parts): Promise<FleetGateway> {
  const sip = { registrarPort: bridge.sipPort, domain: TEST_DOMAIN, password: SIP_PASSWORD };
  const ordered = { acsUrl: acs.cwmpUrl, acsPassword: PASSWORD, upTimeBaseS: AN_HOUR_S, behaviours, sip };
  const { number, identity } = await devices.add(ordered);
  const { lineNumber, ...rest } = identity;
  await bridge.putAccount(lineNumber, SIP_PASSWORD);
  const registration = { ...rest, password: PASSWORD, sipAddress: `sip:${lineNumber}@${TEST_DOMAIN}` };
  const { id: deviceId } = (await acs.call("POST", "/api/devices", registration)) as { readonly id: string };
  await devices.powerOn(number);
  await devices.wholeSession(number);
  return { number, deviceId, behaviours };
}

const pathOf = (deviceId: string): string => `/api/devices/${encodeURIComponent(deviceId)}`;

/** As a careful client does it: when the ACS dies over the order, it looks afterwards whether the upgrade exists. */
async function orderUpgrade(acs: SupervisedAcs, deviceId: string, body: object): Promise<void> {
  for (;;) {
    if ((await attempt(acs, () => acs.call("POST", `${pathOf(deviceId)}/upgrades`, body))) !== undefined) return;
    const { upgrades } = (await insist(acs, () => acs.call("GET", `${pathOf(deviceId)}/upgrades`))) as Page;
    if (upgrades.length > 0) return;
  }
}

interface GroupShown {
  readonly id: string;
  readonly state: string;
}

/** The same for a group: one whose making was cut off leaves nothing. */
async function orderGroup(
  acs: SupervisedAcs,
  { group, policyOf }: UpgradePlan,
  { fileId, gateways }: { readonly fileId: string; readonly gateways: readonly FleetGateway[] },
): Promise<string> {
  const devices = { ids: gateways.map(({ deviceId }) => deviceId) };
  const body = { kind: "upgrade", order: { fileId, ...policyOf([]) }, devices, ...group };
  for (;;) {
    const made = (await attempt(acs, () => acs.call("POST", "/api/groups", body))) as GroupShown | undefined;
    if (made !== undefined) return made.id;
    const { groups } = (await insist(acs, () => acs.call("GET", "/api/groups"))) as { readonly groups: readonly GroupShown[] };
    if (groups[0] !== undefined) return groups[0].id;
  }
}

async function isOver(acs: SupervisedAcs, group: string | undefined): Promise<boolean> {
  if (group === undefined) return true;
  const { state } = (await insist(acs, () => acs.call("GET", `/api/groups/${group}`))) as GroupShown;
  return state === "done";
}

async function membersOf(acs: SupervisedAcs, group: string): Promise<ReadonlyMap<string, MemberShown>> {
  const page = (await insist(acs, () => acs.call("GET", `/api/groups/${group}/members?limit=1000`))) as {
    readonly members: readonly MemberShown[];
  };
  return new Map(page.members.map((member) => [member.device, member]));
}

/** All that run call in once in `callInEveryMs`, one after another: as periodic Informs do. */
async function untilEnded(
  { acs, devices }: Parts,
  gateways: readonly FleetGateway[],
  plan: UpgradePlan,
  startMs: number,
  group: string | undefined,
): Promise<void> {
  const { withinMs, kills, callInEveryMs } = plan;
  const numbers = new Map(gateways.map(({ deviceId, number }) => [deviceId, number]));
  for (;;) {
    const left = (await insist(acs, () => acs.call("GET", "/api/upgrades?state=running&limit=1000"))) as Page;
    if (left.upgrades.length === 0 && acs.kills >= kills.min && (await isOver(acs, group))) return;
    if (Date.now() - startMs > withinMs) throw new Error(tellLeft(plan, acs, left.upgrades));
    const pauseMs = callInEveryMs / Math.max(left.upgrades.length, CALL_INS_MIN);
    for (const { device } of left.upgrades) {
      await devices.callIn(numbers.get(device) ?? 0);
      await delay(pauseMs);
    }
    if (left.upgrades.length < CALL_INS_MIN) await delay(POLL_MS);
  }
}

/** Fewer call in sooner. */
const CALL_INS_MIN = 10;

function tellLeft({ withinMs }: UpgradePlan, { kills }: SupervisedAcs, left: readonly UpgradeShown[]): string {
  const some = left.slice(0, 5).map(({ device, phase, steps }) => `${device} in ${phase}: ${JSON.stringify(steps.at(-1))}`);
  return `after ${withinMs} ms and ${kills} kills ${left.length} upgrades run: ${some.join("; ")}`;
}

/** Kills it whatever it does, again and again. */
function startKiller(acs: SupervisedAcs, { killEveryMs, kills }: UpgradePlan): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const killing = (async () => {
    while (acs.kills < kills.max) {
      await delay(killEveryMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      await acs.killNow();
      await acs.ready();
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      await killing;
    },
  };
}

async function insist(acs: SupervisedAcs, work: () => Promise<unknown>): Promise<unknown> {
  for (;;) {
    const result = await attempt(acs, work);
    if (result !== undefined) return result;
  }
}

/** @returns undefined when the ACS died meanwhile. It is back then. */
async function attempt(acs: SupervisedAcs, work: () => Promise<unknown>): Promise<unknown> {
  await acs.ready();
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // fetch's word for a broken connection
    await acs.recovered();
    return undefined;
  }
}

async function each<T, Item>(things: readonly T[], work: (thing: T) => Promise<Item>): Promise<readonly Item[]> {
  const items: Item[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < things.length; i = next++) items[i] = await work(things[i] as T);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return items;
}

function tally(ends: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const end of ends.toSorted()) counts[end] = (counts[end] ?? 0) + 1;
  return counts;
}
