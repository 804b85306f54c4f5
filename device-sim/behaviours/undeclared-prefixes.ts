/**
 * A stack that uses prefixes which it never declares (field quirk 6).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

/** Only within tags: values may hold the same words. */
const inTags = (envelope: string, change: (tag: string) => string): string => envelope.replace(/<[^>]*>/g, change);

export const undeclaredPrefixes: Behaviour = {
  name: "undeclared-prefixes",
  description: "mustUnderstand and arrayType have prefixes that nobody declared",
  rewrite: (envelope) =>
    inTags(envelope, (tag) =>
      tag.replaceAll("SOAP-ENV:mustUnderstand", "soapenv:mustUnderstand").replaceAll("SOAP-ENC:arrayType", "soap-enc:arrayType"),
    ),
};
