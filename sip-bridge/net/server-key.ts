/**
 * Which transaction a request of the peer's belongs to.
 * Spec: RFC 3261 17.2.3, 9.2. Layer: net.
 */
import type { Flow } from "../sip/flow.js";
import { param, type SipRequest } from "../sip/message.js";
import { MAGIC_COOKIE } from "./own-via.js";

/** Whether the top branch alone tells transactions apart: the sender is of RFC 3261, not of RFC 2543. */
export function hasMagicCookie({ vias }: SipRequest): boolean {
  const branch = vias[0] === undefined ? "" : (param(vias[0].params, "branch") ?? "");
  return branch.startsWith(MAGIC_COOKIE) && branch !== MAGIC_COOKIE;
}

/**
 * "Branch, sent-by and method" (RFC 3261 17.2.3), an ACK counting as its INVITE. Source, Call-ID and CSeq are added: copies of a request
 * have all of them equal, while devices behind different NATs share private sent-by addresses and invent equal branches after a restart.
 * Without the magic cookie the branch means nothing, so the Request-URI and the tags decide too (RFC 2543).
 * @param method INVITE for the CANCEL of one.
 */
export function serverKey(
  request: SipRequest,
  { remoteAddress, remotePort }: Flow,
  method = request.method === "ACK" ? "INVITE" : request.method,
): string {
  const top = request.vias[0];
  const branch = top === undefined ? "" : (param(top.params, "branch") ?? "");
  const shared = [branch, remoteAddress, remotePort, top?.host, top?.port, method, request.callId, request.cseq.number];
  const all = hasMagicCookie(request) ? shared : [...shared, request.uri, param(request.from.params, "tag")];
  return all.join("\n"); // one string of its own: one that is added up keeps its parts, and these the whole message, as long as the answer
}
