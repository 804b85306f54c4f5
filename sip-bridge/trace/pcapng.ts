/**
 * A trace as a capture file for Wireshark: each message as the UDP datagram that would have carried it, also those of TCP and TLS.
 * The bridge's own address is not known to a flow; it is 0.0.0.0 or :: here.
 * Spec: draft-ietf-opsawg-pcapng 4.1 (section), 4.2 (interface), 4.3 (packet); LINKTYPE_RAW; RFC 791, 768, 8200 8.1. Layer: trace, pure.
 */
import { readIpAddress } from "../../common/ip-address.js";
import type { Traced } from "./traced.js";

const BLOCK = { section: 0x0a0d0d0a, interface: 1, packet: 6 } as const;
const LINKTYPE_RAW = 101;
const UDP = 17;
const IPV4_HEADER_BYTES = 20;
const IPV6_HEADER_BYTES = 40;
const UDP_HEADER_BYTES = 8;
const SNAP_BYTES = 65_535;

export function writePcapng(messages: readonly Traced[]): Uint8Array {
  return Buffer.concat([sectionBlock(), interfaceBlock(), ...messages.map(packetBlock)]);
}

function block(type: number, body: Uint8Array): Uint8Array {
  const padded = Math.ceil(body.length / 4) * 4;
  const bytes = Buffer.alloc(12 + padded);
  bytes.writeUInt32LE(type, 0);
  bytes.writeUInt32LE(bytes.length, 4);
  bytes.set(body, 8);
  bytes.writeUInt32LE(bytes.length, bytes.length - 4);
  return bytes;
}

function sectionBlock(): Uint8Array {
  const body = Buffer.alloc(16, 0xff); // length unknown: -1
  body.writeUInt32LE(0x1a2b3c4d, 0);
  body.writeUInt16LE(1, 4);
  body.writeUInt16LE(0, 6);
  return block(BLOCK.section, body);
}

/** Times are microseconds, the default. */
function interfaceBlock(): Uint8Array {
  const body = Buffer.alloc(8);
  body.writeUInt16LE(LINKTYPE_RAW, 0);
  body.writeUInt32LE(SNAP_BYTES, 4);
  return block(BLOCK.interface, body);
}

function packetBlock(message: Traced): Uint8Array {
  const packet = packetOf(message);
  const body = Buffer.alloc(20 + packet.length);
  const atUs = BigInt(message.atMs) * 1_000n;
  body.writeUInt32LE(Number(atUs >> 32n), 4);
  body.writeUInt32LE(Number(atUs & 0xffffffffn), 8);
  body.writeUInt32LE(packet.length, 12);
  body.writeUInt32LE(packet.length, 16);
  body.set(packet, 20);
  return block(BLOCK.packet, body);
}

function packetOf({ direction, flow, text }: Traced): Uint8Array {
  const remote = readIpAddress(flow.remoteAddress) ?? new Uint8Array(4);
  const local = new Uint8Array(remote.length);
  const [source, target] = direction === "in" ? [remote, local] : [local, remote];
  const ports = direction === "in" ? [flow.remotePort, flow.localPort] : [flow.localPort, flow.remotePort];
  const headerBytes = remote.length === 4 ? IPV4_HEADER_BYTES : IPV6_HEADER_BYTES;
  const payload = Buffer.from(text, "latin1").subarray(0, SNAP_BYTES - headerBytes - UDP_HEADER_BYTES);
  const udp = Buffer.alloc(UDP_HEADER_BYTES + payload.length);
  udp.writeUInt16BE(ports[0] ?? 0, 0);
  udp.writeUInt16BE(ports[1] ?? 0, 2);
  udp.writeUInt16BE(udp.length, 4);
  udp.set(payload, UDP_HEADER_BYTES);
  udp.writeUInt16BE(udpChecksum(source, target, udp), 6);
  return Buffer.concat([remote.length === 4 ? ipv4Header(source, target, udp.length) : ipv6Header(source, target, udp.length), udp]);
}

function ipv4Header(source: Uint8Array, target: Uint8Array, udpBytes: number): Uint8Array {
  const header = Buffer.alloc(IPV4_HEADER_BYTES);
  header[0] = 0x45;
  header.writeUInt16BE(IPV4_HEADER_BYTES + udpBytes, 2);
  header[8] = 64;
  header[9] = UDP;
  header.set(source, 12);
  header.set(target, 16);
  header.writeUInt16BE(checksum(header), 10);
  return header;
}

function ipv6Header(source: Uint8Array, target: Uint8Array, udpBytes: number): Uint8Array {
  const header = Buffer.alloc(IPV6_HEADER_BYTES);
  header[0] = 0x60;
  header.writeUInt16BE(udpBytes, 4);
  header[6] = UDP;
  header[7] = 64;
  header.set(source, 8);
  header.set(target, 24);
  return header;
}

/** Over the pseudo-header, too; "if the computed checksum is zero, it is transmitted as all ones". */
function udpChecksum(source: Uint8Array, target: Uint8Array, udp: Uint8Array): number {
  const rest = Buffer.alloc(4);
  rest.writeUInt16BE(UDP, 0);
  rest.writeUInt16BE(udp.length, 2);
  return checksum(Buffer.concat([source, target, rest, udp])) || 0xffff;
}

/** The ones' complement of the ones' complement sum of 16-bit words (RFC 1071). */
function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
