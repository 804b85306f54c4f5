/**
 * Character classes of SIP text, and a cursor that only moves forward: every reader built on it is linear.
 * Spec: RFC 3261 25.1. Layer: codec, pure.
 */
import { MalformedMessage } from "./message.js";

const TOKEN = 1;
const HOST = 2;
const URI = 4;
const PARAM_VALUE = 8;
const DISPLAY = 16;

/** Class bits per octet. */
const CLASSES = classTable();

function classTable(): Uint8Array {
  const table = new Uint8Array(256);
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  mark(table, `${letters}-.!%*_+\`'~`, TOKEN | DISPLAY);
  mark(table, " \t", DISPLAY);
  mark(table, `${letters}-._`, HOST); // "_" is no host character, but it occurs in names of intranets
  for (let code = 0x21; code < 0x100; code++) {
    const char = String.fromCharCode(code);
    if (code === 0x7f) continue;
    if (!'<>"'.includes(char)) mark(table, char, URI);
    if (!'<>",;'.includes(char)) mark(table, char, PARAM_VALUE);
    if (code >= 0x80) mark(table, char, DISPLAY); // UTF-8 outside quotes is wrong, common and harmless
  }
  return table;
}

function mark(table: Uint8Array, chars: string, bits: number): void {
  for (const char of chars) table[char.charCodeAt(0)] = (table[char.charCodeAt(0)] ?? 0) | bits;
}

/** The first index from `at` whose character lacks the class. */
function spanEnd(text: string, at: number, bits: number): number {
  let end = at;
  while (end < text.length && ((CLASSES[text.charCodeAt(end)] ?? 0) & bits) !== 0) end++;
  return end;
}

const isAll = (text: string, bits: number): boolean => text.length > 0 && spanEnd(text, 0, bits) === text.length;

export const isToken = (text: string): boolean => isAll(text, TOKEN);
/** What a parameter may hold without quotes: tokens, hosts, and what devices send beyond them. */
export const isParamValue = (text: string): boolean => isAll(text, PARAM_VALUE);
export const isUriText = (text: string): boolean => isAll(text, URI);

/** Digits only, at most `max`. Anything else, signs and spaces included: undefined. */
export function digits(text: string, max: number): number | undefined {
  if (text.length === 0 || text.length > 20) return undefined;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value <= max ? value : undefined;
}

const HEX_DIGITS = "0123456789abcdefABCDEF";
/** Eight groups at most, each of at most four digits; the last two may be dotted. Close enough to refuse what is none. */
export function isIpv6(text: string): boolean {
  if (text.length < 2 || text.length > 45 || !text.includes(":")) return false;
  for (const char of text) if (char !== ":" && char !== "." && !HEX_DIGITS.includes(char)) return false;
  return true;
}

/** A place in a header value. Readers below move it; none moves it back over more than it read. */
export interface Cursor {
  readonly text: string;
  /** Lower-case name of the header field, for errors. */
  readonly path: string;
  at: number;
}

export function malformed(cursor: Cursor, why: string): MalformedMessage {
  return new MalformedMessage(400, cursor.path, why);
}

export function skipSpace(cursor: Cursor): void {
  const { text } = cursor;
  let at = cursor.at;
  for (let code = text.charCodeAt(at); code === 0x20 || code === 0x09; code = text.charCodeAt(at)) at++;
  cursor.at = at;
}

export const atEnd = (cursor: Cursor): boolean => cursor.at >= cursor.text.length;

/** Takes white space, then `char` if it is next, then white space. */
export function takeSeparator(cursor: Cursor, char: string): boolean {
  skipSpace(cursor);
  if (cursor.text[cursor.at] !== char) return false;
  cursor.at++;
  skipSpace(cursor);
  return true;
}

function takeSpan(cursor: Cursor, bits: number, what: string): string {
  const end = spanEnd(cursor.text, cursor.at, bits);
  if (end === cursor.at) throw malformed(cursor, `${what} expected at ${cursor.at}`);
  const span = cursor.text.slice(cursor.at, end);
  cursor.at = end;
  return span;
}

export const takeToken = (cursor: Cursor): string => takeSpan(cursor, TOKEN, "a token");
export const takeParamValue = (cursor: Cursor): string => takeSpan(cursor, PARAM_VALUE, "a value");

/** Takes tokens and spaces, as an unquoted display name has. May be empty. */
export function takeDisplayWords(cursor: Cursor): string {
  const end = spanEnd(cursor.text, cursor.at, DISPLAY);
  const words = cursor.text.slice(cursor.at, end).trim();
  cursor.at = end;
  return words;
}

/** Takes a quoted string; the cursor stands on its first quote. Returns its content without backslashes. */
export function takeQuoted(cursor: Cursor): string {
  const { text } = cursor;
  let content = "";
  let start = cursor.at + 1;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (char === '"') {
      cursor.at = at + 1;
      return content + text.slice(start, at);
    }
    if (char === "\\") {
      content += text.slice(start, at);
      start = ++at;
    }
  }
  throw malformed(cursor, "quote without end");
}

/** Takes a host name, an IPv4 address or an IPv6 reference in brackets. */
export function takeHost(cursor: Cursor): string {
  if (cursor.text[cursor.at] !== "[") return takeSpan(cursor, HOST, "a host");
  const end = cursor.text.indexOf("]", cursor.at);
  if (end === -1 || !isIpv6(cursor.text.slice(cursor.at + 1, end))) throw malformed(cursor, "no IPv6 address in brackets");
  const host = cursor.text.slice(cursor.at, end + 1);
  cursor.at = end + 1;
  return host;
}

/** Takes a port number, 1 to 65535. */
export function takePort(cursor: Cursor): number {
  const port = digits(takeSpan(cursor, TOKEN, "a port"), 65_535);
  if (port === undefined || port === 0) throw malformed(cursor, "no port number");
  return port;
}
