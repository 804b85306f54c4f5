/**
 * Values of header fields: parameters, addresses, Via, CSeq, and the small ones.
 * Readers take the unfolded text of a field and throw MalformedMessage (400) for what the grammar does not allow.
 * Spec: RFC 3261 20 and 25.1. Layer: codec, pure.
 */
import {
  atEnd,
  type Cursor,
  digits,
  isParamValue,
  isToken,
  isUriText,
  malformed,
  skipSpace,
  takeDisplayWords,
  takeHost,
  takeParamValue,
  takePort,
  takeQuoted,
  takeSeparator,
  takeToken,
} from "./chars.js";
import {
  type CSeq,
  headerValue,
  headerValues,
  MalformedMessage,
  type NameAddr,
  type Param,
  param,
  SIP_LIMITS,
  type SipHeader,
  type Via,
} from "./message.js";
import { uriScheme } from "./uri.js";

/** The largest number a header may carry: delta-seconds and CSeq are 32 bits (RFC 3261 8.1.1.5, 20.19). */
const UINT32_MAX = 4_294_967_295;

type Headers = { readonly headers: readonly SipHeader[] };

/** Takes `;name=value` parameters up to the end or a comma. RFC 3261 25.1 generic-param. */
function takeParams(cursor: Cursor): Param[] {
  const params: Param[] = [];
  while (takeSeparator(cursor, ";")) {
    if (params.length === SIP_LIMITS.paramsMax) throw malformed(cursor, `more than ${SIP_LIMITS.paramsMax} parameters`);
    params.push(takeParam(cursor));
  }
  return params;
}

function takeParam(cursor: Cursor): Param {
  const name = takeToken(cursor).toLowerCase();
  if (!takeSeparator(cursor, "=")) return { name };
  if (cursor.text[cursor.at] === '"') return { name, value: takeQuoted(cursor), quoted: true };
  return { name, value: takeParamValue(cursor) };
}

/** Takes a name-addr or an addr-spec with the parameters of the header (not of the URI). RFC 3261 20.10. */
function takeNameAddr(cursor: Cursor): NameAddr {
  skipSpace(cursor);
  const start = cursor.at;
  const isQuoted = cursor.text[start] === '"';
  const displayName = isQuoted ? takeQuoted(cursor) : takeDisplayWords(cursor);
  skipSpace(cursor);
  if (cursor.text[cursor.at] === "<") {
    const uri = takeAngleUri(cursor);
    const params = takeParams(cursor);
    return displayName === "" ? { uri, params } : { displayName, uri, params };
  }
  if (isQuoted) throw malformed(cursor, "no URI after the display name");
  cursor.at = start;
  return { uri: takeBareUri(cursor), params: takeParams(cursor) };
}

function takeAngleUri(cursor: Cursor): string {
  const end = cursor.text.indexOf(">", cursor.at);
  if (end === -1) throw malformed(cursor, '"<" without ">"');
  const uri = cursor.text.slice(cursor.at + 1, end);
  if (uriScheme(uri) === undefined || !isUriText(uri)) throw malformed(cursor, 'no URI between "<" and ">"');
  cursor.at = end + 1;
  return uri;
}

/** "If the URI contains a comma, question mark or semicolon, it MUST be enclosed in angle brackets." RFC 3261 20. */
function takeBareUri(cursor: Cursor): string {
  const { text } = cursor;
  let end = cursor.at;
  while (end < text.length && !" \t;,".includes(text.charAt(end))) end++;
  const uri = text.slice(cursor.at, end);
  if (uriScheme(uri) === undefined || !isUriText(uri) || uri.includes("?")) throw malformed(cursor, "no URI, or one that needs brackets");
  cursor.at = end;
  return uri;
}

function takeVia(cursor: Cursor): Via {
  skipSpace(cursor);
  if (takeToken(cursor).toUpperCase() !== "SIP" || !takeSeparator(cursor, "/")) throw malformed(cursor, "no SIP/2.0");
  if (takeToken(cursor) !== "2.0" || !takeSeparator(cursor, "/")) throw malformed(cursor, "no SIP/2.0");
  const transport = takeToken(cursor).toUpperCase();
  const afterTransport = cursor.at;
  skipSpace(cursor);
  if (cursor.at === afterTransport) throw malformed(cursor, "no space after the transport");
  const host = takeHost(cursor);
  const port = takeSeparator(cursor, ":") ? takePort(cursor) : undefined;
  const params = takeParams(cursor);
  return port === undefined ? { transport, host, params } : { transport, host, port, params };
}

function readWhole<Value>(path: string, text: string, take: (cursor: Cursor) => Value): Value {
  const cursor: Cursor = { text, path, at: 0 };
  const value = take(cursor);
  skipSpace(cursor);
  if (!atEnd(cursor)) throw malformed(cursor, `unexpected character at ${cursor.at}`);
  return value;
}

function readList<Value>(message: Headers, key: string, take: (cursor: Cursor) => Value, valuesMax: number): Value[] {
  const values: Value[] = [];
  for (const field of message.headers) {
    if (field.key !== key) continue;
    const cursor: Cursor = { text: field.value, path: key, at: 0 };
    do {
      if (values.length === valuesMax) throw malformed(cursor, `more than ${valuesMax} values`);
      values.push(take(cursor));
    } while (takeSeparator(cursor, ","));
    if (!atEnd(cursor)) throw malformed(cursor, `unexpected character at ${cursor.at}`);
  }
  return values;
}

/** Reads one address, as in From, To, Refer-To. @param key Name of the header field, for errors. */
export const parseNameAddr = (key: string, text: string): NameAddr => readWhole(key, text, takeNameAddr);

