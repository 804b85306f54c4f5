/**
 * The two DHCPv4 messages of ACS discovery and of device-gateway association, as each side writes and reads them.
 * Spec: RFC 2131 2, RFC 2132, RFC 3396 (long options), RFC 3925 (option 125); TR-069 3.1, Annex F. Layer: dhcp, pure.
 */
import { ACS_CODES, type AcsOptions, ENTERPRISE, readAcsOptions, readTlvs, VENDOR_CLASS, writeTlv } from "./acs-options.js";
import { IDENTITY_CODES, type LanIdentity, readLanIdentity, writeLanIdentity } from "./lan-identity.js";

export interface Dhcpv4Question {
  /** Transaction: 4 octets. */
  readonly xid: Uint8Array;
  /** 6 octets. */
  readonly macAddress: Uint8Array;
  /** The device's own address, dotted. */
  readonly clientAddress: string;
  /** Who asks. */
  readonly device?: LanIdentity;
}

/** What an answer tells; none of it is also an answer. */
export interface DhcpFindings {
  readonly acs?: AcsOptions;
  /** Behind which the device is. */
  readonly gateway?: LanIdentity;
}

const FIXED_BYTES = 236;
/** Where fields begin. */
const [XID_AT, CLIENT_ADDRESS_AT, HARDWARE_ADDRESS_AT] = [4, 12, 28];
const COOKIE = Buffer.from([99, 130, 83, 99]);
const [REQUEST, REPLY, ETHERNET] = [1, 2, 1];
const [OFFER, ACK, INFORM] = [2, 5, 8];
const [PAD, END] = [0, 255];
/** Codes of options. */
const [VENDOR_SPECIFIC, MESSAGE_TYPE, SERVER_IDENTIFIER, PARAMETER_REQUEST, CLASS_IDENTIFIER, CLIENT_IDENTIFIER] = [43, 53, 54, 55, 60, 61];
const IDENTIFYING_VENDOR_SPECIFIC = 125;

/** DHCPINFORM: the device has its address, and asks for options only (RFC 2131 3.4). */
export function writeDhcpv4Inform({ xid, macAddress, clientAddress, device }: Dhcpv4Question): Uint8Array {
  const fixed = Buffer.alloc(FIXED_BYTES);
  fixed.set([REQUEST, ETHERNET, macAddress.length, 0]);
  fixed.set(xid, XID_AT);
  fixed.set(octetsOf(clientAddress), CLIENT_ADDRESS_AT);
  fixed.set(macAddress, HARDWARE_ADDRESS_AT);
  return Buffer.concat([
    fixed,
    COOKIE,
    option(MESSAGE_TYPE, Uint8Array.of(INFORM)),
    option(CLIENT_IDENTIFIER, Uint8Array.of(ETHERNET, ...macAddress)),
    option(CLASS_IDENTIFIER, Buffer.from(VENDOR_CLASS)),
    option(PARAMETER_REQUEST, Uint8Array.of(VENDOR_SPECIFIC, IDENTIFYING_VENDOR_SPECIFIC)),
    ...(device === undefined ? [] : [identifying(writeLanIdentity(device, IDENTITY_CODES.device))]),
    Uint8Array.of(END),
  ]);
}

/** What a gateway reads of a DHCPINFORM. */
export interface ReadInform {
  /** Everything before the options, as it came. */
  readonly head: Uint8Array;
  /** undefined: the device does not say who it is. */
  readonly device: LanIdentity | undefined;
}

/** @returns undefined: no DHCPINFORM, or not whole. Never throws, whatever the bytes. */
export function readDhcpv4Inform(bytes: Uint8Array): ReadInform | undefined {
  const packet = Buffer.from(bytes);
  const options = packet[0] === REQUEST ? optionsOf(packet) : undefined;
  if (options?.get(MESSAGE_TYPE)?.[0] !== INFORM) return undefined;
  return {
    head: packet.subarray(0, FIXED_BYTES),
    device: readLanIdentity(ofEnterprise(options.get(IDENTIFYING_VENDOR_SPECIFIC)), IDENTITY_CODES.device),
  };
}

/** DHCPACK of a gateway that names itself. @param serverAddress The gateway's own, dotted. */
export function writeDhcpv4Ack({ head }: ReadInform, gateway: LanIdentity, serverAddress: string): Uint8Array {
  const fixed = Buffer.from(head);
  fixed[0] = REPLY;
  return Buffer.concat([
    fixed,
    COOKIE,
    option(MESSAGE_TYPE, Uint8Array.of(ACK)),
    option(SERVER_IDENTIFIER, Uint8Array.from(octetsOf(serverAddress))),
    identifying(writeLanIdentity(gateway, IDENTITY_CODES.gateway)),
    Uint8Array.of(END),
  ]);
}

/**
 * What an OFFER or an ACK tells: the ACS in option 125 of the DSL Forum, else in option 43; the gateway in option 125.
 * @returns undefined: not an answer to this question, or not whole. Never throws, whatever the bytes.
 */
export function readDhcpv4Reply(bytes: Uint8Array, { xid, macAddress }: Dhcpv4Question): DhcpFindings | undefined {
  const packet = Buffer.from(bytes);
  const isOurs =
    packet[0] === REPLY &&
    packet.subarray(XID_AT, XID_AT + 4).equals(xid) &&
    packet.subarray(HARDWARE_ADDRESS_AT, HARDWARE_ADDRESS_AT + macAddress.length).equals(macAddress);
  const options = isOurs ? optionsOf(packet) : undefined;
  const type = options?.get(MESSAGE_TYPE)?.[0];
  if (options === undefined || (type !== OFFER && type !== ACK)) return undefined;
  const identified = ofEnterprise(options.get(IDENTIFYING_VENDOR_SPECIFIC));
  const acs =
    readAcsOptions(identified, ACS_CODES.option125) ??
    readAcsOptions(identified) ??
    readAcsOptions(readTlvs(options.get(VENDOR_SPECIFIC) ?? new Uint8Array(), 1));
  const gateway = readLanIdentity(identified, IDENTITY_CODES.gateway);
  return { ...(acs === undefined ? {} : { acs }), ...(gateway === undefined ? {} : { gateway }) };
}

const option = (code: number, value: Uint8Array): Uint8Array => writeTlv(code, value, 1);

/** Option 125 with a block of the DSL Forum. */
function identifying(suboptions: Uint8Array): Uint8Array {
  const enterprise = Buffer.alloc(4);
  enterprise.writeUInt32BE(ENTERPRISE);
  return option(IDENTIFYING_VENDOR_SPECIFIC, Buffer.concat([enterprise, Uint8Array.of(suboptions.length), suboptions]));
}

const octetsOf = (address: string): readonly number[] => address.split(".").map(Number);

/** undefined: not a whole DHCP message. */
function optionsOf(packet: Buffer): ReadonlyMap<number, Uint8Array> | undefined {
  const start = FIXED_BYTES + COOKIE.length;
  return packet.length > start && packet.subarray(FIXED_BYTES, start).equals(COOKIE) ? readOptions(packet.subarray(start)) : undefined;
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
function ofEnterprise(value: Uint8Array = new Uint8Array()): ReadonlyMap<number, Uint8Array> | undefined {
  const data = Buffer.from(value);
  for (let at = 0; at + 5 <= data.length; ) {
    const end = at + 5 + data.readUInt8(at + 4);
    if (end > data.length) return undefined;
    if (data.readUInt32BE(at) === ENTERPRISE) return readTlvs(data.subarray(at + 5, end), 1);
    at = end;
  }
  return undefined;
}
