/**
 * One device as a value: its parameters, what it has to tell the ACS, and the file transfers it owes.
 * Spec: TR-069 3.2.1 (when a session starts), 3.7.1.5 (events). Layer: device, pure.
 */

import type { LastAction } from "../../acs/nms/gateway-message.js";
import { notificationOf } from "./attributes.js";
import type { DeviceEvent, EventCode, PendingEvents } from "./events.js";
import { confirmInform, confirmReport, list, NO_EVENTS, raise, survivors, unlist } from "./events.js";
import { type ModelIndex, withoutResultRows } from "./model-index.js";
import { currentValue, newTree, type ParameterTree, withStored, withVolatile } from "./parameter-tree.js";
import { type OwedReport, oweReport, type Report, reportEvents } from "./reports.js";
import type { ScheduledInform } from "./scheduled-informs.js";
import { restartInterrupted, type Transfer } from "./transfers.js";
import type { UnitChange } from "./units.js";

export interface Device {
  readonly tree: ParameterTree;
  readonly events: PendingEvents;
  /** Notified parameters that changed: told by the next Inform, or by the one just sent. */
  readonly changed: { readonly waiting: readonly string[]; readonly listed: readonly string[] };
  readonly transfers: readonly Transfer[];
  /** Other requests that it owes the ACS. */
  readonly reports: readonly OwedReport[];
  readonly scheduledInforms: readonly ScheduledInform[];
  /** Changes of deployment units that were ordered and not yet made. */
  readonly unitChanges: readonly UnitChange[];
  /** The ACS to which "0 BOOTSTRAP" was raised; null: none yet. Another URL is a first contact again. */
  readonly bootstrappedUrl: string | null;
  /** The ACS that DHCP has named, while nobody has set another one; null: none. */
  readonly discoveredUrl: string | null;
  /** What the NMS server last had it do, and what became of it; null: nothing yet. */
  readonly lastAction: LastAction | null;
}

const NOTHING_CHANGED = { waiting: [], listed: [] };
const NOTHING_OWED = { transfers: [], reports: [], scheduledInforms: [], unitChanges: [] };

/** As it leaves the factory. */
export function newDevice(index: ModelIndex, stored: ReadonlyMap<string, string>): Device {
  return {
    tree: newTree(index, stored),
    events: NO_EVENTS,
    changed: NOTHING_CHANGED,
    ...NOTHING_OWED,
    bootstrappedUrl: null,
    discoveredUrl: null,
    lastAction: null,
  };
}

/** A value by its path without the root: "DeviceInfo.SoftwareVersion"; "" if the model has no such parameter. */
export function setting(device: Device, path: string): string {
  return currentValue(device.tree, device.tree.index.root + path) ?? "";
}

export const isOn = (device: Device, path: string): boolean => setting(device, path) === "1";

/** What a loss of power leaves. */
export function powerDown(device: Device): Device {
  const changed = { waiting: unique([...device.changed.listed, ...device.changed.waiting]), listed: [] };
  const tree = { ...device.tree, volatile: new Map<string, string>(), index: withoutResultRows(device.tree.index, "") };
  return { ...device, tree, changed, events: survivors(device.events), transfers: restartInterrupted(device.transfers) };
}

/** Power is back, or the device has restarted: "1 BOOT", and "0 BOOTSTRAP" if its ACS has never heard of it. */
export function powerUp(device: Device): Device {
  const started = noticeNewAcs(device);
  return { ...started, events: raise(started.events, "1 BOOT") };
}

/** "0 BOOTSTRAP" at first contact ever, and whenever ManagementServer.URL has become another one. Without a URL there is no contact. */
export function noticeNewAcs(device: Device): Device {
  const url = setting(device, "ManagementServer.URL");
  if (url === device.bootstrappedUrl || url === "") return device;
  // With the undelivered events goes what they announce: the new ACS ordered none of these transfers.
  const transfers = device.transfers.filter((transfer) => transfer.state !== "finished");
  const owed = { ...NOTHING_OWED, transfers };
  return { ...device, ...owed, events: raise(device.events, "0 BOOTSTRAP"), changed: NOTHING_CHANGED, bootstrappedUrl: url };
}

export function raiseEvent(device: Device, code: EventCode, commandKey = ""): Device {
  return { ...device, events: raise(device.events, code, commandKey) };
}

