/**
 * One parameter as a row of a few bytes. A canonical whole number is stored as an integer, type and writable as one number,
 * the attributes as another, times and cause as numbers of tellings.
 * Layer: stores (sqlite).
 */
import type { SqlValue } from "../../../common/sqlite/queries.js";

export interface ParameterRow {
  /** See writeFacts. */
  readonly facts: number | string;
  readonly value: number | string | null;
  /** The telling that read this value last; null while there is no value. */
  readonly read: number | null;
  /** The telling that made the value what it is; null while there is no value. */
  readonly changed: number | null;
  /** See writeAttributes. */
  readonly attributes: number | string | null;
}

export interface Attributes {
  readonly notification: number | null;
  readonly accessList: readonly string[] | null;
}

export interface Facts {
  readonly type: string | null;
  readonly writable: boolean | null;
}

/** The place in this list is what is stored: only ever add at the end. */
const TYPES = [
  null,
  "xsd:string",
  "xsd:unsignedInt",
  "xsd:boolean",
  "xsd:int",
  "xsd:dateTime",
  "xsd:unsignedLong",
  "xsd:long",
  "xsd:base64",
  "xsd:base64Binary",
  "xsd:hexBinary",
  "xsd:decimal",
  "xsd:float",
  "xsd:double",
  "xsd:anyURI",
  "xsd:unsignedByte",
  "xsd:byte",
  "xsd:unsignedShort",
  "xsd:short",
  "xsd:integer",
  "xsd:positiveInteger",
  "xsd:nonNegativeInteger",
  "xsd:date",
  "xsd:time",
] as const;
const TYPE_CODES = new Map<string | null, number>(TYPES.map((type, code) => [type, code]));
const WRITABLE = [null, false, true] as const;
const WRITABLE_MARKS = "nrw";

/** Type and writable as one small number; with a type that is not in the list, as text: "w:vendor:type". */
export function writeFacts({ type, writable }: Facts): number | string {
  const writableCode = WRITABLE.indexOf(writable);
  const typeCode = TYPE_CODES.get(type);
  return typeCode === undefined ? `${WRITABLE_MARKS.charAt(writableCode)}:${type}` : typeCode * WRITABLE.length + writableCode;
}

export function readFacts(facts: number | string): Facts {
  if (typeof facts === "string") return { type: facts.slice(2), writable: WRITABLE[WRITABLE_MARKS.indexOf(facts.charAt(0))] ?? null };
  return { type: TYPES[Math.floor(facts / WRITABLE.length)] ?? null, writable: WRITABLE[facts % WRITABLE.length] ?? null };
}

/** Digits that survive a double exactly and come back as the same text. */
const WHOLE_NUMBER = /^(?:0|-?[1-9][0-9]{0,14})$/;

/** A bigint is bound as an SQLite integer; a number would become an eight-byte float. */
export const writeValue = (text: string): SqlValue => (WHOLE_NUMBER.test(text) ? BigInt(text) : text);
export const readValue = (value: number | string | null): string | null => (value === null ? null : String(value));

/** Notifications that a small number can say: null and 0 to 6. */
const NOTIFICATION_CODES = 8;
const NOTIFICATION_MAX = 6;

/** The usual attributes as one small number (access list not told, empty, or "Subscriber" alone), others as JSON; null: neither was told. */
export function writeAttributes({ notification, accessList }: Attributes): number | string | null {
  if (notification === null && accessList === null) return null;
  const list = accessList === null ? 0 : accessList.length === 0 ? 1 : accessList.length === 1 && accessList[0] === "Subscriber" ? 2 : -1;
  if (list < 0 || (notification !== null && notification > NOTIFICATION_MAX)) return JSON.stringify([notification, accessList]);
  return list * NOTIFICATION_CODES + (notification === null ? 0 : notification + 1);
}

export function readAttributes(attributes: number | string | null): Attributes {
  if (attributes === null) return { notification: null, accessList: null };
  if (typeof attributes === "string") {
    const [notification, accessList] = JSON.parse(attributes) as readonly [number | null, readonly string[] | null];
    return { notification, accessList };
  }
  const list = Math.floor(attributes / NOTIFICATION_CODES);
  const code = attributes % NOTIFICATION_CODES;
  return { notification: code === 0 ? null : code - 1, accessList: list === 0 ? null : list === 1 ? [] : ["Subscriber"] };
}
