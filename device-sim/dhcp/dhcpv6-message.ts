/**
 * The two DHCPv6 messages of ACS discovery: what a device asks, and what it reads in the answer.
 * Spec: RFC 8415 8, 21 (options 1, 6, 16, 17), 18.2.6 (Information-request); TR-069 3.1. Layer: dhcp, pure.
 */
import { ENTERPRISE, readAcsOptions, readTlvs, VENDOR_CLASS, writeTlv } from "./acs-options.js";
import type { DhcpFindings } from "./dhcpv4-message.js";

export interface Dhcpv6Question {
  /** Transaction: 3 octets. */
  readonly xid: Uint8Array;
  /** 6 octets. */
  readonly macAddress: Uint8Array;
}

const HEAD_BYTES = 4;
const [REPLY, INFORMATION_REQUEST] = [7, 11];
/** Codes of options. */
const [CLIENT_ID, OPTION_REQUEST, ELAPSED_TIME, VENDOR_CLASS_OPTION, VENDOR_OPTIONS] = [1, 6, 8, 16, 17];
/** DUID of a link-layer address on Ethernet (RFC 8415 11.4). */
const DUID_LL = [0, 3, 0, 1];

export function writeInformationRequest({ xid, macAddress }: Dhcpv6Question): Uint8Array {
  const option = (code: number, value: Uint8Array): Uint8Array => writeTlv(code, value, 2);
  return Buffer.concat([
    Uint8Array.of(INFORMATION_REQUEST, ...xid),
    option(CLIENT_ID, duidOf(macAddress)),
    option(OPTION_REQUEST, uint16(VENDOR_OPTIONS)),
    option(ELAPSED_TIME, uint16(0)),
    option(VENDOR_CLASS_OPTION, Buffer.concat([uint32(ENTERPRISE), uint16(VENDOR_CLASS.length), Buffer.from(VENDOR_CLASS)])),
  ]);
}

/** @returns undefined: not an answer to this question, or not whole. Never throws, whatever the bytes. */
export function readDhcpv6Reply(bytes: Uint8Array, { xid, macAddress }: Dhcpv6Question): DhcpFindings | undefined {
  const packet = Buffer.from(bytes);
  const isOurs = packet.length > HEAD_BYTES && packet[0] === REPLY && packet.subarray(1, HEAD_BYTES).equals(xid);
  const options = isOurs ? readTlvs(packet.subarray(HEAD_BYTES), 2) : undefined;
  const vendor = Buffer.from(options?.get(VENDOR_OPTIONS) ?? []);
  if (vendor.length < 4 || vendor.readUInt32BE(0) !== ENTERPRISE) return undefined;
  if (!Buffer.from(options?.get(CLIENT_ID) ?? []).equals(duidOf(macAddress))) return undefined;
  const acs = readAcsOptions(readTlvs(vendor.subarray(4), 2));
  return acs === undefined ? {} : { acs };
}

const duidOf = (macAddress: Uint8Array): Uint8Array => Uint8Array.of(...DUID_LL, ...macAddress);
const uint16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 0xff);

function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
