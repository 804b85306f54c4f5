/**
 * UDPConnectionRequestAddress: where a device's NAT binding is.
 * Spec: TR-069 Annex G, TR-181 ManagementServer; field quirks 44, 49. Layer: wake, pure.
 */
import { readIpAddress } from "../../common/ip-address.js";
import type { UdpAddress } from "../devices/reachability.js";

const ADDRESS_CHARACTERS_MAX = 256;

/**
 * UDPConnectionRequestAddress: `host:port`, or a host alone, whose port is then 80 (TR-181). Names are refused: a binding is numeric.
 * @returns undefined for what is no such address; the ladder then says so and goes on (field quirk 49).
 */
export function readUdpAddress(text: string): UdpAddress | undefined {
  const trimmed = text.trim();
  if (trimmed.length > ADDRESS_CHARACTERS_MAX) return undefined;
  const [, host = "", port = "80"] = /^(\d{1,3}(?:\.\d{1,3}){3})(?::(\d{1,5}))?$/.exec(trimmed) ?? [];
  const number = Number(port);
  return readIpAddress(host) !== undefined && number >= 1 && number <= 65_535 ? { host, port: number } : undefined;
}
