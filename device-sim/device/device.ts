/**
 * One device as a value: its parameters, what it has to tell the ACS, and the file transfers it owes.
 * Spec: TR-069 3.2.1 (when a session starts), 3.7.1.5 (events). Layer: device, pure.
 */
import type { EventCode, PendingEvents } from "./events.js";
import { confirmInform, confirmTransfer, list, NO_EVENTS, raise, survivors, unlist } from "./events.js";
import { currentValue, isActivelyNotified, type ModelIndex, type ParameterTree, withStored, withVolatile } from "./parameter-tree.js";
import { restartInterrupted, type Transfer } from "./transfers.js";

export interface Device {
  readonly tree: ParameterTree;
  readonly events: PendingEvents;
  /** Notified parameters that changed: told by the next Inform, or by the one just sent. */
  readonly changed: { readonly waiting: readonly string[]; readonly listed: readonly string[] };
  readonly transfers: readonly Transfer[];
  /** The ACS to which "0 BOOTSTRAP" was raised; null: none yet. Another URL is a first contact again. */
  readonly bootstrappedUrl: string | null;
}

const NOTHING_CHANGED = { waiting: [], listed: [] };

/** As it leaves the factory. */
export function newDevice(index: ModelIndex, stored: ReadonlyMap<string, string>): Device {
  const tree = { index, stored, volatile: new Map<string, string>() };
  return { tree, events: NO_EVENTS, changed: NOTHING_CHANGED, transfers: [], bootstrappedUrl: null };
}

/** A value by its path without the root: "DeviceInfo.SoftwareVersion"; "" if the model has no such parameter. */
export function setting(device: Device, path: string): string {
  return currentValue(device.tree, device.tree.index.root + path) ?? "";
}

export const isOn = (device: Device, path: string): boolean => setting(device, path) === "1";

/** What a loss of power leaves. */
export function powerDown(device: Device): Device {
  const changed = { waiting: unique([...device.changed.listed, ...device.changed.waiting]), listed: [] };
  const tree = { ...device.tree, volatile: new Map<string, string>() };
  return { ...device, tree, changed, events: survivors(device.events), transfers: restartInterrupted(device.transfers) };
}

/** Power is back, or the device has restarted: "1 BOOT", and "0 BOOTSTRAP" if its ACS has never heard of it. */
export function powerUp(device: Device): Device {
  const started = noticeNewAcs(device);
  return { ...started, events: raise(started.events, "1 BOOT") };
}

/** "0 BOOTSTRAP" at first contact ever, and whenever ManagementServer.URL has become another one. */
export function noticeNewAcs(device: Device): Device {
  const url = setting(device, "ManagementServer.URL");
  if (url === device.bootstrappedUrl) return device;
  // With the undelivered events goes what they announce: the new ACS ordered none of these transfers.
  const transfers = device.transfers.filter((transfer) => transfer.state !== "finished");
  return { ...device, transfers, events: raise(device.events, "0 BOOTSTRAP"), changed: NOTHING_CHANGED, bootstrappedUrl: url };
}

export function raiseEvent(device: Device, code: EventCode, commandKey = ""): Device {
  return { ...device, events: raise(device.events, code, commandKey) };
}

/** A value that the device keeps changes, and not by the ACS: "4 VALUE CHANGE" if it is notified and really another value. */
export function changeValue(device: Device, name: string, text: string): Device {
  if (currentValue(device.tree, name) === text) return device;
  const after = { ...device, tree: withStored(device.tree, name, text) };
  if (!isActivelyNotified(device.tree.index, name)) return after;
  const events = raise(device.events, "4 VALUE CHANGE");
  // A waiting BOOTSTRAP suppresses the event, and with it the list of changes.
  if (!events.waiting.some((event) => event.code === "4 VALUE CHANGE")) return after;
  return { ...after, events, changed: { ...device.changed, waiting: unique([...device.changed.waiting, name]) } };
}

/** Status, counters and time: they notify nobody and are forgotten without power. @param entries Paths without the root. */
export function showStatus(device: Device, entries: Readonly<Record<string, string>>): Device {
  const { root } = device.tree.index;
  const named = Object.fromEntries(Object.entries(entries).map(([path, text]) => [root + path, text]));
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

/** TransferCompleteResponse came: the transfer is owed no more. @param owed Ids of the transfers that this session still reports. */
export function transferConfirmed(device: Device, id: number, owed: readonly number[]): Device {
  const transfers = device.transfers.filter((transfer) => transfer.id !== id);
  const keysLeft = transfers.filter((transfer) => owed.includes(transfer.id)).map((transfer) => transfer.commandKey);
  return { ...device, transfers, events: confirmTransfer(device.events, keysLeft) };
}

/** The session has ended, well or not: what it did not deliver waits again. */
export function sessionEnded(device: Device): Device {
  const waiting = unique([...device.changed.listed, ...device.changed.waiting]);
  return noticeNewAcs({ ...device, events: unlist(device.events), changed: { waiting, listed: [] } });
}

const unique = (names: readonly string[]): readonly string[] => [...new Set(names)];
