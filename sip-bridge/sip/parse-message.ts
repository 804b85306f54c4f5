/**
 * Bytes to SIP messages: one pass, no backtracking, strict where leniency would let two readers differ.
 * Spec: RFC 3261 7, 18.3, 25.1; RFC 4475 for what to refuse and what to endure. Layer: codec, pure. Golden: test/golden/sip.
 */
import { digits, isToken, isUriText } from "./chars.js";
import { parseCSeq, parseNameAddr, readAddresses, readContacts, readVias } from "./header-values.js";
import {
  headerKey,
  headerValue,
  isKnownMethod,
  MalformedMessage,
  SIP_LIMITS,
  type SipHeader,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from "./message.js";
import { parseUri, uriScheme } from "./uri.js";

type StartLine =
  | { readonly kind: "request"; readonly method: string; readonly uri: string }
  | { readonly kind: "response"; readonly status: number; readonly reason: string };

/** A message up to its body. Stream framing reads it first, to learn how much body there is. */
export interface MessageHead {
  readonly startLine: StartLine;
  readonly headers: readonly SipHeader[];
  /** Absent: in a datagram the rest is the body; on a stream the message is malformed (RFC 3261 18.3). */
  readonly contentLength: number | undefined;
  /** Where the body begins in the bytes given. */
  readonly bodyOffset: number;
}

/** Header fields that must not occur twice, since two readers could believe different ones: a bit each. RFC 4475 3.3.8, 3.3.9. */
const SINGLE_HEADERS: ReadonlyMap<string, number> = new Map(
  ["from", "to", "call-id", "cseq", "max-forwards", "content-length", "content-type", "event", "subscription-state"].map((key, i) => [
    key,
    1 << i,
  ]),
);
const MAX_FORWARDS_DEFAULT = 70;
const MAX_FORWARDS_MAX = 255;

/**
 * Reads the message in one datagram. Octets beyond Content-Length are ignored (RFC 3261 18.3).
 * @throws {MalformedMessage} With the status that answers it; nothing else is ever thrown.
 */
export function parseMessage(bytes: Uint8Array): SipMessage {
  if (bytes.length > SIP_LIMITS.datagramBytesMax) throw new MalformedMessage(513, "body", "the datagram is too long");
  const head = parseHead(bytes);
  const available = bytes.length - head.bodyOffset;
  const length = head.contentLength ?? available;
  if (length > available) throw refusal(head, 400, "content-length", "more than the datagram holds");
  return messageOf(head, bytes.subarray(head.bodyOffset, head.bodyOffset + length));
}

/**
 * Reads start-line and header fields; leading CRLFs are skipped (RFC 3261 7.5). The bytes may go on with anything.
 * @throws {MalformedMessage} Also if the empty line that ends a head does not come within the limit.
 */
export function parseHead(bytes: Uint8Array): MessageHead {
  const text = latin1(bytes, SIP_LIMITS.headBytesMax);
  let at = 0;
  while (text.startsWith("\r\n", at)) at += 2;
  const lineEnd = endOfLine(text, at);
  const line = text.slice(at, lineEnd);
  const headers: SipHeader[] = [];
  try {
    const startLine = parseStartLine(line);
    const bodyOffset = readHeaders(text, lineEnd + 2, headers);
    refuseRepeated(headers);
    return { startLine, headers, contentLength: contentLengthOf(headers), bodyOffset };
  } catch (error) {
    if (headers.length === 0) readWhatIsThere(text, lineEnd + 2, headers);
    throw withRequest(error, methodOf(line), headers);
  }
}

/** Header fields up to the first unreadable one, to answer a request whose first line is at fault. */
function readWhatIsThere(text: string, at: number, headers: SipHeader[]): void {
  try {
    readHeaders(text, at, headers);
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
  }
}

/** What stands before the first space; undefined for a response. */
function methodOf(line: string): string | undefined {
  const method = line.slice(0, Math.max(line.indexOf(" "), 0));
  return isToken(method) ? method : undefined; // "SIP/2.0" is no token
}

/**
 * Makes the message of a head and its body, reading the header fields that every message must have.
 * @throws {MalformedMessage} One of them is missing or unreadable.
 */
export function messageOf(head: MessageHead, body: Uint8Array): SipMessage {
  const { startLine, headers } = head;
  try {
    return startLine.kind === "request" ? requestOf(startLine, headers, body) : responseOf(startLine, headers, body);
  } catch (error) {
    throw withRequest(error, startLine.kind === "request" ? startLine.method : undefined, headers);
  }
}

function latin1(bytes: Uint8Array, lengthMax: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, lengthMax)).toString("latin1");
}

