/**
 * A stack with prefixes of its own: legal, and too much for servers that compare text.
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

/** Only within tags: values may hold the same words. */
const inTags = (envelope: string, change: (tag: string) => string): string => envelope.replace(/<[^>]*>/g, change);

/** The namespace itself has "cwmp-" in it, and stays. */
const RENAMED = [
  ["SOAP-ENV", "soap"],
  ["SOAP-ENC", "soapenc"],
  ["xmlns:cwmp=", "xmlns:ns1="],
  ["cwmp:", "ns1:"],
] as const;

export const otherPrefixes: Behaviour = {
  name: "other-prefixes",
  description: "prefixes are soap, soapenc and ns1 instead of SOAP-ENV, SOAP-ENC and cwmp",
  rewrite: (envelope) => inTags(envelope, (tag) => RENAMED.reduce((text, [from, to]) => text.replaceAll(from, to), tag)),
};
