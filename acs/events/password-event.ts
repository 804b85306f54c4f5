/**
 * What the timeline says of a device's password: never the password.
 * Layer: events, pure.
 */
import type { NewEvent } from "./event.js";

/**
 * "prepared": a new one is accepted beside the old one, and about to be sent. "sent-again": the same. "in-use": the device has used it, and it is the only one.
 * "set": by the operator. "dropped": by the operator, with the new one that was pending.
 * "factory-expected": the one of the factory is accepted, since a reset brings it back. "factory-in-use": it did. "factory-not-expected": no longer.
 */
export type PasswordNews =
  | "prepared"
  | "sent-again"
  | "in-use"
  | "set"
  | "dropped"
  | "factory-expected"
  | "factory-in-use"
  | "factory-not-expected";

export function passwordEvent(deviceId: string, atMs: number, news: PasswordNews): NewEvent {
  return { atMs, kind: "device-password", deviceId, data: { news } };
}
