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

function booleanForm(value: string, booleans: ModelPolicy["booleans"]): string {
  const isTrue = value === "1" || value === "true";
  if (!isTrue && value !== "0" && value !== "false") return value;
  return booleans === "digits" ? String(Number(isTrue)) : String(isTrue);
}

/** True when a value that was read says what was written, in whatever spelling. Types that are not known are compared as text. */
export function isSameValue(type: string, read: string, wanted: string): boolean {
  if (read === wanted) return true;
  if (type === "xsd:boolean") return booleanForm(read.trim().toLowerCase(), "digits") === booleanForm(wanted, "digits");
  if (type === "xsd:dateTime") return isSameTime(read.trim(), wanted);
  return false;
}

/** To the second, which is all that some devices keep. */
function isSameTime(read: string, wanted: string): boolean {
  const seconds = (text: string): number => Math.floor(Date.parse(text) / 1_000);
  return /(?:Z|[+-]\d\d:\d\d)$/.test(read) && /(?:Z|[+-]\d\d:\d\d)$/.test(wanted) && seconds(read) === seconds(wanted);
}
