/**
 * What the device says of itself: Inform and TransferComplete.
 * Spec: TR-069 A.3.3.1, A.3.3.2; TR-098 (forced inform parameters). Layer: device, pure.
 */
import type { Inform } from "../../acs/cwmp/rpc/inform.js";
import type { TransferComplete } from "../../acs/cwmp/rpc/transfer-complete.js";
import { UNKNOWN_TIME } from "../../acs/cwmp/values.js";
import { type Device, setting } from "./device.js";
import { forcedInformNames, tellParameter } from "./parameter-tree.js";
import type { Transfer } from "./transfers.js";

/** @param device After `listForInform`. @param retryCount Sessions that failed since the last success. */
export function makeInform(device: Device, nowMs: number, retryCount: number): Inform {
  const { tree, events, changed } = device;
  const wanIp = `${tree.index.root}WANDevice.1.WANConnectionDevice.1.WANIPConnection.1.ExternalIPAddress`;
  const names = new Set([...forcedInformNames(tree.index), wanIp, ...changed.listed].filter((name) => tree.index.definitions.has(name)));
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
    parameters: [...names].map((name) => tellParameter(tree, name)),
  };
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
