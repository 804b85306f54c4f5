/**
 * Numeric IP addresses as octets, and the ranges that they lie in.
 * Spec: RFC 4291 2.2 (text), 2.5.5.2 (IPv4-mapped); RFC 4632 (prefixes). Layer: common.
 */

const IPV6_BYTES = 16;
const MAPPED_PREFIX = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
const ADDRESS_CHARACTERS_MAX = 64;

/**
 * @param text "198.51.100.7", "2001:db8::7", "fe80::1%eth0" (the zone is left out); no brackets.
 * @returns 4 or 16 octets; an IPv4-mapped IPv6 address is the IPv4 address that it means. undefined: no numeric address.
 */
export function readIpAddress(text: string): Uint8Array | undefined {
  if (text.length > ADDRESS_CHARACTERS_MAX) return undefined;
  const [address = ""] = text.split("%");
  const bytes = address.includes(":") ? readIpv6(address) : readIpv4(address);
  if (bytes?.length !== IPV6_BYTES) return bytes;
  return MAPPED_PREFIX.every((byte, i) => bytes[i] === byte) ? bytes.slice(MAPPED_PREFIX.length) : bytes;
}

/** Decimal only: other spellings of IPv4 (octal, one number) mean different hosts to different readers. */
function readIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  const isAddress = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
  return isAddress ? Uint8Array.from(parts, Number) : undefined;
}

function readIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  const [head, tail] = halves.map(readGroups);
  if (head === undefined || halves.length > 2 || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = IPV6_BYTES - head.length - (tail?.length ?? 0);
  // "::" stands for one group of zeros at least.
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  // A dotted end is at the end only.
  if (tail !== undefined && halves[0]?.includes(".")) return undefined;
  return Uint8Array.from([...head, ...Array.from({ length: missing }, () => 0), ...(tail ?? [])]);
}

function readGroups(text: string): readonly number[] | undefined {
  if (text === "") return [];
  const groups = text.split(":");
  const bytes: number[] = [];
  for (const [i, group] of groups.entries()) {
    const dotted = i === groups.length - 1 && group.includes(".") ? readIpv4(group) : undefined;
    if (dotted !== undefined) bytes.push(...dotted);
    else if (/^[0-9a-f]{1,4}$/i.test(group)) bytes.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff);
    else return undefined;
  }
  return bytes;
}

export interface IpRange {
  readonly network: Uint8Array;
  readonly prefixBits: number;
}

/** @param text "10.0.0.0/8", "fe80::/10". @throws {RangeError} It is none: ranges are written by us. */
export function ipRange(text: string): IpRange {
  const [address = "", prefix = ""] = text.split("/");
  const network = readIpAddress(address);
  const prefixBits = Number(prefix);
  if (network === undefined || !/^\d{1,3}$/.test(prefix) || prefixBits > network.length * 8)
    throw new RangeError(`${text} is no address range`);
  return { network, prefixBits };
}

export function isInRange(address: Uint8Array, { network, prefixBits }: IpRange): boolean {
  if (address.length !== network.length) return false;
  for (let i = 0; i * 8 < prefixBits; i++) {
    const mask = 0xff00 >> Math.min(8, prefixBits - i * 8);
    if (((address[i] ?? 0) & mask & 0xff) !== ((network[i] ?? 0) & mask & 0xff)) return false;
  }
  return true;
}

/** A host that only this machine can reach: what binds to it needs no TLS. Names other than localhost are not looked up. */
export const isLoopback = (host: string): boolean => host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