/** The index of the line's CRLF. A CR or LF alone never ends a line: what follows it would be a header to some readers only. */
function endOfLine(text: string, at: number): number {
  const end = text.indexOf("\n", at) - 1;
  if (end < at) throw new MalformedMessage(400, "header", "no end of line, or more than the limit of octets");
  if (text.indexOf("\r", at) !== end) throw new MalformedMessage(400, "header", "CR or LF alone");
  if (end - at > SIP_LIMITS.lineBytesMax) throw new MalformedMessage(400, "header", "line too long");
  return end;
}

function parseStartLine(line: string): StartLine {
  if (hasBareNul(line)) throw new MalformedMessage(400, "start-line", "NUL");
  return line.startsWith("SIP/") || line.startsWith("sip/") ? parseStatusLine(line) : parseRequestLine(line);
}

/** "SIP/2.0 200 OK": the reason may be empty. Codes from 700 up are undefined, but "extension-code = 3DIGIT" (RFC 3261 25.1). */
function parseStatusLine(line: string): StartLine {
  const status = digits(line.slice(8, 11), 999);
  const isTidy = line.length === 11 || line[11] === " ";
  if (line[7] !== " " || !isTidy || status === undefined || status < 100) throw new MalformedMessage(400, "start-line", "no status line");
  if (line.slice(4, 7) !== "2.0") throw new MalformedMessage(505, "start-line", "version is not 2.0");
  return { kind: "response", status, reason: line.slice(12) };
}

/** "Request-Line = Method SP Request-URI SP SIP-Version CRLF": exactly two spaces. RFC 3261 7.1. */
function parseRequestLine(line: string): StartLine {
  const first = line.indexOf(" ");
  const second = line.indexOf(" ", first + 1);
  const method = line.slice(0, first);
  const uri = line.slice(first + 1, second);
  if (first < 1 || second === -1 || !isToken(method)) throw new MalformedMessage(400, "start-line", "no request line");
  if (uriScheme(uri) === undefined || !isUriText(uri)) throw new MalformedMessage(400, "start-line", "no Request-URI");
  refuseVersion(line.slice(second + 1));
  return { kind: "request", method, uri };
}

function refuseVersion(version: string): void {
  if (version === "SIP/2.0" || version.toUpperCase() === "SIP/2.0") return;
  const [protocol, numbers = ""] = version.split("/", 3);
  const [major = "", minor = ""] = numbers.split(".", 3);
  const isVersion = protocol?.toUpperCase() === "SIP" && digits(major, 999) !== undefined && digits(minor, 999) !== undefined;
  throw new MalformedMessage(isVersion ? 505 : 400, "start-line", isVersion ? "version is not 2.0" : "no SIP version");
}

/** Reads header fields from `at` into `headers`; returns where the body begins. */
function readHeaders(text: string, start: number, headers: SipHeader[]): number {
  let at = start;
  for (;;) {
    let end = endOfLine(text, at);
    if (end === at) return end + 2;
    let isFolded = false;
    while (text[end + 2] === " " || text[end + 2] === "\t") {
      isFolded = true;
      end = endOfLine(text, end + 2);
    }
    if (end - at > SIP_LIMITS.lineBytesMax) throw new MalformedMessage(400, "header", "header field too long");
    if (headers.length === SIP_LIMITS.headersMax) throw new MalformedMessage(400, "header", "too many header fields");
    headers.push(readHeader(text.slice(at, end), isFolded));
    at = end + 2;
  }
}

function readHeader(raw: string, isFolded: boolean): SipHeader {
  const colon = raw.indexOf(":");
  const name = raw.slice(0, Math.max(colon, 0)).trimEnd();
  if (!isToken(name)) throw new MalformedMessage(400, "header", "no header name");
  if (hasBareNul(raw)) throw new MalformedMessage(400, headerKey(name), "NUL");
  const value = isFolded ? unfold(raw.slice(colon + 1)) : raw.slice(colon + 1);
  return { key: headerKey(name), name, value: value.trim(), raw };
}

/** A NUL is legal only behind a backslash in a quoted string (RFC 4475 3.1.1.2). */
function hasBareNul(raw: string): boolean {
  for (let at = raw.indexOf("\0"); at !== -1; at = raw.indexOf("\0", at + 1)) if (raw[at - 1] !== "\\") return true;
  return false;
}

