/**
 * Identifiers that sort by time and fit the 32 characters of a CommandKey and a ParameterKey (TR-069 A.3.2.1).
 * Layer: common.
 */
import { createHash, randomBytes } from "node:crypto";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const TIME_CHARS = 10;
const RANDOM_BYTES = 16;

let lastMs = Number.NaN;
let lastDigits: readonly number[] = [];

/** 26 lower-case characters: 10 of time (ms), 16 random (80 bits). Ids sort by age; those that this process makes in one millisecond, too. */
export function newId(nowMs: number): string {
  let time = "";
  for (let i = 0, rest = nowMs; i < TIME_CHARS; i++, rest = Math.floor(rest / 32)) time = ALPHABET.charAt(rest % 32) + time;
  lastDigits = nowMs === lastMs ? successor(lastDigits) : Array.from(randomBytes(RANDOM_BYTES), (byte) => byte & 31);
  lastMs = nowMs;
  return time + lastDigits.map((digit) => ALPHABET.charAt(digit)).join("");
}

/** Always the same for the same two: as old as `id`, and of no other `name` (80 bits of a hash). */
export function derivedId(id: string, name: string): string {
  const hash = createHash("sha256").update(`${id}\n${name}`).digest();
  return id.slice(0, TIME_CHARS) + Array.from(hash.subarray(0, RANDOM_BYTES), (byte) => ALPHABET.charAt(byte & 31)).join("");
}

/** The next greater number to the base of 32, most significant digit first. */
function successor(digits: readonly number[]): readonly number[] {
  const next = [...digits];
  for (let i = next.length - 1; i >= 0; i--) {
    next[i] = ((next[i] ?? 0) + 1) & 31;
    if (next[i] !== 0) break;
  }
  return next;
}

/** A secret that a device can type and store: 24 characters, 120 bits. */
export function newSecret(): string {
  return Array.from(randomBytes(24), (byte) => ALPHABET.charAt(byte & 31)).join("");
}
