/**
 * Tools that scan the net for SIP servers say their name. They get no answer: one would only tell that somebody is here.
 * Spec: sip.md 11. Layer: sip-bridge.
 */
import { headerValue, type SipMessage } from "./sip/message.js";

/** Part of what they call themselves, in lower case; nothing that is part of a gateway's or telephone's name. */
export const SCANNERS: readonly string[] = [
  ...["friendly-scanner", "sipvicious", "sundayddr", "sipcli", "sip-scan", "vaxsipuseragent", "pplsip"],
  ...["sipsak", "siparmyknife", "sipptk"],
];

export function isScanner(message: SipMessage): boolean {
  const userAgent = headerValue(message, "user-agent")?.toLowerCase();
  return userAgent !== undefined && SCANNERS.some((name) => userAgent.includes(name));
}
