/**
 * SIP over a stream: octets in, messages and keep-alives out, however the stream was cut.
 * A framer holds octets and no clock or socket; its work grows with the octets it is given, also when they come one by one.
 * Spec: RFC 3261 7.5, 18.3, 20.14; RFC 5626 3.5.1, 4.4.1; RFC 4475 3.1.2.3, 3.3.9. Layer: codec, pure.
 */
import { digits } from "./chars.js";
import { headerKey, MalformedMessage, SIP_LIMITS, type SipMessage } from "./message.js";
import { type MessageHead, messageOf, parseHead, refusal } from "./parse-message.js";

export const STREAM_LIMITS = {
  /** Start-line and header fields, with the empty line. */
  headBytesMax: SIP_LIMITS.headBytesMax,
  bodyBytesMax: 65_536,
  /** What a framer holds between two pushes: less than one message of the greatest size. */
  heldBytesMax: SIP_LIMITS.headBytesMax + 65_536,
} as const;

export type StreamItem =
  | { readonly kind: "message"; readonly message: SipMessage }
  /** A message that can't be read, but where it ends is known: refuse it, the stream goes on. */
  | { readonly kind: "malformed"; readonly error: MalformedMessage }
  /** CRLFCRLF between messages: "the server MUST respond with a pong" (RFC 5626 4.4.1). Only from the side that opened the connection. */
  | { readonly kind: "ping" }
  /** CRLF between messages, from the side that did not open the connection. */
  | { readonly kind: "pong" }
  /** Nobody knows where the next message begins: refuse what can be refused and close. Nothing comes after it. */
  | { readonly kind: "broken"; readonly error: MalformedMessage };

export interface StreamFramer {
  /** Takes octets as they came, any number of them. The items hold no reference to `bytes`. Never throws. */
  push(bytes: Uint8Array): readonly StreamItem[];
  /** A message has begun and is not complete: whoever reads from a slow peer gives it a time limit. */
  isInMessage(): boolean;
  /** Octets held. */
  held(): number;
}

const CR = 0x0d;
const LF = 0x0a;
const NOTHING = Buffer.alloc(0);
const HEAD_END = Buffer.from("\r\n\r\n");

/** @param peerOpened The peer opened the connection, so it pings and we answer; else it is the other way round. */
export function createStreamFramer({ peerOpened }: { readonly peerOpened: boolean }): StreamFramer {
  /** Holds octets from 0 to `end`; grows by doubling, and is let go when nothing is held. */
  let buffer = NOTHING;
  let end = 0;
  let at = 0;
  /** Up to here no end of a head was found. */
  let searched = 0;
  /** A head was read, and its body is awaited. */
  let awaited: Framing | undefined;
  /** One CRLF between messages has come: another makes it a ping. */
  let isHalfPing = false;
  let isBroken = false;

  function append(bytes: Uint8Array): void {
    if (end + bytes.length > buffer.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(end + bytes.length, Math.min(2 * buffer.length, STREAM_LIMITS.heldBytesMax)));
      buffer.copy(grown, 0, 0, end);
      buffer = grown;
    }
    buffer.set(bytes, end);
    end += bytes.length;
  }

  /** Lets go of what was read. What stays is copied once for each message or keep-alive that was read, so a slow stream costs no more. */
  function release(): void {
    if (at === 0) return;
    buffer = at === end ? NOTHING : Buffer.from(buffer.subarray(at, end));
    searched = Math.max(searched - at, 0);
    end -= at;
    at = 0;
  }

  /** @returns undefined: more octets are needed. */
  function next(): StreamItem | "skipped" | undefined {
    if (awaited !== undefined) return nextBody(awaited);
    if (at === end) return undefined;
    if (buffer[at] === CR || buffer[at] === LF) return nextLineBreak();
    return nextHead();
  }

  function nextLineBreak(): StreamItem | "skipped" | undefined {
    if (buffer[at] === CR && at + 1 === end) return undefined;
    if (buffer[at] !== CR || buffer[at + 1] !== LF) return breakWith(new MalformedMessage(400, "header", "CR or LF alone"));
    at += 2;
    if (!peerOpened) return { kind: "pong" };
    isHalfPing = !isHalfPing;
    return isHalfPing ? "skipped" : { kind: "ping" };
  }

  function nextHead(): StreamItem | "skipped" | undefined {
    isHalfPing = false;
    const found = buffer.subarray(0, end).indexOf(HEAD_END, Math.max(at, searched - HEAD_END.length + 1));
    const length = found === -1 ? end - at : found + HEAD_END.length - at;
    const fresh = Math.max(at, searched);
    searched = at + length;
    const isTooLong = length > STREAM_LIMITS.headBytesMax;
    if (found === -1 || isTooLong) {
      const allowed = buffer.subarray(at, Math.min(at + STREAM_LIMITS.headBytesMax, end));
      return breakAtLoneLf(allowed, fresh - at) ?? (isTooLong ? breakWith(tooLong(allowed)) : undefined);
    }
    const framing = readFraming(buffer.subarray(at, at + length));
    if (framing instanceof MalformedMessage) return breakWith(framing);
    awaited = framing;
    at += length;
    return "skipped";
  }

  /** What no reader takes for the end of a line ends the stream at once: nobody waits for the rest of what is no SIP. */
  function breakAtLoneLf(part: Buffer, from: number): StreamItem | undefined {
    for (let lf = part.indexOf(LF, from); lf !== -1; lf = part.indexOf(LF, lf + 1)) {
      if (part[lf - 1] !== CR) return breakWith(errorOf(part.subarray(0, lf + 1)));
    }
    return undefined;
  }

  function nextBody({ head, bodyBytes }: Framing): StreamItem | undefined {
    if (end - at < bodyBytes) return undefined;
    const body = new Uint8Array(buffer.subarray(at, at + bodyBytes));
    at += bodyBytes;
    awaited = undefined;
    return head instanceof MalformedMessage ? { kind: "malformed", error: head } : readMessage(head, body);
  }

  function breakWith(error: MalformedMessage): StreamItem {
    isBroken = true;
    at = end;
    return { kind: "broken", error };
  }

  return {
    push(bytes) {
      const items: StreamItem[] = [];
      if (!isBroken) append(bytes);
      while (!isBroken) {
        const item = next();
        if (item === undefined) break;
        if (item !== "skipped") items.push(item);
      }
      release();
      return items;
    },
    isInMessage: () => awaited !== undefined || end > 0,
    held: () => end,
  };
}

