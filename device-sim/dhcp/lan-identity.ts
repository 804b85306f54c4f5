/**
 * Device-gateway association: how a device behind a gateway and the gateway name themselves to each other over DHCP.
 * Spec: TR-069 Annex F (TR-111 part 1): sub-options 1 to 3 and 4 to 6 of DHCPv4 option 125. Layer: dhcp, pure.
 */
import { textOf, writeTlv } from "./acs-options.js";

export interface LanIdentity {
  /** Six hexadecimal digits, upper case. */
  readonly oui: string;
  /** "" if it has none. */
  readonly productClass: string;
  readonly serialNumber: string;
}

/** The first of the three codes: OUI, serial number, product class. */
export const IDENTITY_CODES = { device: 1, gateway: 4 } as const;

const TEXT_CHARACTERS_MAX = 64;

/** @param first Of IDENTITY_CODES. */
export function writeLanIdentity({ oui, productClass, serialNumber }: LanIdentity, first: number): Uint8Array {
  const told = [oui, serialNumber, ...(productClass === "" ? [] : [productClass])];
  return Buffer.concat(told.map((text, at) => writeTlv(first + at, Buffer.from(text, "latin1"), 1)));
}

/** @returns undefined: nobody is named, or not as anybody may be. */
export function readLanIdentity(suboptions: ReadonlyMap<number, Uint8Array> | undefined, first: number): LanIdentity | undefined {
  const read = (code: number): string | undefined => textOf(suboptions?.get(code), TEXT_CHARACTERS_MAX);
  const [oui = "", serialNumber, productClass = ""] = [read(first)?.toUpperCase(), read(first + 1), read(first + 2)];
  return serialNumber === undefined || !/^[0-9A-F]{6}$/.test(oui) ? undefined : { oui, productClass, serialNumber };
}
