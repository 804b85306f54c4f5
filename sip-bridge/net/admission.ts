/**
 * How many connections there may be, in all and from one source.
 * Spec: sip.md 11 (slow TCP, connection caps). Layer: net. Holds one number per source that has a connection.
 */
import { readIpAddress } from "../../common/ip-address.js";

export interface AdmissionLimits {
  readonly connectionsMax: number;
  /** From one IPv4 address or one IPv6 network of 64 bits: a NAT or a session border controller has many gateways behind one. */
  readonly perSourceMax: number;
}

export const ADMISSION_LIMITS: AdmissionLimits = { connectionsMax: 20_000, perSourceMax: 1_000 };

export interface Admission {
  /** @returns Gives the place back, once; undefined: there is none. */
  enter(address: string): (() => void) | undefined;
  count(): number;
}

const IPV6_NETWORK_BYTES = 8;

export function createAdmission({ connectionsMax, perSourceMax }: AdmissionLimits): Admission {
  const bySource = new Map<string, number>();
  let count = 0;

  function leave(source: string): void {
    count--;
    const left = (bySource.get(source) ?? 1) - 1;
    if (left > 0) bySource.set(source, left);
    else bySource.delete(source);
  }

  return {
    enter(address) {
      const source = sourceOf(address);
      const sameSource = bySource.get(source) ?? 0;
      if (count >= connectionsMax || sameSource >= perSourceMax) return undefined;
      count++;
      bySource.set(source, sameSource + 1);
      let isInside = true;
      return () => {
        if (isInside) leave(source);
        isInside = false;
      };
    },
    count: () => count,
  };
}

/** A subscriber has a whole IPv6 network of 64 bits (RFC 4291 2.5.1), and every address in it is the same subscriber's. */
function sourceOf(address: string): string {
  const octets = readIpAddress(address);
  if (octets === undefined || octets.length <= IPV6_NETWORK_BYTES) return address;
  return Buffer.from(octets.subarray(0, IPV6_NETWORK_BYTES)).toString("hex");
}
