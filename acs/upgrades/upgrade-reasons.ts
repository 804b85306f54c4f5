/**
 * What a failed transfer means for an upgrade, and after which failures it may be tried again.
 * Spec: TR-069 A.5.1 (fault codes); cwmp.md 3. Layer: upgrades, pure.
 */
import type { UpgradeReason } from "./upgrade.js";

const REASON_OF_FAULT: ReadonlyMap<number, UpgradeReason> = new Map([
  [9010, "file-not-accessible"], // file transfer failure: what devices say that tell no more
  [9012, "file-not-accessible"], // file server authentication
  [9014, "file-not-accessible"],
  [9015, "file-not-accessible"], // unable to contact the file server
  [9016, "file-not-accessible"], // unable to access the file
  [9017, "file-not-accessible"], // unable to complete the download
  [9018, "checksum"], // corrupted, or unusable
  [9019, "checksum"], // the file's own signature
]);

export function reasonOfFault(faultCode: number): UpgradeReason {
  return REASON_OF_FAULT.get(faultCode) ?? "device-refused";
}

/** After these the device is known to run what it ran: the order may be given again. */
const RETRYABLE: readonly UpgradeReason[] = ["checksum", "file-not-accessible", "no-transfer-complete", "device-refused"];

/** @param doubt The outcome was not told: it may yet happen, so it is never ordered again. */
export function isRetryable(reason: UpgradeReason, doubt: boolean): boolean {
  return !doubt && RETRYABLE.includes(reason);
}

/** After these the device can be reached, and is not as it should be. */
export function wantsRestore(reason: UpgradeReason): boolean {
  return reason === "sip-not-back" || reason === "other-version";
}
