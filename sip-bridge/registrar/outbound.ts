/**
 * Whether a registration is one flow of several: what the contact, the request and the first hop must say for it.
 * Spec: RFC 5626 4.2, 6. Layer: registrar, pure.
 */

import { digits } from "../sip/chars.js";
import type { Param, SipRequest } from "../sip/message.js";
import { param } from "../sip/message.js";

/** reg-id is 1 to 2^31-1 (RFC 5626 4.2). */
const REG_ID_MAX = 2_147_483_647;

/** "unsupported": ordinary rules hold. "no-edge": 439, the user agent asks for it and its first hop can't do it. */
export type OutboundSupport = "supported" | "unsupported" | "no-edge";

/**
 * @param hasOutboundEdge The edge next to the user agent said `ob` in a Path that we trust. With one Via nobody is in between:
 *   the flow of the request is the user agent's own.
 */
export function outboundSupport(request: SipRequest, supported: readonly string[], hasOutboundEdge: boolean): OutboundSupport {
  if (!supported.includes("outbound")) return "unsupported";
  return request.vias.length <= 1 || hasOutboundEdge ? "supported" : "no-edge";
}

/** 0: none that counts; a reg-id without an instance is ignored (RFC 5626 6). */
export function readRegId(contactParams: readonly Param[], instanceId: string): number {
  return instanceId === "" ? 0 : (digits(param(contactParams, "reg-id") ?? "", REG_ID_MAX) ?? 0);
}