/** All addresses of a list header, over all its fields, in order: route, record-route, path, service-route. Absent: `[]`. */
export const readAddresses = (message: Headers, key: string): readonly NameAddr[] =>
  readList(message, key, takeNameAddr, SIP_LIMITS.listValuesMax);

/** The contacts of a message: `"*"` (REGISTER only), or the list, `[]` if there are none. RFC 3261 20.10. */
export function readContacts(message: Headers): "*" | readonly NameAddr[] {
  const fields = headerValues(message, "contact");
  if (!fields.includes("*")) return readAddresses(message, "contact");
  if (fields.length > 1) throw new MalformedMessage(400, "contact", '"*" stands beside other contacts');
  return "*";
}

/** All Via values, top first. */
export const readVias = (message: Headers): readonly Via[] => readList(message, "via", takeVia, SIP_LIMITS.viasMax);

/** @param text For instance `314159 INVITE`. RFC 3261 20.16. */
export function parseCSeq(text: string): CSeq {
  return readWhole("cseq", text, (cursor) => {
    const number = digits(takeToken(cursor), UINT32_MAX);
    if (number === undefined) throw malformed(cursor, "no 32-bit number");
    skipSpace(cursor);
    return { number, method: takeToken(cursor) };
  });
}

/** An event type, or a subscription state, with its parameters. RFC 6665 8.2.1, 8.2.3. */
export interface TokenWithParams {
  /** As sent: event types are compared case-sensitively. */
  readonly token: string;
  readonly params: readonly Param[];
}

/** The value of Event or Subscription-State. Absent: undefined. */
export function readTokenWithParams(message: Headers, key: "event" | "subscription-state"): TokenWithParams | undefined {
  const text = headerValue(message, key);
  if (text === undefined) return undefined;
  return readWhole(key, text, (cursor) => ({ token: takeToken(cursor), params: takeParams(cursor) }));
}

/** Tokens of a comma list over all fields: supported, require, proxy-require, allow, allow-events. Absent or empty: `[]`. */
export function readTokens(message: Headers, key: string): readonly string[] {
  const tokens: string[] = [];
  for (const text of headerValues(message, key)) {
    for (const item of text.split(",")) {
      const token = item.trim();
      if (token === "") continue; // "Supported:" with nothing is legal, and empty list members are harmless
      if (!isToken(token)) throw new MalformedMessage(400, key, "no token");
      tokens.push(token);
    }
  }
  return tokens;
}

/** Seconds of Expires, Min-Expires and the like. Absent, larger than 32 bits or no number: undefined (RFC 4475 3.1.2.4). */
export function readSeconds(message: Headers, key: string): number | undefined {
  return parseSeconds(headerValue(message, key));
}

/** Delta-seconds as text, for instance of the `expires` parameter. Larger than 32 bits or no number: undefined. */
export function parseSeconds(text: string | undefined): number | undefined {
  return text === undefined ? undefined : digits(text, UINT32_MAX);
}

/** Seconds of `Retry-After: 17 (text);duration=60`. Absent or unreadable: undefined. RFC 3261 20.33. */
export function readRetryAfter(message: Headers): number | undefined {
  const text = headerValue(message, "retry-after") ?? "";
  let end = 0;
  while (end < text.length && text.charCodeAt(end) >= 0x30 && text.charCodeAt(end) <= 0x39) end++;
  return parseSeconds(text.slice(0, end));
}

/** A contact's `q`, 0 to 1 in steps of 0.001; absent is 1 (RFC 3841). @throws {MalformedMessage} anything else. */
export function parseQ(params: readonly Param[]): number {
  const text = param(params, "q");
  if (text === undefined) return 1;
  const [whole = "", fraction = "", ...rest] = text.split(".");
  const thousandths = digits(fraction.padEnd(3, "0"), 999);
  const units = digits(whole, 1);
  if (units === undefined || thousandths === undefined || fraction.length > 3 || rest.length > 0 || units * 1000 + thousandths > 1000) {
    throw new MalformedMessage(400, "contact", "q is not 0 to 1");
  }
  return units + thousandths / 1000;
}

/** Writes a quoted string; backslash, quote and NUL get a backslash (RFC 3261 25.1 quoted-pair). */
export function quoted(text: string): string {
  return `"${text.replaceAll(/["\\\0]/g, "\\$&")}"`;
}

export function writeParams(params: readonly Param[]): string {
  let text = "";
  for (const { name, value, quoted: isQuoted } of params) {
    if (value === undefined) text += `;${name}`;
    else text += isQuoted || !isParamValue(value) ? `;${name}=${quoted(value)}` : `;${name}=${value}`;
  }
  return text;
}

/** Always with angle brackets, so that no parameter changes sides. @param address `displayName` in latin1 octets. */
export function writeNameAddr({ displayName, uri, params }: NameAddr): string {
  if (!isUriText(uri)) throw new RangeError("a URI holds no spaces, quotes or angle brackets");
  return `${displayName === undefined ? "" : `${quoted(displayName)} `}<${uri}>${writeParams(params)}`;
}

export function writeVia({ transport, host, port, params }: Via): string {
  return `SIP/2.0/${transport} ${host}${port === undefined ? "" : `:${port}`}${writeParams(params)}`;
}

/** The parameters with one of them set, in place or at the end. @param value Absent: a flag. */
export function setParam(params: readonly Param[], name: string, value?: string): readonly Param[] {
  const item: Param = value === undefined ? { name } : { name, value };
  const exists = params.some((other) => other.name === name);
  return exists ? params.map((other) => (other.name === name ? item : other)) : [...params, item];
}
