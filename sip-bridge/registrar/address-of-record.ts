/**
 * Addresses-of-record: from a URI to the key by which bindings are found, and back.
 * Spec: RFC 3261 10.3 step 5. Layer: registrar, pure.
 */
import { aorKey, parseUri, type SipUri } from "../sip/uri.js";
import { unicodeToOctets } from "./octets.js";

/** The domains that we register for. Names and numeric addresses as in a URI's host: lower case, IPv6 in brackets. */
export interface Domains {
  /** Stands in every key: aliases are written as this one. */
  readonly main: string;
  readonly aliases: readonly string[];
}

export const ADDRESS_OF_RECORD_CHARACTERS_MAX = 320;

export function isOurDomain(host: string, { main, aliases }: Domains): boolean {
  const name = host.toLowerCase();
  return name === main || aliases.includes(name);
}

/**
 * The key `user@domain`, or undefined if the URI names no user of ours.
 * A user part that decodes to control characters (%00, %0D) names nobody: it must neither cut a key nor break a header (RFC 4475 3.1.1.4).
 */
export function addressOfRecordKey(uri: SipUri, domains: Domains): string | undefined {
  if (uri.user === undefined || !isOurDomain(uri.host, domains)) return undefined;
  const key = aorKey({ ...uri, host: domains.main });
  if (key.length > ADDRESS_OF_RECORD_CHARACTERS_MAX) return undefined;
  for (let i = 0; i < key.length; i++) if (key.charCodeAt(i) < 0x20 || key.charCodeAt(i) === 0x7f) return undefined;
  return key;
}

/**
 * Reads what an operator writes: `sip:user@domain`, `user@domain`, or a user alone, which is one of the main domain.
 * @returns The key, or undefined if it names no user of ours.
 */
export function readAddressOfRecord(text: string, domains: Domains): string | undefined {
  const octets = unicodeToOctets(text.trim());
  const withHost = octets.includes("@") ? octets : `${octets}@${domains.main}`;
  try {
    return addressOfRecordKey(parseUri(/^sips?:/i.test(octets) ? octets : `sip:${withHost}`), domains);
  } catch {
    return undefined; // an address that is no URI reaches nobody
  }
}

/** Characters that a user part holds unescaped: unreserved and user-unreserved of RFC 3261 25.1. */
const PLAIN_USER = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~*'()&=+$,;?/";

/** The URI of a key, escapes made again: `sip:user@domain`. */
export function addressOfRecordUri(key: string): string {
  const at = key.lastIndexOf("@");
  let user = "";
  for (const character of key.slice(0, at)) {
    user += PLAIN_USER.includes(character) ? character : `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return `sip:${user}${key.slice(at)}`;
}
