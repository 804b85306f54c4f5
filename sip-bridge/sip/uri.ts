/**
 * SIP and SIPS URIs: read, write, compare.
 * Spec: RFC 3261 19.1, 19.1.4; RFC 3986 3.2.2 for IPv6. Layer: codec, pure.
 */
import { atEnd, type Cursor, digits, isIpv6, isUriText, malformed, takeHost, takePort } from "./chars.js";
import { MalformedMessage, type Param, param, SIP_LIMITS } from "./message.js";

export interface SipUri {
  readonly scheme: "sip" | "sips";
  /** As sent, escapes included; may hold ";" and "=". Absent: the URI names a host. */
  readonly user?: string;
  readonly password?: string;
  /** As sent; an IPv6 reference keeps its brackets. */
  readonly host: string;
  readonly port?: number;
  /** Names in lower case, values as sent. */
  readonly params: readonly Param[];
  /** `?name=value` pairs, as sent. To be kept, never to be acted upon. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/**
 * Reads `sip:` and `sips:` URIs.
 * @throws {MalformedMessage} 416 for another scheme, 400 for anything that is no URI.
 */
export function parseUri(text: string): SipUri {
  const scheme = uriScheme(text);
  if (scheme === undefined || !isUriText(text)) throw new MalformedMessage(400, "uri", "no URI");
  if (scheme !== "sip" && scheme !== "sips") throw new MalformedMessage(416, "uri", "no sip: or sips: URI");
  const cursor: Cursor = { text, path: "uri", at: scheme.length + 1 };
  const userInfo = takeUserInfo(cursor);
  const host = takeHost(cursor);
  let port: number | undefined;
  if (text[cursor.at] === ":") {
    cursor.at++;
    port = takePort(cursor);
  }
  const params = takeUriParams(cursor);
  const headers = takeUriHeaders(cursor);
  if (!atEnd(cursor)) throw malformed(cursor, "unexpected character after the host");
  return { scheme, host, params, headers, ...userInfo, ...(port === undefined ? {} : { port }) };
}

/** The scheme in lower case, or undefined if the text has none (RFC 3986 3.1) or nothing after it. */
export function uriScheme(text: string): string | undefined {
  const colon = text.indexOf(":");
  if (colon < 1 || colon === text.length - 1 || colon > 32) return undefined;
  const scheme = text.slice(0, colon).toLowerCase();
  for (let i = 0; i < scheme.length; i++) {
    const code = scheme.charCodeAt(i);
    const isLetter = code >= 0x61 && code <= 0x7a;
    if (!isLetter && (i === 0 || !"0123456789+-.".includes(scheme.charAt(i)))) return undefined;
  }
  return scheme;
}

function takeUserInfo(cursor: Cursor): { user?: string; password?: string } {
  const at = cursor.text.indexOf("@", cursor.at);
  if (at === -1) return {};
  const userInfo = cursor.text.slice(cursor.at, at);
  cursor.at = at + 1;
  const colon = userInfo.indexOf(":");
  const user = colon === -1 ? userInfo : userInfo.slice(0, colon);
  if (user === "") throw malformed(cursor, "no user before @");
  return colon === -1 ? { user } : { user, password: userInfo.slice(colon + 1) };
}

function takeUriParams(cursor: Cursor): Param[] {
  const params: Param[] = [];
  const question = cursor.text.indexOf("?", cursor.at);
  const end = question === -1 ? cursor.text.length : question;
  while (cursor.text[cursor.at] === ";") {
    const next = cursor.text.indexOf(";", cursor.at + 1);
    const stop = next === -1 || next > end ? end : next;
    const item = cursor.text.slice(cursor.at + 1, stop);
    const equals = item.indexOf("=");
    const name = (equals === -1 ? item : item.slice(0, equals)).toLowerCase();
    if (name === "" || item.includes("@") || params.length === SIP_LIMITS.paramsMax) throw malformed(cursor, "bad URI parameter");
    params.push(equals === -1 ? { name } : { name, value: item.slice(equals + 1) });
    cursor.at = stop;
  }
  return params;
}

function takeUriHeaders(cursor: Cursor): (readonly [string, string])[] {
  if (cursor.text[cursor.at] !== "?") return [];
  const items = cursor.text.slice(cursor.at + 1).split("&", SIP_LIMITS.paramsMax + 1);
  if (items.length > SIP_LIMITS.paramsMax) throw malformed(cursor, "too many headers in a URI");
  cursor.at = cursor.text.length;
  return items.map((item) => {
    const equals = item.indexOf("=");
    if (equals < 1) throw malformed(cursor, "bad header in a URI");
    return [item.slice(0, equals), item.slice(equals + 1)] as const;
  });
}

/** Writes what `parseUri` read; parameter names come out in lower case. */
export function writeUri(uri: SipUri): string {
  let text = `${uri.scheme}:`;
  if (uri.user !== undefined) text += `${uri.user}${uri.password === undefined ? "" : `:${uri.password}`}@`;
  text += uri.host;
  if (uri.port !== undefined) text += `:${uri.port}`;
  for (const { name, value } of uri.params) text += value === undefined ? `;${name}` : `;${name}=${value}`;
  if (uri.headers.length > 0) text += `?${uri.headers.map(([name, value]) => `${name}=${value}`).join("&")}`;
  return text;
}

/** These count even when only one side has them: an omitted one is not equal to its default (RFC 3261 19.1.4). */
const DECISIVE_PARAMS = ["user", "ttl", "method", "maddr", "transport"];

/**
 * Whether two URIs are equal by RFC 3261 19.1.4. The relation is not transitive.
 * `transport` on one side only makes a difference, as the standard's last example says.
 */
export function sameUri(a: SipUri, b: SipUri): boolean {
  return (
    a.scheme === b.scheme &&
    sameText(a.user, b.user) &&
    sameText(a.password, b.password) &&
    decodeEscapes(a.host).toLowerCase() === decodeEscapes(b.host).toLowerCase() &&
    a.port === b.port &&
    sameParams(a.params, b.params) &&
    sameHeaders(a.headers, b.headers)
  );
}

/** User and password are compared case-sensitively; characters that need no escape equal their escapes. */
function sameText(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return decodeEscapes(a) === decodeEscapes(b);
}

function sameParams(a: readonly Param[], b: readonly Param[]): boolean {
  for (const { name } of a) if (!paramAgrees(name, a, b)) return false;
  return DECISIVE_PARAMS.every((name) => paramAgrees(name, a, b));
}

/** "Any uri-parameter appearing in both URIs must match"; one-sided ones are ignored unless decisive. */
function paramAgrees(name: string, a: readonly Param[], b: readonly Param[]): boolean {
  const left = param(a, name);
  const right = param(b, name);
  if (left === undefined || right === undefined) return left === right || !DECISIVE_PARAMS.includes(name);
  return decodeEscapes(left).toLowerCase() === decodeEscapes(right).toLowerCase();
}

/** "URI header components are never ignored", in any order. */
function sameHeaders(a: SipUri["headers"], b: SipUri["headers"]): boolean {
  if (a.length !== b.length) return false;
  const canonical = (headers: SipUri["headers"]): string[] =>
    headers.map(([name, value]) => `${decodeEscapes(name).toLowerCase()}=${decodeEscapes(value)}`).sort();
  const right = canonical(b);
  return canonical(a).every((item, i) => item === right[i]);
}

/** Decodes %-escapes once, each to its octet (latin1). A "%" that starts no escape stays. */
export function decodeEscapes(text: string): string {
  if (!text.includes("%")) return text;
  let out = "";
  let from = 0;
  for (let at = text.indexOf("%"); at !== -1; at = text.indexOf("%", at + 1)) {
    const high = hexDigit(text.charCodeAt(at + 1));
    const low = hexDigit(text.charCodeAt(at + 2));
    if (high === -1 || low === -1) continue;
    out += text.slice(from, at) + String.fromCharCode(high * 16 + low);
    from = at + 3;
    at += 2;
  }
  return out + text.slice(from);
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/**
 * The key of an address-of-record (RFC 3261 10.3 step 5): `user@host`, scheme and parameters removed, escapes decoded once,
 * host in lower case, user case-sensitive. A URI without user gives the host alone.
 */
export function aorKey(uri: SipUri): string {
  const host = uri.host.toLowerCase();
  return uri.user === undefined ? host : `${decodeEscapes(uri.user)}@${host}`;
}

/** The address or name a host field stands for: an IPv6 reference loses its brackets. */
export function bareHost(host: string): string {
  return host.startsWith("[") ? host.slice(1, -1) : host;
}

/** A host field for an address or name: IPv6 gets brackets. */
export function hostField(address: string): string {
  return isIpv6(address) ? `[${address}]` : address;
}

/** Whether the host field is a numeric address, so that no name needs to be resolved. */
export function isAddress(host: string): boolean {
  if (host.startsWith("[")) return true;
  const parts = host.split(".");
  return parts.length === 4 && parts.every((part) => digits(part, 255) !== undefined);
}
