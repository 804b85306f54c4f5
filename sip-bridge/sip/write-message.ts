/**
 * SIP messages to bytes. Refuses what would become another header, or another message, on the wire.
 * Spec: RFC 3261 7. Layer: codec, pure. Golden: test/golden/sip.
 */
import { isToken, isUriText } from "./chars.js";
import { SIP_LIMITS, type SipHeader, type SipMessage } from "./message.js";

/** What never stands in a line of ours: its end, NUL unless quoted by a backslash, or a character that is no octet. */
const FORBIDDEN = /[\r\n]|(?<!\\)\0|[^\0-\xff]/;

/**
 * Writes start-line, header fields in order, body. Content-Length is the builder's work (build.ts), not done here.
 * @throws {RangeError} A line break, NUL or non-latin1 character in a header, or a message over 64 KiB: our bug, or stored data
 *   that was never checked.
 */
export function writeMessage(message: SipMessage): Uint8Array {
  let head = startLine(message);
  for (const field of message.headers) head += `${headerLine(field)}\r\n`;
  head += "\r\n";
  if (head.length + message.body.length > SIP_LIMITS.datagramBytesMax) throw new RangeError("the message is over its limit");
  const bytes = Buffer.allocUnsafe(head.length + message.body.length);
  bytes.write(head, 0, "latin1");
  bytes.set(message.body, head.length);
  return bytes;
}

/** How many octets `writeMessage` makes of it. */
export function messageLength(message: SipMessage): number {
  let length = startLine(message).length + 2 + message.body.length;
  for (const { name, value, raw } of message.headers) length += 2 + (raw?.length ?? name.length + 2 + value.length);
  return length;
}

function startLine(message: SipMessage): string {
  if (message.kind === "response") {
    if (FORBIDDEN.test(message.reason) || !(message.status >= 100 && message.status <= 999)) throw new RangeError("no status line");
    return `SIP/2.0 ${message.status} ${message.reason}\r\n`;
  }
  if (!isToken(message.method) || !isUriText(message.uri)) throw new RangeError("no request line");
  return `${message.method} ${message.uri} SIP/2.0\r\n`;
}

function headerLine({ name, value, raw }: SipHeader): string {
  if (raw !== undefined) {
    if (FORBIDDEN.test(raw) && !isFolding(raw)) throw new RangeError(`line break in header ${name}`);
    return raw;
  }
  if (!isToken(name) || FORBIDDEN.test(value)) throw new RangeError("line break or foreign character in a header");
  return `${name}: ${value}`;
}

/** Whether all line breaks of a received field are foldings, each followed by white space. */
function isFolding(raw: string): boolean {
  const [first = "", ...rest] = raw.split("\r\n");
  return !FORBIDDEN.test(first) && rest.every((line) => !FORBIDDEN.test(line) && (line.startsWith(" ") || line.startsWith("\t")));
}
