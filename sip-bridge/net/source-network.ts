/**
 * Who counts as one stranger: an IPv4 network of 24 bits, an IPv6 network of 64.
 * Spec: sip.md 11; RFC 4291 2.5.1. Layer: net, pure.
 */
import { readIpAddress } from "../../common/ip-address.js";

const IPV6_NETWORK_BYTES = 8;

/** @param address Numeric, without brackets. @returns A key: "198.51.100", or 16 hexadecimal digits. */
export function sourceNetwork(address: string): string {
  if (!address.includes(":")) return address.slice(0, address.lastIndexOf("."));
  const octets = readIpAddress(address);
  if (octets === undefined) return address;
  if (octets.length <= IPV6_NETWORK_BYTES) return octets.slice(0, 3).join(".");
  return Buffer.from(octets.subarray(0, IPV6_NETWORK_BYTES)).toString("hex");
}
