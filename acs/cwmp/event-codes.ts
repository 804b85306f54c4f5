/**
 * Event codes of an Inform, told apart by their number or letter prefix, whatever spaces and case the device uses.
 * Spec: TR-069 3.7.1.5; cwmp.md 4.2. Layer: codec, pure.
 */
import type { Inform } from "./rpc/inform.js";

/** "6 CONNECTION REQUEST" gives "6", " m  reboot" gives "M REBOOT", "X 00D09E Dance" gives "X"; "" gives "". */
export function eventPrefix(code: string): string {
  const [first = "", second = ""] = code.trim().toUpperCase().split(/\s+/, 2);
  return first === "M" ? `M ${second}` : first;
}

/** @param prefix As eventPrefix gives it. */
export function hasCode(codes: readonly string[], prefix: string): boolean {
  return codes.some((code) => eventPrefix(code) === prefix);
}

export function hasEvent(inform: Inform, prefix: string): boolean {
  return inform.events.some(({ code }) => eventPrefix(code) === prefix);
}
