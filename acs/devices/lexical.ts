/**
 * What a value of each CWMP type may look like as text.
 * Spec: TR-106 (data types), XML Schema 1.0 Part 2 section 3, TR-069 A.2.2.1. Layer: devices, pure.
 */

/** Types that a value can be written as. A device may tell others ("xsd:anySimpleType"); those are not judged. */
const RULES: ReadonlyMap<string, (value: string) => string | undefined> = new Map([
  ["xsd:string", checkString],
  ["xsd:int", integer(-(2n ** 31n), 2n ** 31n - 1n)],
  ["xsd:long", integer(-(2n ** 63n), 2n ** 63n - 1n)],
  ["xsd:unsignedInt", integer(0n, 2n ** 32n - 1n)],
  ["xsd:unsignedLong", integer(0n, 2n ** 64n - 1n)],
  ["xsd:boolean", matching(/^(?:0|1|true|false)$/, 'must be "0", "1", "true" or "false"')],
  ["xsd:dateTime", checkDateTime],
  ["xsd:base64Binary", checkBase64],
  ["xsd:hexBinary", matching(/^(?:[0-9A-Fa-f]{2})*$/, "must be an even number of hex digits")],
]);

export const WRITABLE_TYPES: readonly string[] = [...RULES.keys()];

/**
 * The name under which types are compared: "string" and "xs:string" are "xsd:string", and the SOAP encoding's base64 is
 * XML Schema's base64Binary (older devices send the former). Names we don't know come back as they are.
 */
export function canonicalType(type: string): string {
  const local = type.slice(type.indexOf(":") + 1);
  const name = `xsd:${local === "base64" ? "base64Binary" : local}`;
  return RULES.has(name) ? name : type;
}

/** Why the value is not of the type, as the end of a sentence; undefined when it is, or when the type is not one of ours. */
export function lexicalFault(type: string, value: string): string | undefined {
  return RULES.get(canonicalType(type))?.(value);
}

function matching(pattern: RegExp, why: string): (value: string) => string | undefined {
  return (value) => (pattern.test(value) ? undefined : why);
}

/** XML 1.0 2.2: no control characters but TAB, LF and CR, no surrogate alone, neither U+FFFE nor U+FFFF. */
function checkString(value: string): string | undefined {
  return value.isWellFormed() && !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(value)
    ? undefined
    : "holds a character that XML can't carry";
}

/** Digits that an unsignedLong can have; more are refused before they cost a conversion. */
const DIGITS_MAX = 20;

/** XML Schema allows a sign for the signed types only, and leading zeros for all. */
function integer(min: bigint, max: bigint): (value: string) => string | undefined {
  const pattern = min < 0n ? /^[+-]?\d+$/ : /^\d+$/;
  const why = `must be a decimal integer from ${min} to ${max}`;
  return (value) => {
    if (!pattern.test(value)) return why;
    const digits = value.replace(/^[+-]?0*(?=\d)/, "");
    if (digits.length > DIGITS_MAX) return why;
    const number = value.startsWith("-") ? -BigInt(digits) : BigInt(digits);
    return number >= min && number <= max ? undefined : why;
  };
}

const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d{1,9})?(?:Z|[+-](\d\d):(\d\d))?$/;

/**
 * A time without zone is legal: TR-106 uses it for time since boot ("0001-01-03T03:04:05"). The Unknown Time and the Infinite Time
 * are ordinary values here.
 */
function checkDateTime(value: string): string | undefined {
  const why = 'must be an ISO 8601 time like "2024-05-01T12:00:00Z"';
  const match = DATE_TIME.exec(value);
  if (match === null) return why;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, , zoneHour = 0, zoneMinute = 0] = match
    .slice(1)
    .map((part) => Number(part ?? 0));
  const legal =
    year >= 1 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysOfMonth(year, month) &&
    hour <= 23 &&
    minute <= 59 &&
    second <= 59 &&
    zoneMinute <= 59 &&
    zoneHour * 60 + zoneMinute <= 14 * 60;
  return legal ? undefined : why;
}

function daysOfMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** XML Schema allows white space between the digits, and lines of any length. */
function checkBase64(value: string): string | undefined {
  const digits = value.replace(/[ \t\r\n]/g, "");
  return digits.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(digits) ? undefined : "must be base64";
}
