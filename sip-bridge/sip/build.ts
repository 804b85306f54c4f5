/**
 * Requests and responses of our own, and what a hop adds to a request.
 * Spec: RFC 3261 8.1.1, 8.2.6, 18.2.1; RFC 3581 4. Layer: codec, pure.
 */
import { readVias, setParam, writeNameAddr, writeVia } from "./header-values.js";
import {
  type BrokenRequest,
  header,
  headerValue,
  MalformedMessage,
  type NameAddr,
  param,
  type SipHeader,
  type SipRequest,
  type SipResponse,
  type Via,
} from "./message.js";
import { bareHost } from "./uri.js";

const NO_BODY = new Uint8Array(0);
const MAX_FORWARDS = 70;

/** A request of ours, still without Via: the transaction layer adds it. */
export interface RequestDraft {
  readonly method: string;
  /** The Request-URI, exactly as it shall stand on the wire. */
  readonly uri: string;
  /** With a `tag` of at least 32 random bits (RFC 3261 19.3). */
  readonly from: NameAddr;
  readonly to: NameAddr;
  readonly callId: string;
  /** 0 to 2^31-1; one more on each new transaction with the same Call-ID. */
  readonly cseq: number;
  /** Beside Via, Max-Forwards, From, To, Call-ID, CSeq and Content-Length: these come from here. */
  readonly headers?: readonly SipHeader[];
  readonly body?: Uint8Array;
}

export function buildRequest({ method, uri, from, to, callId, cseq, headers = [], body = NO_BODY }: RequestDraft): SipRequest {
  const all = [
    header("Max-Forwards", MAX_FORWARDS),
    header("From", writeNameAddr(from)),
    header("To", writeNameAddr(to)),
    header("Call-ID", callId),
    header("CSeq", `${cseq} ${method}`),
    ...headers,
    header("Content-Length", body.length),
  ];
  return {
    kind: "request",
    method,
    uri,
    headers: all,
    vias: [],
    from,
    to,
    callId,
    cseq: { number: cseq, method },
    maxForwards: MAX_FORWARDS,
    body,
  };
}

export interface ResponseDraft {
  /** Instead of the standard's phrase for the status. */
  readonly reason?: string;
  /** Put into To if the request had no tag there and the status is above 100 (RFC 3261 8.2.6.2). */
  readonly toTag?: string;
  /** Beside Via, From, To, Call-ID, CSeq and Content-Length: these come from the request. */
  readonly headers?: readonly SipHeader[];
  readonly body?: Uint8Array;
}

/** Answers a request: Via, From, To, Call-ID and CSeq are copied as they came (RFC 3261 8.2.6.2). */
export function buildResponse(request: SipRequest, status: number, draft: ResponseDraft = {}): SipResponse {
  const { reason = reasonPhrase(status), toTag, headers = [], body = NO_BODY } = draft;
  const to = status > 100 && toTag !== undefined ? tagged(request.to, toTag) : request.to;
  const copied: SipHeader[] = [];
  for (const field of request.headers) {
    if (field.key === "via" || field.key === "from" || field.key === "call-id" || field.key === "cseq") copied.push(field);
    else if (field.key === "to") copied.push(to === request.to ? field : withText(field, `;tag=${toTag}`));
  }
  const all = [...copied, ...headers, header("Content-Length", body.length)];
  const { vias, from, callId, cseq } = request;
  return { kind: "response", status, reason, headers: all, vias, from, to, callId, cseq, body };
}

/** The field with text at its end; all that came stays as it came. */
function withText({ key, name, value, raw }: SipHeader, text: string): SipHeader {
  return { key, name, value: value + text, ...(raw === undefined ? {} : { raw: raw.trimEnd() + text }) };
}

function tagged(to: NameAddr, tag: string): NameAddr {
  return param(to.params, "tag") === undefined ? { ...to, params: [...to.params, { name: "tag", value: tag }] } : to;
}

/**
 * Answers a request that is malformed, with those of the headers an answer copies that are there: "if possible, an element should respond
 * with a 400" also to one without From, To and Call-ID, or with a Via that is no Via (RFC 4475 3.3.1, 3.1.2.1, 3.1.2.16).
 * @returns undefined if it must not or cannot be answered: an ACK, or no Via at all, which only another protocol or noise leaves out.
 */