/** Where a message ends. `head` is the error if the head can't be read, and it is plain all the same how long the body is. */
interface Framing {
  readonly head: MessageHead | MalformedMessage;
  readonly bodyBytes: number;
}

/** @returns The error if nobody can say where the next message begins. */
function readFraming(bytes: Uint8Array): Framing | MalformedMessage {
  try {
    const head = parseHead(bytes);
    // "Content-Length MUST be used if a stream-based protocol is the transport" (RFC 3261 20.14).
    if (head.contentLength === undefined) return refusal(head, 400, "content-length", "missing on a stream");
    if (head.contentLength > STREAM_LIMITS.bodyBytesMax) return refusal(head, 513, "content-length", "over the limit of octets");
    return { head, bodyBytes: head.contentLength };
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    const bodyBytes = plainLength(bytes);
    return bodyBytes === undefined ? error : { head: error, bodyBytes };
  }
}

/** The length that every reader of a damaged head agrees on; undefined if two could differ. */
function plainLength(bytes: Uint8Array): number | undefined {
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1").split("\r\n");
  if (lines.some((line) => line.includes("\r") || line.includes("\n") || line.includes("\0"))) return undefined;
  const places = lines.flatMap((line, i) =>
    headerKey(line.slice(0, Math.max(line.indexOf(":"), 0)).trim()) === "content-length" ? [i] : [],
  );
  const [place] = places;
  if (place === undefined || places.length > 1) return undefined;
  const line = lines[place] ?? "";
  if (isFolding(line) || isFolding(lines[place + 1])) return undefined;
  return digits(line.slice(line.indexOf(":") + 1).trim(), STREAM_LIMITS.bodyBytesMax);
}

const isFolding = (line = ""): boolean => line.startsWith(" ") || line.startsWith("\t");

/** With what could be read of the request, so that it can be answered. */
function tooLong(bytes: Uint8Array): MalformedMessage {
  return new MalformedMessage(513, "header", "over the limit of octets", errorOf(bytes).request);
}

/** Why a head that is not whole can't be read. */
function errorOf(bytes: Uint8Array): MalformedMessage {
  try {
    parseHead(bytes);
  } catch (error) {
    if (error instanceof MalformedMessage) return error;
    throw error;
  }
  return new MalformedMessage(400, "header", "no end of the header part"); // none without an empty line is ever read
}

function readMessage(head: MessageHead, body: Uint8Array): StreamItem {
  try {
    return { kind: "message", message: messageOf(head, body) };
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    return { kind: "malformed", error };
  }
}