/** "A folded line is equal to a single SP." RFC 3261 7.3.1. */
function unfold(text: string): string {
  return text
    .split("\r\n")
    .map((line) => line.trim())
    .join(" ");
}

function refuseRepeated(headers: readonly SipHeader[]): void {
  let seen = 0;
  for (const { key } of headers) {
    const bit = SINGLE_HEADERS.get(key) ?? 0;
    if ((seen & bit) !== 0) throw new MalformedMessage(400, key, "more than once");
    seen |= bit;
  }
}

function contentLengthOf(headers: readonly SipHeader[]): number | undefined {
  const text = headerValue({ headers }, "content-length");
  if (text === undefined) return undefined;
  const length = digits(text, Number.MAX_SAFE_INTEGER);
  if (length === undefined) throw new MalformedMessage(400, "content-length", "no number");
  return length;
}

function requestOf(startLine: StartLine & { kind: "request" }, headers: readonly SipHeader[], body: Uint8Array): SipRequest {
  const { method, uri } = startLine;
  refuseUriHeaders(uri);
  const { vias, from, to, callId, cseq } = readParts(headers);
  // "501 Not Implemented" for a method that nobody knows, whatever its CSeq says (RFC 4475 3.1.2.18).
  if (cseq.method !== method) throw new MalformedMessage(isKnownMethod(method) ? 400 : 501, "cseq", "not the method of the request line");
  readContacts({ headers });
  readAddresses({ headers }, "route");
  readAddresses({ headers }, "record-route");
  return { kind: "request", method, uri, headers, vias, from, to, callId, cseq, maxForwards: maxForwardsOf(headers), body };
}

/** A sip: Request-URI must be one, and "headers are not allowed" in it (RFC 3261 19.1.1, table 1). Other schemes: the user's choice. */
function refuseUriHeaders(uri: string): void {
  const scheme = uriScheme(uri);
  if (scheme !== "sip" && scheme !== "sips") return;
  if (parseUri(uri).headers.length > 0) throw new MalformedMessage(400, "start-line", "headers in the Request-URI");
}

function responseOf(startLine: StartLine & { kind: "response" }, headers: readonly SipHeader[], body: Uint8Array): SipResponse {
  const { status, reason } = startLine;
  const { vias, from, to, callId, cseq } = readParts(headers);
  return { kind: "response", status, reason, headers, vias, from, to, callId, cseq, body };
}

/** "A valid SIP request MUST contain To, From, CSeq, Call-ID, Max-Forwards and Via" (RFC 3261 8.1.1); RFC 2543 had no Max-Forwards. */
function readParts(headers: readonly SipHeader[]) {
  const vias = readVias({ headers });
  if (vias.length === 0) throw new MalformedMessage(400, "via", "missing");
  const from = parseNameAddr("from", required(headers, "from"));
  const to = parseNameAddr("to", required(headers, "to"));
  const callId = required(headers, "call-id");
  if (callId === "") throw new MalformedMessage(400, "call-id", "empty");
  return { vias, from, to, callId, cseq: parseCSeq(required(headers, "cseq")) };
}

function required(headers: readonly SipHeader[], key: string): string {
  const value = headerValue({ headers }, key);
  if (value === undefined) throw new MalformedMessage(400, key, "missing");
  return value;
}

function maxForwardsOf(headers: readonly SipHeader[]): number {
  const text = headerValue({ headers }, "max-forwards");
  if (text === undefined) return MAX_FORWARDS_DEFAULT;
  const hops = digits(text, Number.MAX_SAFE_INTEGER);
  if (hops === undefined) throw new MalformedMessage(400, "max-forwards", "no number");
  return hops > MAX_FORWARDS_MAX ? MAX_FORWARDS_DEFAULT : hops;
}

/** The error of a message whose head was read: a request can be answered with it. */
export function refusal({ startLine, headers }: MessageHead, status: number, path: string, why: string): MalformedMessage {
  return new MalformedMessage(status, path, why, startLine.kind === "request" ? { method: startLine.method, headers } : undefined);
}

/** Adds to the error what is needed to answer the request. */
function withRequest(error: unknown, method: string | undefined, headers: readonly SipHeader[]): unknown {
  if (!(error instanceof MalformedMessage) || method === undefined) return error;
  const why = error.message.slice(error.path.length + 2);
  return new MalformedMessage(error.status, error.path, why, { method, headers });
}
