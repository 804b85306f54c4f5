/**
 * SIP messages as values, and the error of bytes that are none.
 * Text is latin1: each character is one octet of the wire, so nothing is lost and nothing is guessed.
 * Spec: RFC 3261 7. Layer: codec, pure.
 */

/** What a message may hold at most. Beyond it the message is malformed (400, or 513 where the size itself is at fault). */
export const SIP_LIMITS = {
  /** The largest UDP payload there is room for in an IPv4 length field; nothing larger arrives in one datagram. */
  datagramBytesMax: 65_535,
  /** Start-line and header fields, with the empty line. */
  headBytesMax: 16_384,
  headersMax: 200,
  /** One header field, folding included. */
  lineBytesMax: 8_192,
  /** Values of Route, Record-Route, Path, Contact. */
  listValuesMax: 20,
  /** Hops a request can have made: no more than Max-Forwards allows by default. */
  viasMax: 70,
  /** Parameters of one value or one URI. */
  paramsMax: 40,
} as const;

/** `;name=value`, `;name="quoted value"` or `;name`. */
export interface Param {
  /** Lower case: names of parameters are case-insensitive. */
  readonly name: string;
  /** Without quotes and backslashes. Absent: the parameter is a flag. */
  readonly value?: string;
  /** Present if the value stood in quotes, so that it is written so again. */
  readonly quoted?: true;
}

/** `"Display" <uri>;params`, as in From, To, Contact, Route, Path. RFC 3261 20.10. */
export interface NameAddr {
  /** Without quotes and backslashes. */
  readonly displayName?: string;
  /** Exactly as sent; `parseUri` of uri.ts structures it. Never holds spaces, quotes or angle brackets. */
  readonly uri: string;
  readonly params: readonly Param[];
}

/** One hop. RFC 3261 20.42. */
export interface Via {
  /** Upper case: "UDP", "TCP", "TLS" or any other token. */
  readonly transport: string;
  /** As sent; an IPv6 reference keeps its brackets. */
  readonly host: string;
  readonly port?: number;
  readonly params: readonly Param[];
}

export interface CSeq {
  /** 0 to 2^32-1. */
  readonly number: number;
  readonly method: string;
}

/** One header field. Its order in a message is kept. */
export interface SipHeader {
  /** Lower case, compact forms expanded: "via" for `v`. */
  readonly key: string;
  /** As sent, or as we write it. */
  readonly name: string;
  /** Unfolded, without surrounding white space. */
  readonly value: string;
  /** The field as it came, folding included, without its last CRLF. The writer prefers it, so forwarding changes nothing. */
  readonly raw?: string;
}

interface MessageParts {
  readonly headers: readonly SipHeader[];
  /** Top first. Empty only in a request of ours that the transaction layer has not sent yet. */
  readonly vias: readonly Via[];
  readonly from: NameAddr;
  readonly to: NameAddr;
  readonly callId: string;
  readonly cseq: CSeq;
  readonly body: Uint8Array;
}

export interface SipRequest extends MessageParts {
  readonly kind: "request";
  /** Case-sensitive. */
  readonly method: string;
  /** Exactly as sent. */
  readonly uri: string;
  /** Hops left. 70 if the header is absent or larger than 255. */
  readonly maxForwards: number;
}

export interface SipResponse extends MessageParts {
  readonly kind: "response";
  /** 100 to 999; from 700 up undefined by the standard. */
  readonly status: number;
  readonly reason: string;
}

export type SipMessage = SipRequest | SipResponse;

/** What could be read of a request that is malformed: enough to answer it, if the answer's headers are there. */
export interface BrokenRequest {
  readonly method: string;
  readonly headers: readonly SipHeader[];
}

/** Bytes that are no SIP message we take. `status` answers the request; malformed responses are dropped, never answered. */
export class MalformedMessage extends Error {
  override readonly name = "MalformedMessage";
  readonly status: number;
  /** Where: "start-line", "header", or the lower-case name of a header field. */
  readonly path: string;
  /** Present if the bytes are a request whose start-line and some header fields could be read. */
  readonly request: BrokenRequest | undefined;

  constructor(status: number, path: string, why: string, request?: BrokenRequest) {
    super(`${path}: ${why}`);
    this.status = status;
    this.path = path;
    this.request = request;
  }
}

/** Methods of the registry: refused with 405 where not allowed; any other is 501 (RFC 3261 21.4.6, 21.5.2). */
const KNOWN_METHODS: ReadonlySet<string> = new Set([
  ...["ACK", "BYE", "CANCEL", "INFO", "INVITE", "MESSAGE", "NOTIFY", "OPTIONS", "PRACK", "PUBLISH", "REFER", "REGISTER", "SUBSCRIBE"],
  "UPDATE",
]);

/** @param method As sent: methods are case-sensitive. */
export const isKnownMethod = (method: string): boolean => KNOWN_METHODS.has(method);

const COMPACT_FORMS: Readonly<Record<string, string>> = {
  a: "accept-contact",
  b: "referred-by",
  c: "content-type",
  d: "request-disposition",
  e: "content-encoding",
  f: "from",
  i: "call-id",
  j: "reject-contact",
  k: "supported",
  l: "content-length",
  m: "contact",
  o: "event",
  r: "refer-to",
  s: "subject",
  t: "to",
  u: "allow-events",
  v: "via",
  x: "session-expires",
};

/** The name by which a header field is found: lower case, compact form expanded (RFC 3261 7.3.3). */
export function headerKey(name: string): string {
  const key = name.toLowerCase();
  return key.length === 1 ? (COMPACT_FORMS[key] ?? key) : key;
}

/** A header field of our own. The writer refuses line breaks in it. */
export function header(name: string, value: string | number): SipHeader {
  return { key: headerKey(name), name, value: String(value) };
}

/** The value of the first header field of this name. @param key Lower case, long form. */
export function headerValue(message: { readonly headers: readonly SipHeader[] }, key: string): string | undefined {
  for (const field of message.headers) if (field.key === key) return field.value;
  return undefined;
}

/** The values of all header fields of this name, in order; lists are not split. @param key Lower case, long form. */
export function headerValues(message: { readonly headers: readonly SipHeader[] }, key: string): readonly string[] {
  return message.headers.filter((field) => field.key === key).map((field) => field.value);
}

/** The value of a parameter: "" for a flag, undefined if absent. @param name Lower case. */
export function param(params: readonly Param[], name: string): string | undefined {
  for (const item of params) if (item.name === name) return item.value ?? "";
  return undefined;
}
