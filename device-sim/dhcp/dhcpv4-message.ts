/**
 * The two DHCPv4 messages of ACS discovery: what a device asks, and what it reads in the answer.
 * Spec: RFC 2131 2, RFC 2132, RFC 3396 (long options), RFC 3925 (option 125); TR-069 3.1. Layer: dhcp, pure.
 */
import { type AcsOptions, ENTERPRISE, readAcsOptions, readTlvs, VENDOR_CLASS, writeTlv } from "./acs-options.js";

export interface Dhcpv4Question {
  /** Transaction: 4 octets. */
  readonly xid: Uint8Array;
  /** 6 octets. */
  readonly macAddress: Uint8Array;
  /** The device's own address, dotted. */
  readonly clientAddress: string;
}

const FIXED_BYTES = 236;
const COOKIE = Buffer.from([99, 130, 83, 99]);
const [REQUEST, REPLY, ETHERNET] = [1, 2, 1];
const [OFFER, ACK, INFORM] = [2, 5, 8];
const [PAD, END] = [0, 255];
/** Codes of options. */
const [VENDOR_SPECIFIC, MESSAGE_TYPE, PARAMETER_REQUEST, CLASS_IDENTIFIER, CLIENT_IDENTIFIER, IDENTIFYING_VENDOR_SPECIFIC] = [
  43, 53, 55, 60, 61, 125,
];

/** DHCPINFORM: the device has its address, and asks for options only (RFC 2131 3.4). */
export function writeDhcpv4Inform({ xid, macAddress, clientAddress }: Dhcpv4Question): Uint8Array {
  const fixed = Buffer.alloc(FIXED_BYTES);
  fixed.set([REQUEST, ETHERNET, macAddress.length, 0]);
  fixed.set(xid, 4);
  fixed.set(clientAddress.split(".").map(Number), 12);
  fixed.set(macAddress, 28);
  const option = (code: number, value: Uint8Array): Uint8Array => writeTlv(code, value, 1);
  return Buffer.concat([
    fixed,
    COOKIE,
    option(MESSAGE_TYPE, Uint8Array.of(INFORM)),
    option(CLIENT_IDENTIFIER, Uint8Array.of(ETHERNET, ...macAddress)),
    option(CLASS_IDENTIFIER, Buffer.from(VENDOR_CLASS)),
    option(PARAMETER_REQUEST, Uint8Array.of(VENDOR_SPECIFIC, IDENTIFYING_VENDOR_SPECIFIC)),
    Uint8Array.of(END),
  ]);
}

/**
 * The ACS that an OFFER or an ACK names: in option 125 of the DSL Forum, else in option 43.
 * @returns undefined: not an answer to this question, not whole, or no ACS in it. Never throws, whatever the bytes.
 */
export function readDhcpv4Reply(bytes: Uint8Array, { xid, macAddress }: Dhcpv4Question): AcsOptions | undefined {
  const packet = Buffer.from(bytes);
  const isOurs =
    packet.length > FIXED_BYTES + COOKIE.length &&
    packet[0] === REPLY &&
    packet.subarray(4, 8).equals(xid) &&
    packet.subarray(28, 28 + macAddress.length).equals(macAddress) &&
    packet.subarray(FIXED_BYTES, FIXED_BYTES + COOKIE.length).equals(COOKIE);
  const options = isOurs ? readOptions(packet.subarray(FIXED_BYTES + COOKIE.length)) : undefined;
  const type = options?.get(MESSAGE_TYPE)?.[0];
  if (options === undefined || (type !== OFFER && type !== ACK)) return undefined;
  const identified = options.get(IDENTIFYING_VENDOR_SPECIFIC);
  const told = identified === undefined ? undefined : readAcsOptions(ofEnterprise(identified));
  return told ?? readAcsOptions(readTlvs(options.get(VENDOR_SPECIFIC) ?? new Uint8Array(), 1));
}

/** Up to the end option, which must be there; pads lie between them. */
function readOptions(data: Buffer): ReadonlyMap<number, Uint8Array> | undefined {
  const found: Uint8Array[] = [];
  for (let at = 0; at < data.length; ) {
    const code = data[at];
    if (code === END) return readTlvs(Buffer.concat(found), 1);
    const end = code === PAD ? at + 1 : at + 2 + (data[at + 1] ?? data.length);
    if (code !== PAD) found.push(data.subarray(at, end));
    at = end;
  }
  return undefined;
}

/** RFC 3925 4: blocks of an enterprise number, a length and sub-options. */
function ofEnterprise(value: Uint8Array): ReadonlyMap<number, Uint8Array> | undefined {
  const data = Buffer.from(value);
  for (let at = 0; at + 5 <= data.length; ) {
    const end = at + 5 + data.readUInt8(at + 4);
    if (end > data.length) return undefined;
    if (data.readUInt32BE(at) === ENTERPRISE) return readTlvs(data.subarray(at + 5, end), 1);
    at = end;
  }
  return undefined;
}