export function raiseAll(device: Device, events: readonly DeviceEvent[]): Device {
  return events.reduce((raised, { code, commandKey }) => raiseEvent(raised, code, commandKey), device);
}

/** "3 SCHEDULED" and "M ScheduleInform" for each ordered session whose time has come. */
export function raiseDueInforms(device: Device, nowMs: number): Device {
  const isDue = ({ dueAtMs }: ScheduledInform): boolean => dueAtMs <= nowMs;
  const due = device.scheduledInforms.filter(isDue);
  if (due.length === 0) return device;
  const raised = due.map(({ commandKey }): DeviceEvent => ({ code: "M ScheduleInform", commandKey }));
  const scheduledInforms = device.scheduledInforms.filter((inform) => !isDue(inform));
  return raiseAll({ ...device, scheduledInforms }, [{ code: "3 SCHEDULED", commandKey: "" }, ...raised]);
}

/** A value that the device keeps changes, and not by the ACS: "4 VALUE CHANGE" if it is notified and really another value. */
export function changeValue(device: Device, name: string, text: string): Device {
  if (currentValue(device.tree, name) === text) return device;
  const after = { ...device, tree: withStored(device.tree, name, text) };
  if (notificationOf(device.tree, name) === 0) return after;
  const events = raise(device.events, "4 VALUE CHANGE");
  // A waiting BOOTSTRAP suppresses the event, and with it the list of changes.
  if (!events.waiting.some((event) => event.code === "4 VALUE CHANGE")) return after;
  return { ...after, events, changed: { ...device.changed, waiting: unique([...device.changed.waiting, name]) } };
}

/**
 * Whether something waits that is worth a session of its own: any event, but of changes only those that are told actively.
 * "notification": nothing but such changes, which may have to wait for DefaultActiveNotificationThrottle.
 */
export function reasonToCall({ tree, events, changed }: Device): "event" | "notification" | undefined {
  if (events.waiting.some(({ code }) => code !== "4 VALUE CHANGE")) return "event";
  return changed.waiting.some((name) => notificationOf(tree, name) === 2) ? "notification" : undefined;
}

/** Status, counters and time: they notify nobody and are forgotten without power. @param entries Paths without the root. */
export function showStatus(device: Device, entries: Readonly<Record<string, string>>): Device {
  const { root, definitions } = device.tree.index;
  const named = Object.fromEntries(
    Object.entries(entries)
      .map(([path, text]) => [root + path, text] as const)
      .filter(([name]) => definitions.has(name)), // the row may have been deleted
  );
  return { ...device, tree: withVolatile(device.tree, named) };
}

/** An Inform is about to be sent: what waits stands in it. */
export function listForInform(device: Device): Device {
  const listed = unique([...device.changed.listed, ...device.changed.waiting]);
  return { ...device, events: list(device.events), changed: { waiting: [], listed } };
}

export function informConfirmed(device: Device): Device {
  return { ...device, events: confirmInform(device.events), changed: { ...device.changed, listed: [] } };
}

/** Something to tell the ACS in a request of its own, which these events announce. */
export function oweToAcs(device: Device, report: Report): Device {
  return raiseAll({ ...device, reports: oweReport(device.reports, report) }, reportEvents(report));
}

/** Factory defaults again; the firmware is not part of them. Whatever was owed is forgotten, and the ACS is met for the first time. */
export function factoryReset(device: Device, model: ModelIndex, factory: ReadonlyMap<string, string>): Device {
  const fresh = newDevice(model, factory);
  const version = device.tree.stored.get(`${model.root}DeviceInfo.SoftwareVersion`);
  return version === undefined ? fresh : { ...fresh, tree: withStored(fresh.tree, `${model.root}DeviceInfo.SoftwareVersion`, version) };
}

/** The ACS has answered a request that was owed. @param left Events of the requests that this session has yet to make. */
export function reportConfirmed(device: Device, announced: readonly DeviceEvent[], left: readonly DeviceEvent[]): Device {
  return { ...device, events: confirmReport(device.events, announced, left) };
}

/** The session has ended, well or not: what it did not deliver waits again. */
export function sessionEnded(device: Device): Device {
  const waiting = unique([...device.changed.listed, ...device.changed.waiting]);
  return noticeNewAcs({ ...device, events: unlist(device.events), changed: { waiting, listed: [] } });
}

const unique = (names: readonly string[]): readonly string[] => [...new Set(names)];
