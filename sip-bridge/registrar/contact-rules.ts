/**
 * Which contacts a registrar takes. A contact is never resolved or connected to: requests go to the flow of its REGISTER.
 * It does stand in our Request-URI, so it must not aim a network at somebody else.
 * Spec: RFC 3261 10.3 step 6 and 19.1; sip.md 11 (contact injection). Layer: registrar, pure.
 */
import { digits } from "../sip/chars.js";
import { MalformedMessage, param } from "../sip/message.js";
import { bareHost, parseUri, type SipUri } from "../sip/uri.js";

/** The URI of a contact. @throws {MalformedMessage} 400: no SIP URI, too long, or an address no terminal has. */
export function readContactUri(text: string, charactersMax: number): SipUri {
  if (text.length > charactersMax) throw new MalformedMessage(400, "contact", `longer than ${charactersMax} characters`);
  const uri = readSipUri(text);
  for (const host of [uri.host, param(uri.params, "maddr") ?? ""]) {
    if (isGroupAddress(bareHost(host))) throw new MalformedMessage(400, "contact", "a multicast, broadcast or unspecified address");
  }
  if (uri.port === 0) throw new MalformedMessage(400, "contact", "port 0");
  return uri;
}

function readSipUri(text: string): SipUri {
  try {
    return parseUri(text);
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    throw new MalformedMessage(400, "contact", "no SIP URI"); // 416 speaks of the Request-URI only
  }
}

/** 224.0.0.0/4, 255.255.255.255, 0.0.0.0/8, ff00::/8 and ::, in whatever way they are written. */
function isGroupAddress(address: string): boolean {
  if (address.includes(":")) return /^ff/i.test(address) || /^[0:]*$/.test(address) || isGroupAddress(mappedIpv4(address));
  const parts = address.split(".");
  if (parts.length !== 4 || !parts.every((part) => part.length <= 3 && digits(part, 999) !== undefined)) return false;
  const first = Number(parts[0]);
  return first === 0 || (first >= 224 && first <= 239) || parts.every((part) => part === "255");
}

/** `::ffff:224.0.0.1` is an IPv4 address in disguise. */
const mappedIpv4 = (address: string): string => /^[0:]*:ffff:([\d.]+)$/i.exec(address)?.[1] ?? "";
