/**
 * The octets of a CWMP message as text whose positions lead back to the octets: a character stands for one of them, or for two.
 * Only encodings in which markup is where ASCII has it, and UTF-16. Spec: RFC 7303 3 (BOM, charset, declaration), XML 1.0 F.
 * Layer: connection-requests, pure.
 */

export interface MessageText {
  /** UTF-16 code units, or octets as Latin-1: enough to find markup, which is ASCII. */
  readonly text: string;
  readonly octetsPerCharacter: 1 | 2;
  /** What a part of `text` means. */
  readonly decode: (part: string) => string;
  /** How ASCII is written in it. */
  readonly encode: (ascii: string) => Buffer;
}

const ASCII_COMPATIBLE = /^(utf-?8|us-ascii|ascii|iso-8859-\d{1,2}|latin-?1|windows-125\d|cp125\d)$/;
/** Where an XML declaration with its encoding ends, in all cases that are seen. */
const DECLARATION_CHARACTERS_MAX = 256;

/** @returns undefined: an encoding that we don't read. */
export function messageText(octets: Buffer, contentType: string | undefined): MessageText | undefined {
  const [a, b, c, d] = octets;
  if (a === 0xef && b === 0xbb && c === 0xbf) return singleOctets(octets, "utf-8");
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? undefined : littleEndian(octets);
  if (a === 0xfe && b === 0xff) return bigEndian(octets);
  if (a === 0x3c && b === 0) return littleEndian(octets);
  if (a === 0 && b === 0x3c) return bigEndian(octets);
  const label = charsetOf(contentType) ?? declaredEncoding(octets) ?? "utf-8";
  return ASCII_COMPATIBLE.test(label) ? singleOctets(octets, label) : undefined;
}

function charsetOf(contentType = ""): string | undefined {
  return /;\s*charset\s*=\s*"?([A-Za-z0-9_:.-]{1,40})/i.exec(contentType.slice(0, DECLARATION_CHARACTERS_MAX))?.[1]?.toLowerCase();
}

function declaredEncoding(octets: Buffer): string | undefined {
  const head = octets.toString("latin1", 0, DECLARATION_CHARACTERS_MAX);
  return /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9_:.-]{1,40})["']/i.exec(head)?.[1]?.toLowerCase();
}

function singleOctets(octets: Buffer, label: string): MessageText {
  return {
    text: octets.toString("latin1"),
    octetsPerCharacter: 1,
    decode: (part) => (/[\x80-\xff]/.test(part) ? decodeOctets(Buffer.from(part, "latin1"), label) : part),
    encode: (ascii) => Buffer.from(ascii, "latin1"),
  };
}

function decodeOctets(octets: Buffer, label: string): string {
  try {
    return new TextDecoder(label, { ignoreBOM: true }).decode(octets);
  } catch {
    return octets.toString("latin1"); // an encoding that this Node was built without
  }
}

function littleEndian(octets: Buffer): MessageText | undefined {
  if (octets.length % 2 !== 0) return undefined;
  return {
    text: octets.toString("utf16le"),
    octetsPerCharacter: 2,
    decode: (part) => part,
    encode: (ascii) => Buffer.from(ascii, "utf16le"),
  };
}

function bigEndian(octets: Buffer): MessageText | undefined {
  if (octets.length % 2 !== 0) return undefined;
  const text = Buffer.from(octets).swap16().toString("utf16le");
  return { text, octetsPerCharacter: 2, decode: (part) => part, encode: (ascii) => Buffer.from(ascii, "utf16le").swap16() };
}
