/**
 * ParameterValueStruct: a parameter's name, type and value, as Inform, GetParameterValues and SetParameterValues carry it.
 * Spec: TR-069 A.3.2.1, A.3.2.2, table A.2 (types); field quirks 11, 12, 17, 45. Layer: codec, pure.
 */
import { attribute, child, children, childText, type Element, el, optionalChild } from "./xml.js";

export interface ParameterValue {
  readonly name: string;
  /** Canonical XML Schema type, "xsd:string"; "SOAP-ENC:base64" is what old stacks call base64Binary. */
  readonly type: string;
  /** As sent: " " is a value. */
  readonly text: string;
  /** The device told no type, or none that exists: `type` is "xsd:string", and says nothing (field quirk 12). */
  readonly untyped?: true;
}

/** Types of a Value that exist; whatever else a device claims is a string (field quirk 12). */
const TYPES = [
  ...["string", "int", "unsignedInt", "long", "unsignedLong", "boolean", "dateTime", "base64Binary", "hexBinary"],
  ...["short", "unsignedShort", "byte", "unsignedByte", "integer", "decimal", "float", "double", "date", "time", "anyURI"],
] as const;
const STRING = "xsd:string";
const CANONICAL = new Map<string, string>(TYPES.map((type) => [type.toLowerCase(), `xsd:${type}`]));
CANONICAL.set("base64", "SOAP-ENC:base64");

/** "xs:unsignedint" gives "xsd:unsignedInt". undefined: missing, empty, or no type that exists. */
export function canonicalType(written: string | undefined): string | undefined {
  if (written === undefined || written === STRING) return written;
  const local = written
    .slice(written.lastIndexOf(":") + 1)
    .trim()
    .toLowerCase();
  return CANONICAL.get(local);
}

/** Reads an array of them. The count in arrayType is never believed (field quirk 17): the children are counted. */
export function readParameterValues(list: Element): readonly ParameterValue[] {
  return children(list, "ParameterValueStruct").map(readParameterValue);
}

function readParameterValue(item: Element): ParameterValue {
  const value = optionalChild(item, "Value"); // some devices leave it out when the value is empty (field quirk 11)
  const name = childText(item, "Name");
  const text = value === undefined ? "" : value.text;
  const type = value === undefined ? undefined : canonicalType(attribute(value, "xsi:type"));
  return type === undefined ? { name, type: STRING, text, untyped: true } : { name, type, text };
}

/** A ParameterList element with exact count and a type on every value, but for those that came without. */
export function writeParameterValues(values: readonly ParameterValue[]): Element {
  const items = values.map(({ name, type, text, untyped }) =>
    el("ParameterValueStruct", {}, el("Name", {}, name), el("Value", untyped === true ? {} : { "xsi:type": type }, text)),
  );
  return el("ParameterList", arrayOf("cwmp:ParameterValueStruct", values.length), items);
}

/** The attribute that SOAP 1.1 5.4.2 wants on an array. */
export function arrayOf(type: string, count: number): Readonly<Record<string, string>> {
  return { "SOAP-ENC:arrayType": `${type}[${count}]` };
}

/** The parameters of a message, read from its mandatory ParameterList. An empty list means no rows, not an error (field quirk 19). */
export function readParameterList(message: Element): readonly ParameterValue[] {
  return readParameterValues(child(message, "ParameterList"));
}
