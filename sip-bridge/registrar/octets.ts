/**
 * Text of the wire is octets, one a character (sip/message.ts); text of people is Unicode. SIP says UTF-8 between the two.
 * Spec: RFC 3261 7.3, 25.1. Layer: registrar, pure.
 */

export const unicodeToOctets = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

/** Octets that are no UTF-8 come out as replacement characters, which no account's name holds. */
export const octetsToUnicode = (octets: string): string => Buffer.from(octets, "latin1").toString("utf8");
