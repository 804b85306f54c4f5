/**
 * Lexical rules of parameter values, and the form in which a device keeps them.
 * Spec: TR-106 (data types), TR-069 A.5.1 (9006, 9007). Layer: device, pure.
 */
import type { CpeFaultCode } from "../../acs/cwmp/faults.js";
import type { ParameterType } from "../../schemas/data-models/data-model.js";

/** `ok`: the value in its canonical form. Else why it is refused. */
export type ReadValue =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly faultCode: CpeFaultCode; readonly why: string };

/** The xsi:type in which a parameter of this type is told. */
export const typeName = (type: ParameterType): string => `xsd:${type.base}`;

const BOOLEANS: Readonly<Record<string, string>> = { "0": "0", "1": "1", false: "0", true: "1" };
const DATE_TIME = /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:([0-5]\d)(\.\d+)?(Z|[+-]\d{2}:\d{2})?$/;
const INTEGER = /^[+-]?\d{1,20}$/;
const IPV4 = /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;
const MAC = /^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$/;

/**
 * @param declared The xsi:type as sent. A wrong one is forgiven if the text fits the parameter all the same, else it is 9006.
 */
export function readValue(type: ParameterType, declared: string, text: string): ReadValue {
  const canonical = canonicalText(type, text);
  if (canonical === undefined) {
    const declaredAsMeant = declared === "" || localName(declared) === type.base;
    return declaredAsMeant
      ? { ok: false, faultCode: 9007, why: `not a value of type ${type.base}` }
      : { ok: false, faultCode: 9006, why: `expected ${typeName(type)}` };
  }
  const why = limitBroken(type, canonical);
  return why === undefined ? { ok: true, text: canonical } : { ok: false, faultCode: 9007, why };
}

const localName = (qualified: string): string => qualified.slice(qualified.indexOf(":") + 1);

/** `undefined`: the text is not of this type at all. All four lexical booleans are legal (XML Schema 3.2.2.1). */
function canonicalText(type: ParameterType, text: string): string | undefined {
  switch (type.base) {
    case "boolean":
      return Object.hasOwn(BOOLEANS, text.trim()) ? BOOLEANS[text.trim()] : undefined;
    case "int":
    case "unsignedInt":
    case "unsignedLong":
      return INTEGER.test(text.trim()) ? BigInt(text.trim().replace("+", "")).toString() : undefined;
    case "dateTime":
      return DATE_TIME.test(text.trim()) ? text.trim() : undefined;
    case "string":
      return text;
  }
}

function limitBroken(type: ParameterType, text: string): string | undefined {
  if (type.base === "int" || type.base === "unsignedInt" || type.base === "unsignedLong") {
    const number = BigInt(text);
    if (type.min !== undefined && number < BigInt(type.min)) return `less than ${type.min}`;
    return type.max !== undefined && number > BigInt(type.max) ? `more than ${type.max}` : undefined;
  }
  return type.base === "string" ? stringLimitBroken(type, text) : undefined;
}

function stringLimitBroken(type: Extract<ParameterType, { base: "string" }>, text: string): string | undefined {
  if ("format" in type) return text === "" || (type.format === "ip-address" ? IPV4 : MAC).test(text) ? undefined : `not an ${type.format}`;
  if (type.charactersMax !== undefined && [...text].length > type.charactersMax) return `longer than ${type.charactersMax} characters`;
  if (type.itemsMax !== undefined && text.split(",").length > type.itemsMax) return `more than ${type.itemsMax} items`;
  const values = type.writableValues ?? type.values;
  return values === undefined || values.includes(text) ? undefined : `none of ${values.join(", ")}`;
}
