/**
 * What the device says of itself: Inform, TransferComplete and what else it owes.
 * Spec: TR-069 A.3.3.1, A.3.3.2; TR-098, TR-181 (forced inform parameters). Layer: device, pure.
 */
import type { Inform } from "../../acs/cwmp/rpc/inform.js";
import type { TransferComplete } from "../../acs/cwmp/rpc/transfer-complete.js";
import { readList, UNKNOWN_TIME } from "../../acs/cwmp/values.js";
import { toldPath } from "./addressing.js";
import { type Device, isOn, setting } from "./device.js";
import type { DeviceEvent } from "./events.js";
import { type ModelIndex, rowNumbers } from "./model-index.js";
import { forcedInformNames, tellParameter } from "./parameter-tree.js";
import { type Report, reportEvents } from "./reports.js";
import { type Transfer, transferEvents } from "./transfers.js";

/** @param device After `listForInform`. @param retryCount Sessions that failed since the last success. */
export function makeInform(device: Device, nowMs: number, retryCount: number): Inform {
  const { tree, events, changed } = device;
  const wanted = [...forcedInformNames(tree.index), ...changed.listed, ...configuredNames(device)];
  const names = new Set(wanted.filter((name) => tree.index.definitions.has(name)));
  return {
    kind: "Inform",
    deviceId: {
      manufacturer: setting(device, "DeviceInfo.Manufacturer"),
      oui: setting(device, "DeviceInfo.ManufacturerOUI"),
      productClass: setting(device, "DeviceInfo.ProductClass"),
      serialNumber: setting(device, "DeviceInfo.SerialNumber"),
    },
    events: events.listed,
    maxEnvelopes: 1,
    currentTime: writeTime(nowMs, "+00:00"),
    retryCount,
    parameters: [...names].map((name) => ({ ...tellParameter(tree, name), name: toldPath(tree, name) })),
  };
}

/** A request that the device owes, with the events that announce it. */
export interface Announced {
  readonly message: TransferComplete | Report;
  readonly events: readonly DeviceEvent[];
  /** It has been answered, and is owed no more. */
  readonly settle: (device: Device) => Device;
}

/** TransferComplete for each finished transfer, then what else is owed, in the order in which it came up. */
export function announcedMessages({ transfers, reports }: Device): readonly Announced[] {
  const finished = transfers.filter(({ state }) => state === "finished");
  return [
    ...finished.map((transfer) => ({
      message: makeTransferComplete(transfer),
      events: transferEvents(transfer),
      settle: (device: Device) => ({ ...device, transfers: device.transfers.filter(({ id }) => id !== transfer.id) }),
    })),
    ...reports.map(({ id, report }) => ({
      message: report,
      events: reportEvents(report),
      settle: (device: Device) => ({ ...device, reports: device.reports.filter((other) => other.id !== id) }),
    })),
  ];
}

/** What the ACS wants in each Inform, or in those with certain events: ManagementServer.InformParameter.{i}. (TR-098 1.8). */
function configuredNames(device: Device): readonly string[] {
  const { index } = device.tree;
  const table = "ManagementServer.InformParameter.";
  return rowNumbers(index, index.root + table).flatMap((row) => {
    if (!isOn(device, `${table}${row}.Enable`)) return [];
    const codes = readList(setting(device, `${table}${row}.EventList`));
    const isAsked = codes.length === 0 || device.events.listed.some(({ code }) => codes.includes(code));
    return isAsked ? namesLike(index, setting(device, `${table}${row}.ParameterName`)) : [];
  });
}

/** @param path A parameter, with "*" for any instance, or a partial path that means all below it. */
function namesLike({ definitions }: ModelIndex, path: string): readonly string[] {
  const segments = path.split(".");
  const fits = (name: string): boolean => {
    const own = name.split(".");
    const isBelow = path.endsWith(".") && own.length >= segments.length;
    return (
      path !== "" &&
      (isBelow || own.length === segments.length) &&
      segments.every((segment, at) => segment === own[at] || segment === "*" || (segment === "" && isBelow))
    );
  };
  return [...definitions.keys()].filter(fits);
}

/** @param transfer A finished one. */
export function makeTransferComplete({ commandKey, fault, startedAtMs, finishedAtMs }: Transfer): TransferComplete {
  // A transfer that failed has no times to tell (TR-069 A.3.3.2).
  const time = (atMs: number | null): string => (atMs === null || fault.code !== 0 ? UNKNOWN_TIME : writeTime(atMs));
  return {
    kind: "TransferComplete",
    commandKey,
    fault: { faultCode: fault.code, faultString: fault.text },
    startTime: time(startedAtMs),
    completeTime: time(finishedAtMs),
  };
}

/** Whole seconds: some servers refuse fractions. */
export function writeTime(atMs: number, zone = "Z"): string {
  return new Date(atMs).toISOString().replace(/\.\d+Z$/, zone);
}
