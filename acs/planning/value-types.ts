/**
 * With which types a value may be written, the most likely first: firmware releases differ, and some devices tell one type and want another.
 * Spec: TR-106 (data types), TR-069 A.5.1 (9006); cwmp.md 12 row 13. Layer: planning, pure.
 */
import { canonicalType, lexicalFault, WRITABLE_TYPES } from "../devices/lexical.js";
import type { ModelPolicy } from "../devices/model-policy.js";
import { booleanForm, writeForm } from "./write-form.js";

export interface Value {
  readonly type: string;
  readonly value: string;
}

/** Types that one value is written with, in all: a device is not asked for ever. */
export const TYPES_TRIED_MAX = 5;

/** What devices take one type for. */
const KIN: Readonly<Record<string, readonly string[]>> = {
  "xsd:unsignedInt": ["xsd:int", "xsd:string", "xsd:boolean", "xsd:unsignedLong"],
  "xsd:int": ["xsd:unsignedInt", "xsd:string", "xsd:boolean", "xsd:long"],
  "xsd:unsignedLong": ["xsd:long", "xsd:unsignedInt", "xsd:string"],
  "xsd:long": ["xsd:unsignedLong", "xsd:int", "xsd:string"],
  "xsd:boolean": ["xsd:string", "xsd:unsignedInt", "xsd:int"],
  "xsd:string": ["xsd:boolean", "xsd:unsignedInt", "xsd:int", "xsd:dateTime"],
  "xsd:dateTime": ["xsd:string"],
  "xsd:base64Binary": ["SOAP-ENC:base64", "xsd:string"],
  "xsd:hexBinary": ["xsd:string"],
};
const INTEGERS: readonly string[] = ["xsd:unsignedInt", "xsd:int", "xsd:unsignedLong", "xsd:long"];

/**
 * @param known What is known of the parameter, the best source first: taken after a refusal, told by the device.
 * @returns At least one type, at most TYPES_TRIED_MAX, none twice; only such as the value can be written with.
 */
export function typesToTry(value: Value, known: readonly string[]): readonly string[] {
  const fitting = known.filter((type) => /^(?:xsd|SOAP-ENC):/.test(type) && fits(type, value));
  const kin = (KIN[value.type] ?? []).filter((type) => fits(type, value));
  return [...new Set([...fitting, value.type, ...kin])].slice(0, TYPES_TRIED_MAX);
}

/** The value in the spelling of that type, as the model wants it. */
export function writtenAs(type: string, { type: meant, value }: Value, model: ModelPolicy): string {
  if (meant === "xsd:boolean" && INTEGERS.includes(type)) return booleanForm(value, "digits");
  // A boolean that the device has as a string is still spelt like one.
  return writeForm(type === "xsd:string" ? meant : type, value, model);
}

function fits(type: string, { type: meant, value }: Value): boolean {
  const canonical = canonicalType(type);
  const text = meant === "xsd:boolean" && INTEGERS.includes(canonical) ? booleanForm(value, "digits") : value;
  // Types that no value has to be (xsd:float, xsd:unsignedShort) are the device's own word.
  return !WRITABLE_TYPES.includes(canonical) || lexicalFault(canonical, text) === undefined;
}
