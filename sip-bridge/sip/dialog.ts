/**
 * A dialog as a value: what two user agents know of each other between requests. How calls and subscriptions use it is theirs.
 * Spec: RFC 3261 12; RFC 6665 4.4.1 for NOTIFY; RFC 3311 5.1 for UPDATE. Layer: codec, pure.
 */
import { buildRequest } from "./build.js";
import { readAddresses, readContacts, writeNameAddr } from "./header-values.js";
import {
  header,
  MalformedMessage,
  type NameAddr,
  param,
  type SipHeader,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from "./message.js";
import { applyRouteSet } from "./routing.js";
import { uriScheme } from "./uri.js";

export interface Dialog {
  /** "early": begun by a provisional response. */
  readonly state: "early" | "confirmed";
  readonly callId: string;
  readonly localTag: string;
  /** "" for a peer of RFC 2543 that has none. */
  readonly remoteTag: string;
  /** Our side and theirs, as in From and To, without tag. */
  readonly local: NameAddr;
  readonly remote: NameAddr;
  /** Of our last request. Absent: we have sent none. */
  readonly localSequence?: number;
  /** Of their last request. Absent: they have sent none. */
  readonly remoteSequence?: number;
  /** Their Contact: the Request-URI of our requests. */
  readonly remoteTarget: string;
  readonly routeSet: readonly NameAddr[];
  /** Begun over TLS by a request to a sips URI: only sips URIs may follow. */
  readonly isSecure: boolean;
}

/** Requests that tell where the sender is from now on (RFC 3261 12.2; RFC 3311; RFC 6665 4.4.1). */
const TARGET_REFRESH: ReadonlySet<string> = new Set(["INVITE", "UPDATE", "SUBSCRIBE", "NOTIFY"]);
const SEQUENCE_MAX = 2 ** 31 - 1;

export interface BeginOptions {
  /** The request went or came over TLS. */
  readonly isTls: boolean;
}

/**
 * The dialog that a request of the peer's begins, once we answer it with our tag (RFC 3261 12.1.1).
 * Also the dialog that a NOTIFY begins for a subscriber: then `localTag` is its To tag, and `localSequence` that of the SUBSCRIBE.
 * @throws {MalformedMessage} 400: no Contact, or more than one.
 */
export function dialogOfServer(
  request: SipRequest,
  localTag: string,
  { isTls, state, localSequence }: BeginOptions & { readonly state: Dialog["state"]; readonly localSequence?: number },
): Dialog {
  const remoteTarget = contactOf(request);
  if (remoteTarget === undefined) throw new MalformedMessage(400, "contact", "missing in a request that begins a dialog");
  return {
    state,
    callId: request.callId,
    localTag,
    remoteTag: tagOf(request.from),
    local: withoutTag(request.to),
    remote: withoutTag(request.from),
    remoteSequence: request.cseq.number,
    remoteTarget,
    routeSet: readAddresses(request, "record-route"), // "taken in order"
    isSecure: isTls && uriScheme(request.uri) === "sips",
    ...(localSequence === undefined ? {} : { localSequence }),
  };
}

/**
 * The dialog that a response to our request begins: early by 101 to 199 with a tag, confirmed by 2xx (RFC 3261 12.1.2).
 * Responses of several branches of a fork begin one each, told apart by `remoteTag`.
 * @returns undefined: the response begins none.
 * @throws {MalformedMessage} Record-Route or Contact of the response can't be read.
 */
export function dialogOfClient(request: SipRequest, response: SipResponse, { isTls }: BeginOptions): Dialog | undefined {
  const isEarly = response.status < 200;
  const remoteTag = tagOf(response.to);
  if (response.status === 100 || response.status >= 300 || (isEarly && remoteTag === "")) return undefined;
  return {
    state: isEarly ? "early" : "confirmed",
    callId: request.callId,
    localTag: tagOf(request.from),
    remoteTag,
    local: withoutTag(request.from),
    remote: withoutTag(request.to),
    localSequence: request.cseq.number,
    // A 180 without Contact is common enough; until there is one, the way that the request went is the way.
    remoteTarget: contactOf(response) ?? request.uri,
    routeSet: readAddresses(response, "record-route").toReversed(), // "in reverse order"
    isSecure: isTls && uriScheme(request.uri) === "sips",
  };
}

/** A 2xx to the INVITE of an early dialog: "the route set MUST be recomputed" from it, the remote target too (RFC 3261 13.2.2.4). */
export function confirmed(dialog: Dialog, response: SipResponse): Dialog {
  const remoteTarget = contactOf(response) ?? dialog.remoteTarget;
  return { ...dialog, state: "confirmed", remoteTarget, routeSet: readAddresses(response, "record-route").toReversed() };
}

/** By what messages find their dialog: equal for each message of it, whichever side sent it. */
export const dialogKey = ({ callId, localTag, remoteTag }: Pick<Dialog, "callId" | "localTag" | "remoteTag">): string =>
  `${callId}\n${localTag}\n${remoteTag}`;

/** The key of the dialog that a received message belongs to, if there is one (RFC 3261 12.2.2). */
export function dialogKeyOf(message: SipMessage): string {
  const [from, to] = [tagOf(message.from), tagOf(message.to)];
  const isRequest = message.kind === "request";
  return dialogKey({ callId: message.callId, localTag: isRequest ? to : from, remoteTag: isRequest ? from : to });
}

export interface InDialogDraft {
  readonly method: string;
  /** Contact for target refresh requests, Event and the like. Route comes from the dialog. */
  readonly headers?: readonly SipHeader[];
  readonly body?: Uint8Array;
  /** The ACK of a 2xx has the CSeq number of its INVITE. Default: one more than that of our last request. */
  readonly cseq?: number;
}

export interface InDialogRequest {
  /** With the sequence number spent. Keep it before the request is sent. */
  readonly dialog: Dialog;
  /** Without Via. */
  readonly request: SipRequest;
  /** Whose address is looked up, unless the flow is known. */
  readonly nextHop: string;
}

/** A request of ours within the dialog (RFC 3261 12.2.1.1). */
export function requestInDialog(dialog: Dialog, { method, headers = [], body, cseq }: InDialogDraft): InDialogRequest {
  const number = cseq ?? nextSequence(dialog);
  const { uri, routes, nextHop } = applyRouteSet(dialog.remoteTarget, dialog.routeSet);
  const request = buildRequest({
    method,
    uri,
    callId: dialog.callId,
    cseq: number,
    from: withTag(dialog.local, dialog.localTag),
    to: withTag(dialog.remote, dialog.remoteTag),
    headers: [...routes.map((route) => header("Route", writeNameAddr(route))), ...headers],
    ...(body === undefined ? {} : { body }),
  });
  return { dialog: cseq === undefined ? { ...dialog, localSequence: number } : dialog, request, nextHop };
}

/** @throws {RangeError} After 2^31-1 requests; a dialog does not live so long. */
function nextSequence({ localSequence = 0 }: Dialog): number {
  if (localSequence >= SEQUENCE_MAX) throw new RangeError("no CSeq number is left in this dialog");
  return localSequence + 1;
}

/**
 * A request of the peer's within the dialog (RFC 3261 12.2.2).
 * "If the sequence number is lower than the remote sequence number, the request is out of order and MUST be rejected with a 500." So is one
 * with the same number that is no copy (the transaction layer absorbs those) and no ACK.
 * @returns The dialog to keep if the request is accepted: with its number, and with its Contact if it is a target refresh.
 * @throws {MalformedMessage} 400: several Contacts.
 */
export function receiveInDialog(dialog: Dialog, request: SipRequest): Dialog | { readonly refused: 500 } {
  const { method, cseq } = request;
  if (method === "ACK" || method === "CANCEL") return dialog; // their numbers are those of their INVITE
  if (dialog.remoteSequence !== undefined && cseq.number <= dialog.remoteSequence) return { refused: 500 };
  const remoteTarget = (TARGET_REFRESH.has(method) ? contactOf(request) : undefined) ?? dialog.remoteTarget;
  return { ...dialog, remoteSequence: cseq.number, remoteTarget };
}

/**
 * A final response to a request of ours within the dialog (RFC 3261 12.2.1.2). A target refresh that was taken tells where they are now;
 * the route set stays.
 * @param response undefined: a timeout, which counts as 408.
 * @returns "ended" for 481 and 408: the peer knows no such dialog.
 */
export function answeredInDialog(dialog: Dialog, method: string, response: SipResponse | undefined): Dialog | "ended" {
  const status = response?.status ?? 408;
  if (status === 481 || status === 408) return "ended";
  if (response === undefined || status >= 300 || status < 200 || !TARGET_REFRESH.has(method)) return dialog;
  return { ...dialog, remoteTarget: contactOf(response) ?? dialog.remoteTarget };
}

const tagOf = ({ params }: NameAddr): string => param(params, "tag") ?? "";

const withoutTag = (address: NameAddr): NameAddr => ({ ...address, params: address.params.filter(({ name }) => name !== "tag") });

/** "If the value of the remote or local tags is null, the tag parameter MUST be omitted." */
function withTag(address: NameAddr, tag: string): NameAddr {
  return tag === "" ? address : { ...address, params: [...address.params, { name: "tag", value: tag }] };
}

/** The one Contact's URI. Absent: undefined. @throws {MalformedMessage} Several, or "*". */
function contactOf(message: SipMessage): string | undefined {
  const contacts = readContacts(message);
  if (contacts === "*" || contacts.length > 1) throw new MalformedMessage(400, "contact", "not one URI");
  return contacts[0]?.uri;
}
