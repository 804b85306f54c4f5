/**
 * Devices, Informs and tasks for tests of stores: only what a test says matters differs from these.
 * Layer: test support.
 */
import type { Device } from "../../acs/devices/device.js";
import type { EnrolmentRule } from "../../acs/devices/enrolment.js";
import type { ToldParameter } from "../../acs/devices/parameter-tree.js";
import type { NewEvent } from "../../acs/events/event.js";
import type { NewGroup } from "../../acs/groups/group.js";
import type { DeviceStore, InformRecord, NewDevice, ToldRecord } from "../../acs/stores/device-store.js";
import type { DiagnosisStore } from "../../acs/stores/diagnosis-store.js";
import type { Enrolment, EnrolmentStore } from "../../acs/stores/enrolment-store.js";
import type { EventStore } from "../../acs/stores/event-store.js";
import type { FileStore } from "../../acs/stores/file-store.js";
import type { GroupStore } from "../../acs/stores/group-store.js";
import type { NmsStore } from "../../acs/stores/nms-store.js";
import type { QuarantineStore } from "../../acs/stores/quarantine-store.js";
import type { ReachStore } from "../../acs/stores/reach-store.js";
import type { ReceivedFileStore } from "../../acs/stores/received-file-store.js";
import type { SealedStore } from "../../acs/stores/sealed-store.js";
import type { SettingsStore } from "../../acs/stores/settings-store.js";
import type { TagStore } from "../../acs/stores/tag-store.js";
import type { TaskStore } from "../../acs/stores/task-store.js";
import type { UpgradeStore } from "../../acs/stores/upgrade-store.js";
import type { NewTask } from "../../acs/tasks/task.js";
import { NOW_MS } from "./builders.js";

export interface AcsStores {
  readonly devices: DeviceStore;
  readonly tasks: TaskStore;
  readonly diagnoses: DiagnosisStore;
  readonly events: EventStore;
  readonly files: FileStore;
  readonly received: ReceivedFileStore;
  readonly reach: ReachStore;
  readonly settings: SettingsStore;
  readonly sealed: SealedStore;
  readonly enrolment: EnrolmentStore;
  readonly quarantine: QuarantineStore;
  readonly nms: NmsStore;
  readonly upgrades: UpgradeStore;
  readonly tags: TagStore;
  readonly groups: GroupStore;
  close(): Promise<void>;
}

/** Opens an empty store; `reopen` closes it and opens what it has stored, as a restart does. */
export type OpenAcsStores = () => Promise<{ readonly stores: AcsStores; reopen(): Promise<AcsStores> }>;

let serials = 0;

/** Each call is another device, so that tests can share a store. */
export function newDevice(more: Partial<NewDevice> = {}): NewDevice {
  const serialNumber = `SN${String(++serials).padStart(6, "0")}`;
  return {
    identity: { oui: "0A1B2C", productClass: "VG2000", serialNumber },
    username: `0A1B2C-VG2000-${serialNumber}`,
    password: "v1:sealed",
    passwordIsFactory: false,
    connectionRequest: { username: "acs", password: "v1:sealed too" },
    sipAddress: null,
    registeredAtMs: NOW_MS,
    ...more,
  };
}

export async function registered(devices: DeviceStore, more: Partial<NewDevice> = {}): Promise<Device> {
  const device = await devices.register(newDevice(more), []);
  if (device === "exists") throw new Error("the device exists already");
  return device;
}

let rules = 0;

/** A window that is open at NOW_MS. */
export function newRule(more: Partial<EnrolmentRule> = {}): EnrolmentRule {
  return {
    ...{ id: `01rule${String(++rules).padStart(6, "0")}`, kind: "window", name: "batch", createdAtMs: NOW_MS, untilMs: NOW_MS + 60_000 },
    ...{ closedAtMs: null, devicesMax: 10, enrolled: 0, ouis: [], productClasses: [], approval: false, username: null },
    ...{ password: "v1:sealed", ...more },
  };
}

export function enrolmentOf(rule: EnrolmentRule, more: Partial<Enrolment> = {}): Enrolment {
  return { ruleId: rule.id, device: newDevice(), certificate: null, needsApproval: rule.approval, events: [], ...more };
}

export function informOf(deviceId: string, more: Partial<InformRecord> = {}): InformRecord {
  return {
    deviceId,
    atMs: NOW_MS,
    manufacturer: "Example Voice",
    root: "Device.",
    cwmpNamespace: "urn:dslforum-org:cwmp-1-0",
    parameters: [],
    bootstrap: false,
    cause: { kind: "inform", ref: "2 PERIODIC" },
    newTasks: [],
    diagnosticReadIds: [],
    events: [],
    unknownSettleMs: 60_000,
    ...more,
  };
}

export function toldOf(deviceId: string, lease: number, more: Partial<ToldRecord> = {}): ToldRecord {
  return {
    ...{ deviceId, lease, atMs: NOW_MS, parameters: [], cause: { kind: "read", ref: "01task" }, completeUnder: null, events: [] },
    ...more,
  };
}

/** "name=value" pairs of strings. */
export const told = (...pairs: readonly string[]): readonly ToldParameter[] =>
  pairs.map((pair) => {
    const at = pair.indexOf("=");
    return { name: pair.slice(0, at), value: { type: "xsd:string", text: pair.slice(at + 1) } };
  });

let tasks = 0;

/** Ids rise with each call. */
export function newTask(deviceId: string, more: Partial<NewTask> = {}): NewTask {
  const id = `01task${String(++tasks).padStart(8, "0")}`;
  return { id, deviceId, order: { kind: "reboot" }, priority: 5, createdAtMs: NOW_MS, expiresAtMs: null, ...more };
}

let groups = 0;

/** Ids rise with each call. */
export function newGroup(more: Partial<NewGroup> = {}): NewGroup {
  const id = `01group${String(++groups).padStart(8, "0")}`;
  const pace = { concurrency: 10, ratePerMinute: null };
  return { id, name: "all of them", kind: "task", order: "v1:sealed", ...pace, createdAtMs: NOW_MS, ...more };
}

export const eventOf = (deviceId: string | null, more: Partial<NewEvent> = {}): NewEvent => ({
  ...{ atMs: NOW_MS, kind: "session-failed", deviceId, data: { why: "for a test" } },
  ...more,
});
