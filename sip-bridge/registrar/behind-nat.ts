/**
 * Whether a registration came through a NAT: its contact names another address or port than it was heard from.
 * Spec: sip.md 1.7; RFC 3581 4. Layer: registrar, pure.
 */
import { bareHost, parseUri } from "../sip/uri.js";
import type { Binding } from "./binding.js";

const SIP_PORT = 5_060;

export function isBehindNat({ contact, flow }: Pick<Binding, "contact" | "flow">): boolean {
  const { host, port = SIP_PORT } = parseUri(contact);
  return bareHost(host).toLowerCase() !== flow.remoteAddress.toLowerCase() || port !== flow.remotePort;
}
