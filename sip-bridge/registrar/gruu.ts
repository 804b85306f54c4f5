/**
 * Public GRUUs: a URI that reaches one instance of an address-of-record, for as long as that instance is registered.
 * Spec: RFC 5627 3.1.1, 5.1, 5.4. Layer: registrar, pure.
 */
import { MalformedMessage, param } from "../sip/message.js";
import { decodeEscapes, parseUri, type SipUri } from "../sip/uri.js";
import { addressOfRecordUri } from "./address-of-record.js";

/** What the value of a URI parameter holds without an escape: paramchar of RFC 3261 25.1. */
const PLAIN = /[A-Za-z0-9\-_.!~*'()[\]/:&+$]/;

/** The address-of-record with the instance ID in `gr`, escaped as URIs want it. */
export function publicGruu(addressOfRecord: string, instanceId: string): string {
  let value = "";
  for (const character of instanceId) {
    value += PLAIN.test(character) ? character : `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return `${addressOfRecordUri(addressOfRecord)};gr=${value}`;
}

/** The instance that a URI means; undefined: it is no GRUU, but the address-of-record itself. A temporary GRUU (no value) names none. */
export function instanceOfGruu(uri: SipUri): string | undefined {
  const value = param(uri.params, "gr");
  if (value === undefined) return undefined;
  const instanceId = decodeEscapes(value);
  return /^urn:/i.test(instanceId) ? instanceId.toLowerCase() : instanceId;
}

/** @param text As an operator writes an address: what is no URI is no GRUU. */
export function instanceOfAddress(text: string): string | undefined {
  try {
    return instanceOfGruu(parseUri(/^sips?:/i.test(text) ? text : `sip:${text}`));
  } catch (error) {
    if (error instanceof MalformedMessage) return undefined;
    throw error;
  }
}
