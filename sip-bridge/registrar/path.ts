/**
 * Path: the proxies between a user agent and us, as they wrote themselves into its REGISTER. Requests to the contact go back through them.
 * A path sends our requests to wherever it says, so it counts only from edges of our own.
 * Spec: RFC 3327 4, 5.3; sip.md 3.2, 11 (Path injection). Layer: registrar, pure.
 */
import { type IpRange, isInRange, readIpAddress } from "../../common/ip-address.js";
import type { Flow } from "../sip/flow.js";
import { readAddresses, writeNameAddr } from "../sip/header-values.js";
import { MalformedMessage, type NameAddr, param, type SipRequest } from "../sip/message.js";
import { parseUri } from "../sip/uri.js";
import { readContactUri } from "./contact-rules.js";

export interface PathPolicy {
  /** Where our edges send from. Empty: nobody's path counts. */
  readonly trustedEdges: readonly IpRange[];
  /** What becomes of a request with a path from elsewhere: taken as if it had none, or 420. */
  readonly untrustedPath: "ignore" | "refuse";
}

export const PATH_LIMITS = { valuesMax: 8, valueCharactersMax: 512 } as const;

export function isTrustedEdge({ remoteAddress }: Flow, { trustedEdges }: PathPolicy): boolean {
  const address = readIpAddress(remoteAddress);
  return address !== undefined && trustedEdges.some((range) => isInRange(address, range));
}

/** The Path of a request in its order, topmost first. @throws {MalformedMessage} 400: too long, no SIP URI, or a strict router's. */
export function readPath(request: SipRequest): readonly NameAddr[] {
  const path = readAddresses(request, "path");
  if (path.length > PATH_LIMITS.valuesMax) throw new MalformedMessage(400, "path", `more than ${PATH_LIMITS.valuesMax} values`);
  for (const { uri } of path) {
    const { params } = readContactUri(uri, PATH_LIMITS.valueCharactersMax);
    // An edge names itself as a loose router; a strict one would take our Request-URI away (RFC 3261 16.6 step 6).
    if (param(params, "lr") === undefined) throw new MalformedMessage(400, "path", "a value without lr");
  }
  return path;
}

/** As it is stored, echoed, and written into Route. */
export const writePath = (path: readonly NameAddr[]): readonly string[] => path.map(writeNameAddr);

/** "ob" in the URI of the edge next to the user agent, which wrote itself first and so stands last (RFC 5626 5.1). */
export function isOutboundEdge(path: readonly NameAddr[]): boolean {
  const first = path.at(-1);
  return first !== undefined && param(parseUri(first.uri).params, "ob") !== undefined;
}
