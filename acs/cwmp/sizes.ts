/**
 * What an argument may hold, and the elements that refuse more: a message that the standard forbids is our fault and never leaves.
 * Readers take what comes, and so do the device's writers: a device must echo a key that is too long.
 * Spec: TR-069 A.3, A.4 (argument tables). Layer: codec, pure.
 */
import { type Element, el } from "./xml.js";

/** Most characters of each argument, as Unicode counts them (XML Schema maxLength does, too). */
export const CHARACTERS_MAX = {
  accessListEntry: 64,
  commandKey: 32,
  deploymentUrl: 1_024,
  deploymentVersion: 32,
  executionEnvRef: 256,
  fileType: 64,
  nextUrl: 1_024,
  objectName: 256,
  optionName: 64,
  parameterKey: 32,
  password: 256,
  targetFileName: 256,
  url: 256,
  userMessage: 256,
  username: 256,
  windowMode: 64,
} as const;

const UNSIGNED_INT_MAX = 4_294_967_295;
const INT_MAX = 2_147_483_647;

/** @throws {RangeError} More characters than that. */
export function sized(name: string, text: string, charactersMax: number): Element {
  if (text.length > charactersMax && isLonger(text, charactersMax)) {
    throw new RangeError(`${name} has more than ${charactersMax} characters`);
  }
  return el(name, {}, text);
}

/** A character takes two code units at most. */
function isLonger(text: string, charactersMax: number): boolean {
  return text.length > 2 * charactersMax || [...text].length > charactersMax;
}

/** @throws {RangeError} Not a whole number from `least` to 2^32 - 1. */
export function unsignedInt(name: string, value: number, least = 0): Element {
  return whole(name, value, least, UNSIGNED_INT_MAX);
}

/** @throws {RangeError} Not a whole number of 32 bits with sign. */
export function int(name: string, value: number): Element {
  return whole(name, value, -INT_MAX - 1, INT_MAX);
}

/** @throws {RangeError} Not a whole number from `least` to `most`. */
export function whole(name: string, value: number, least: number, most: number): Element {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`${name} must be a whole number from ${least} to ${most}, not ${value}`);
  }
  return el(name, {}, String(value));
}

/** @throws {RangeError} Fewer than `least` or more than `most` entries. */
export function checkEntries(name: string, entries: number, least: number, most: number = Number.POSITIVE_INFINITY): void {
  if (entries >= least && entries <= most) return;
  const range = most === Number.POSITIVE_INFINITY ? `${least} or more` : `${least} to ${most}`;
  throw new RangeError(`${name} must have ${range} entries, not ${entries}`);
}
