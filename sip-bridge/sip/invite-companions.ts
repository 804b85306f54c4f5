/**
 * The requests that go with an INVITE hop by hop: the ACK of a refusal, and CANCEL. Both carry the INVITE's own top Via, alone.
 * Spec: RFC 3261 17.1.1.3, 9.1. Layer: codec, pure.
 */
import { writeNameAddr, writeVia } from "./header-values.js";
import { header, type NameAddr, type SipHeader, type SipRequest, type SipResponse } from "./message.js";

const NO_BODY = new Uint8Array(0);
const MAX_FORWARDS = 70;

/**
 * "Call-ID, From and Request-URI equal to the request's; one Via, equal to its top Via; To equal to the response's; the CSeq number of the
 * request, with method ACK; Route as the request had it."
 * @param invite As it was sent, with our Via on top.
 * @param response 300 to 699.
 */
export const buildHopAck = (invite: SipRequest, response: SipResponse): SipRequest => companion(invite, "ACK", response.to, []);

/**
 * "Request-URI, Call-ID, To, the numeric part of CSeq and From MUST be identical to those in the request being cancelled, tags included."
 * @param invite As it was sent, with our Via on top.
 * @param headers For instance Reason (RFC 3326).
 */
export const buildCancel = (invite: SipRequest, headers: readonly SipHeader[] = []): SipRequest =>
  companion(invite, "CANCEL", invite.to, headers);

function companion(invite: SipRequest, method: "ACK" | "CANCEL", to: NameAddr, more: readonly SipHeader[]): SipRequest {
  const top = invite.vias.slice(0, 1);
  const copied = (key: string): readonly SipHeader[] => invite.headers.filter((field) => field.key === key);
  const headers = [
    ...top.map((via) => header("Via", writeVia(via))),
    ...copied("route"),
    header("Max-Forwards", MAX_FORWARDS),
    ...copied("from"),
    ...(to === invite.to ? copied("to") : [header("To", writeNameAddr(to))]),
    ...copied("call-id"),
    header("CSeq", `${invite.cseq.number} ${method}`),
    ...more,
    header("Content-Length", 0),
  ];
  const { uri, from, callId, cseq } = invite;
  return {
    kind: "request",
    method,
    uri,
    headers,
    vias: top,
    from,
    to,
    callId,
    cseq: { number: cseq.number, method },
    maxForwards: MAX_FORWARDS,
    body: NO_BODY,
  };
}