export function buildRefusal(broken: BrokenRequest, status: number, toTag: string, source: Source): SipResponse | undefined {
  const { method, headers } = broken;
  const viaFields = headers.filter((field) => field.key === "via");
  if (method === "ACK" || viaFields.length === 0) return undefined;
  const unread = { uri: "", params: [] };
  const to = headerValue(broken, "to");
  const request: SipRequest = {
    kind: "request",
    method,
    uri: "",
    headers: [...viaFields, ...firstOfEach(broken, ["From", "To", "Call-ID", "CSeq"])],
    vias: viasOrNone(headers), // none: they go back as they came
    from: unread,
    // A To that cannot be read gets no tag: it might end up inside a quote.
    to: unread,
    callId: headerValue(broken, "call-id") ?? "",
    cseq: { number: 0, method },
    maxForwards: 0,
    body: NO_BODY,
  };
  return buildResponse(markReceived(request, source), status, to === undefined || to.includes('"') ? {} : { toTag });
}

/** A field that came twice is copied once, without what was folded. */
function firstOfEach(broken: BrokenRequest, names: readonly string[]): readonly SipHeader[] {
  return names.flatMap((name) => {
    const value = headerValue(broken, name.toLowerCase());
    return value === undefined ? [] : [header(name, value)];
  });
}

function viasOrNone(headers: readonly SipHeader[]): readonly Via[] {
  try {
    return readVias({ headers });
  } catch (error) {
    if (error instanceof MalformedMessage) return [];
    throw error;
  }
}

/** Where a message really came from. Numeric, IPv6 without brackets. */
export interface Source {
  readonly address: string;
  readonly port: number;
}

/**
 * Notes in the top Via where the request came from: `received` if the sender's own word differs or it asked by `rport`
 * (RFC 3261 18.2.1, RFC 3581 4).
 */
export function markReceived(request: SipRequest, { address, port }: Source): SipRequest {
  const [top, ...others] = request.vias;
  if (top === undefined) return request;
  const asksPort = param(top.params, "rport") !== undefined;
  if (!asksPort && bareHost(top.host).toLowerCase() === address.toLowerCase()) return request;
  const withPort = asksPort ? setParam(top.params, "rport", String(port)) : top.params;
  return replaceTopVia(request, { ...top, params: setParam(withPort, "received", address) }, others);
}

function replaceTopVia(request: SipRequest, top: Via, others: readonly Via[]): SipRequest {
  const index = request.headers.findIndex((field) => field.key === "via");
  const field = request.headers[index];
  // One field may hold several values; those after the first are written again behind it.
  const inField = field === undefined || !field.value.includes(",") ? 1 : readVias({ headers: [field] }).length;
  const value = [top, ...others.slice(0, inField - 1)].map(writeVia).join(", ");
  return { ...request, vias: [top, ...others], headers: request.headers.with(index, header("Via", value)) };
}

/** The request with our Via on top (RFC 3261 8.1.1.7, 16.6 step 8). */
export function pushVia(request: SipRequest, via: Via): SipRequest {
  return { ...request, vias: [via, ...request.vias], headers: [header("Via", writeVia(via)), ...request.headers] };
}

/** RFC 3261 21, and the later ones we send or meet. Others go by their class. */
const REASONS: Readonly<Record<number, string>> = {
  100: "Trying",
  180: "Ringing",
  181: "Call Is Being Forwarded",
  182: "Queued",
  183: "Session Progress",
  200: "OK",
  202: "Accepted",
  300: "Multiple Choices",
  301: "Moved Permanently",
  302: "Moved Temporarily",
  305: "Use Proxy",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  407: "Proxy Authentication Required",
  408: "Request Timeout",
  410: "Gone",
  413: "Request Entity Too Large",
  415: "Unsupported Media Type",
  416: "Unsupported URI Scheme",
  420: "Bad Extension",
  421: "Extension Required",
  423: "Interval Too Brief",
  430: "Flow Failed",
  439: "First Hop Lacks Outbound Support",
  480: "Temporarily Unavailable",
  481: "Call/Transaction Does Not Exist",
  482: "Loop Detected",
  483: "Too Many Hops",
  484: "Address Incomplete",
  486: "Busy Here",
  487: "Request Terminated",
  488: "Not Acceptable Here",
  489: "Bad Event",
  491: "Request Pending",
  500: "Server Internal Error",
  501: "Not Implemented",
  503: "Service Unavailable",
  504: "Server Time-out",
  505: "Version Not Supported",
  513: "Message Too Large",
  600: "Busy Everywhere",
  603: "Decline",
  604: "Does Not Exist Anywhere",
};
const CLASS_REASONS = ["", "Progress", "OK", "Redirected", "Request Failure", "Server Failure", "Global Failure"] as const;

function reasonPhrase(status: number): string {
  return REASONS[status] ?? CLASS_REASONS[Math.floor(status / 100)] ?? "";
}
