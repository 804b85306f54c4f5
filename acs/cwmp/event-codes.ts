/**
 * Event codes of an Inform, told apart by their number or letter prefix, whatever spaces and case the device uses.
 * Spec: TR-069 3.7.1.5; cwmp.md 4.2. Layer: codec, pure.
 */
import { detached } from "./detached.js";
import type { Inform } from "./rpc/inform.js";

/** "6 CONNECTION REQUEST" gives "6", " m  reboot" gives "M REBOOT", "X 00D09E Dance" gives "X"; "" gives "". */
export function eventPrefix(code: string): string {
  return known.get(code) ?? remembered(code, readPrefix(code));
}

/** Codes as devices write them: few, each asked about several times an Inform. */
const known = new Map<string, string>();
const KNOWN_MAX = 1_000;
const KNOWN_CHARACTERS_MAX = 64;

function remembered(code: string, prefix: string): string {
  if (known.size >= KNOWN_MAX) known.clear();
  if (code.length <= KNOWN_CHARACTERS_MAX) known.set(detached(code), prefix);
  return prefix;
}

function readPrefix(code: string): string {
  const [first = "", second = ""] = code.trim().toUpperCase().split(/\s+/, 2);
  return detached(first === "M" ? `M ${second}` : first);
}

/** @param prefix As eventPrefix gives it. */
export function hasCode(codes: readonly string[], prefix: string): boolean {
  return codes.some((code) => eventPrefix(code) === prefix);
}

export function hasEvent(inform: Inform, prefix: string): boolean {
  return inform.events.some(({ code }) => eventPrefix(code) === prefix);
}
