/**
 * Where we may be led by an address that a device told: ranges that are refused.
 * A device must not make us knock on our own loopback, on link-local services or on multicast groups.
 * Spec: RFC 6890 (special-purpose addresses); field quirks 44, 49. Layer: common.
 */
import { type IpRange, ipRange, isInRange, readIpAddress } from "./ip-address.js";

/** Ranges by name, for the setting ACS_REFUSED_RANGES. */
export const ADDRESS_RANGES = {
  loopback: ["127.0.0.0/8", "::1/128"],
  "link-local": ["169.254.0.0/16", "fe80::/10"],
  multicast: ["224.0.0.0/4", "ff00::/8"],
  unspecified: ["0.0.0.0/8", "::/128"],
  reserved: ["240.0.0.0/4", "192.0.0.0/24", "198.18.0.0/15", "64:ff9b::/96", "100::/64"],
  /** RFC 5737, RFC 3849: addresses of examples, which simulators tell. */
  documentation: ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"],
  private: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
  "carrier-grade": ["100.64.0.0/10"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type AddressRange = keyof typeof ADDRESS_RANGES;

export const isAddressRange = (name: string): name is AddressRange => Object.hasOwn(ADDRESS_RANGES, name);

/** Private and carrier-grade ones are not refused: gateways live there where the ACS stands in the operator's network. */
export const DEFAULT_REFUSED_RANGES: readonly AddressRange[] = [
  "loopback",
  "link-local",
  "multicast",
  "unspecified",
  "reserved",
  "documentation",
];

export interface AddressGuard {
  /** The range that forbids it; undefined: allowed. @param address Numeric, without brackets. What is none is refused as "unspecified". */
  refusal(address: string): AddressRange | undefined;
}

export function createAddressGuard(refused: readonly AddressRange[]): AddressGuard {
  const ranges = refused.flatMap((name) => ADDRESS_RANGES[name].map((text): readonly [AddressRange, IpRange] => [name, ipRange(text)]));
  return {
    refusal: (text) => {
      const address = readIpAddress(text);
      if (address === undefined) return "unspecified";
      return ranges.find(([, range]) => isInRange(address, range))?.[0];
    },
  };
}

const notPublic = createAddressGuard(Object.keys(ADDRESS_RANGES).filter(isAddressRange));

/** An address that a device can have on its own side of a NAT: what it names may be somebody else here. */
export const isPublicAddress = (address: string): boolean => notPublic.refusal(address) === undefined;
