/**
 * Lexical values of message arguments: booleans, numbers, times, keys, string arrays.
 * Spec: TR-069 table A.2, 2.4 of SOAP arguments; TR-106 3.1; field quirks 14, 28, 44. Layer: codec, pure.
 */
import { detached } from "./detached.js";
import { arrayOf } from "./parameter-value.js";
import { CHARACTERS_MAX, sized } from "./sizes.js";
import { children, type Element, el } from "./xml.js";

/** What a device writes when it does not know the time, or the time does not apply. TR-069 table A.2. */
export const UNKNOWN_TIME = "0001-01-01T00:00:00Z";

const TRUE_WORDS: ReadonlySet<string> = new Set(["1", "true", "yes", "on", "enabled"]);

/** Any case and the words that devices use (field quirk 14); everything else is false. */
export function readBoolean(text: string): boolean {
  return TRUE_WORDS.has(text.trim().toLowerCase());
}

export function writeBoolean(value: boolean): string {
  return value ? "1" : "0";
}

/** A whole number of 0 or more; `otherwise` if there is none. Leading zeros and a plus sign are taken. */
export function readCount(text: string, otherwise: number): number {
  const trimmed = text.trim();
  if (!/^\+?\d{1,15}$/.test(trimmed)) return otherwise;
  return Number(trimmed);
}

/** A whole number of 32 bits with sign; `otherwise` if there is none. */
export function readInt(text: string, otherwise: number): number {
  const trimmed = text.trim();
  if (!/^[+-]?\d{1,15}$/.test(trimmed)) return otherwise;
  const value = Number(trimmed);
  return value === (value | 0) ? value | 0 : otherwise; // "-0" is 0
}

/** 0: validated and applied. 1, and whatever a device may say or leave out instead: not yet in force, to be verified (field quirk 28). */
export function readStatus(text: string): 0 | 1 {
  return readCount(text, 1) === 0 ? 0 : 1;
}

/** CommandKey and the like. "(null)" is how some firmware prints an empty one (field quirk 44). */
export function readKey(text: string): string {
  return text === "(null)" ? "" : readShortText(text);
}

export function readStrings(list: Element): readonly string[] {
  return children(list, "string").map((item) => item.text.trim());
}

export function writeStrings(name: string, values: readonly string[]): Element {
  return el(
    name,
    arrayOf("xsd:string", values.length),
    values.map((value) => el("string", {}, value)),
  );
}

/** "a, b": the items of a comma-separated list, without blanks around them. "" is the empty list. TR-106 3.2.3. */
export function readList(text: string): readonly string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/** @throws {RangeError} A name that is no object's (TR-069 A.3.2.6: it "MUST end with a dot"), or over 256 characters. */
export function writeObjectName(objectName: string): Element {
  if (!objectName.endsWith(".")) throw new RangeError("ObjectName must end with a dot");
  return sized("ObjectName", objectName, CHARACTERS_MAX.objectName);
}

/** What a device writes for people to read, and keys: TR-069 has at most 256 characters for any of it. */
const SHORT_TEXT_CHARACTERS_MAX = 1_024;

/** Kept, so not more than is sensible of it: a device may send megabytes where the standard has a line. */
export function readShortText(text: string): string {
  return text.length <= SHORT_TEXT_CHARACTERS_MAX ? text : detached(text.slice(0, SHORT_TEXT_CHARACTERS_MAX));
}
