/**
 * How a value is written for a model: several spellings mean the same, and some devices know only one.
 * Spec: TR-106 (boolean, dateTime); cwmp.md 12 rows 14, 15. Layer: planning, pure.
 */
import type { ModelPolicy } from "../devices/model-policy.js";

export function writeForm(type: string, value: string, { booleans, dateTimeFractions }: ModelPolicy): string {
  if (type === "xsd:boolean") return booleanForm(value, booleans);
  if (type === "xsd:dateTime" && !dateTimeFractions) return value.replace(/^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d+/, "$1");
  return value;
}

/** "1", "0", "true", "false" in one of the two spellings; another text as it is. */
export function booleanForm(value: string, booleans: ModelPolicy["booleans"]): string {
  const isTrue = value === "1" || value === "true";
  if (!isTrue && value !== "0" && value !== "false") return value;
  return booleans === "digits" ? String(Number(isTrue)) : String(isTrue);
}

/** True when a value that was read says what was written, in whatever spelling. Types that are not known are compared as text. */
export function isSameValue(type: string, read: string, wanted: string): boolean {
  if (read === wanted) return true;
  switch (type) {
    case "xsd:boolean":
      return booleanForm(read.trim().toLowerCase(), "digits") === booleanForm(wanted, "digits");
    case "xsd:dateTime":
      return isSameTime(read.trim(), wanted);
    case "xsd:int":
    case "xsd:long":
    case "xsd:unsignedInt":
    case "xsd:unsignedLong":
      return isSameInteger(read.trim(), wanted);
    case "xsd:hexBinary":
      return read.trim().toLowerCase() === wanted.toLowerCase();
    case "xsd:base64Binary":
      return read.replace(/\s+/g, "") === wanted.replace(/\s+/g, "");
    default:
      return false;
  }
}

const INTEGER = /^[+-]?\d{1,20}$/;

/** "007", "+7" and "7" are one number. */
function isSameInteger(read: string, wanted: string): boolean {
  return INTEGER.test(read) && INTEGER.test(wanted) && BigInt(read.replace("+", "")) === BigInt(wanted.replace("+", ""));
}

/** To the second, which is all that some devices keep. */
function isSameTime(read: string, wanted: string): boolean {
  const seconds = (text: string): number => Math.floor(Date.parse(text) / 1_000);
  return /(?:Z|[+-]\d\d:\d\d)$/.test(read) && /(?:Z|[+-]\d\d:\d\d)$/.test(wanted) && seconds(read) === seconds(wanted);
}
