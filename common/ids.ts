/**
 * Identifiers that sort by time and fit the 32 characters of a CommandKey and a ParameterKey (TR-069 A.3.2.1).
 * Layer: common.
 */
import { randomBytes } from "node:crypto";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const TIME_CHARS = 10;
const RANDOM_BYTES = 16;

/** 26 lower-case characters: 10 of time (ms), 16 random (80 bits). Ids of different milliseconds sort by age. */
export function newId(nowMs: number): string {
  let time = "";
  for (let i = 0, rest = nowMs; i < TIME_CHARS; i++, rest = Math.floor(rest / 32)) time = ALPHABET.charAt(rest % 32) + time;
  return time + Array.from(randomBytes(RANDOM_BYTES), (byte) => ALPHABET.charAt(byte & 31)).join("");
}

/** A secret that a device can type and store: 24 characters, 120 bits. */
export function newSecret(): string {
  return Array.from(randomBytes(24), (byte) => ALPHABET.charAt(byte & 31)).join("");
}
