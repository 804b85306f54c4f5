/**
 * The bytes of a request or response body to XML text. Wrong bytes are repaired by named rules, each use counted, never silently.
 * Spec: TR-069 3.4.1, RFC 7303 3 (which charset wins), XML 1.0 appendix F; field quirks 9, 10, 34, 36. Layer: codec, pure.
 */
import { isAscii, isUtf8 } from "node:buffer";
import { TextDecoder } from "node:util";
import { XML_LIMITS } from "./scan-xml.js";
import { digitAt, isXmlCodePoint } from "./xml-characters.js";

export interface DecodedBody {
  /** Without blanks at either end: "" if there is nothing else, which makes the body an empty one (field quirk 36). */
  readonly text: string;
  /** Rules that had to be used, each once, in the order they were. Empty for a clean body. */
  readonly repairs: readonly Repair[];
}

export interface Repair {
  readonly rule: RepairRule;
  /** How often it changed something. */
  readonly count: number;
}

export type RepairRule =
  /** The body names an encoding that does not exist, or that these bytes cannot be in: read as if it named none. */
  | "unusable-charset"
  /** Declared to be UTF-8, and mostly is: each wrong sequence became U+FFFD. */
  | "invalid-utf8"
  /** Names no encoding and is no UTF-8: read as ISO 8859-1 (windows-1252, its superset in use). */
  | "taken-for-latin1"
  /** Characters that XML 1.0 does not allow were dropped, NUL padding among them. */
  | "control-character"
  /** References to such characters, as "&#2;", were dropped. */
  | "control-reference"
  /** Blanks or line ends before the XML declaration were dropped. */
  | "blank-before-declaration"
  /** A byte order mark after the end was dropped. */
  | "trailing-bom";

/**
 * Decodes a body.
 * @param contentType The Content-Type header, if any. Its charset wins over the XML declaration, a byte order mark over both.
 */
export function decodeBody(bytes: Uint8Array, contentType?: string): DecodedBody {
  if (bytes.length > PIECE_BYTES) {
    const start = decodeWhole(bytes.subarray(0, endOfPiece(bytes, PIECE_BYTES)), contentType);
    // What does not begin as a document is refused, whatever follows: no more of it is looked at.
    if (start.text !== "" && !start.text.startsWith("<")) return start;
  }
  return decodeWhole(bytes, contentType);
}

function decodeWhole(bytes: Uint8Array, contentType: string | undefined): DecodedBody {
  const repairs: Repair[] = [];
  return { text: repairText(decodeBytes(bytes, contentType ?? "", repairs), repairs), repairs };
}

/** One side of the decision: what the body says it is in, if anything. */
function decodeBytes(bytes: Uint8Array, contentType: string, repairs: Repair[]): string {
  const marked = byteOrderMark(bytes);
  if (marked !== undefined) {
    const rest = bytes.subarray(marked.bytes);
    return marked.label === "utf-8" ? decodeUtf8(rest, true, repairs) : decodeUtf16(rest, marked.label);
  }
  const wide = unmarkedUtf16(bytes);
  if (wide !== undefined) return decodeUtf16(bytes, wide);
  const named = headerCharset(contentType) ?? declaredCharset(bytes);
  if (named === undefined) return decodeUtf8(bytes, false, repairs);
  if (UTF8_LABEL.test(named)) return decodeUtf8(bytes, true, repairs); // a decoder is dear, and this is what nearly all say
  const decoder = eightBitDecoder(named);
  if (decoder?.encoding === "windows-1252") return decodeWindows1252(bytes);
  if (decoder !== undefined && decoder.encoding !== "utf-8") return decodeByPieces(bytes, decoder);
  if (decoder === undefined) repairs.push({ rule: "unusable-charset", count: 1 });
  return decodeUtf8(bytes, decoder !== undefined, repairs);
}

type Wide = "utf-16le" | "utf-16be";

function byteOrderMark(bytes: Uint8Array): { readonly label: "utf-8" | Wide; readonly bytes: number } | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return { label: "utf-8", bytes: 3 };
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { label: "utf-16le", bytes: 2 };
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { label: "utf-16be", bytes: 2 };
  return undefined;
}

/** XML 1.0 F.1: an XML document begins with "<", which shows the width of its characters. */
function unmarkedUtf16(bytes: Uint8Array): Wide | undefined {
  if (bytes[0] === 0x3c && bytes[1] === 0x00) return "utf-16le";
  return bytes[0] === 0x00 && bytes[1] === 0x3c ? "utf-16be" : undefined;
}

const HEADER_CHARSET = /;[ \t]{0,8}charset[ \t]{0,8}=[ \t]{0,8}["']?([\w.:-]{1,40})/i;
const DECLARATION_CHARSET = /^\s{0,64}<\?xml\s[^>]{0,200}?encoding\s{0,8}=\s{0,8}["']([\w.:-]{1,40})["']/;
const UTF8_LABEL = /^utf-?8$/i;
/** A longer XML declaration is not looked into. */
const DECLARATION_BYTES_MAX = 320;

function headerCharset(contentType: string): string | undefined {
  return HEADER_CHARSET.exec(contentType)?.[1];
}

function declaredCharset(bytes: Uint8Array): string | undefined {
  return DECLARATION_CHARSET.exec(latin1(bytes.subarray(0, DECLARATION_BYTES_MAX)))?.[1];
}

/** A decoder for an encoding that extends ASCII; undefined if there is none of that name: bytes that begin with "<" are in no UTF-16. */
function eightBitDecoder(label: string): TextDecoder | undefined {
  try {
    const decoder = new TextDecoder(label);
    return decoder.encoding.startsWith("utf-16") ? undefined : decoder;
  } catch {
    return undefined;
  }
}

/** Half a pair stays one, which makes the message malformed; a TextDecoder would repair it, in ten times the time where all are halves. */
function decodeUtf16(bytes: Uint8Array, label: Wide): string {
  const whole = bytes.subarray(0, bytes.length - (bytes.length % 2));
  const units = label === "utf-16le" ? asBuffer(whole) : Buffer.from(whole).swap16();
  const text = units.toString("utf16le");
  return whole.length < bytes.length ? `${text}\ufffd` : text;
}

function decodeUtf8(bytes: Uint8Array, declared: boolean, repairs: Repair[]): string {
  if (isAscii(bytes)) return latin1(bytes);
  if (isUtf8(bytes)) return asBuffer(bytes).toString("utf8");
  if (!declared) {
    repairs.push({ rule: "taken-for-latin1", count: countHighBytes(bytes) });
    return decodeWindows1252(bytes);
  }
  const { text, count } = repairUtf8(bytes);
  repairs.push({ rule: "invalid-utf8", count });
  return text;
}

/** A body with more wrong sequences is no text: what follows is left out, and the message is malformed for lack of its end. */
const WRONG_SEQUENCES_MAX = 65_536;
const PIECE_BYTES = 65_536;

function repairUtf8(bytes: Uint8Array): { readonly text: string; readonly count: number } {
  let text = "";
  let count = 0;
  for (let from = 0; from < bytes.length && count <= WRONG_SEQUENCES_MAX; ) {
    const to = endOfPiece(bytes, from + PIECE_BYTES);
    const piece = bytes.subarray(from, to);
    const decoded = asBuffer(piece).toString("utf8");
    if (!isUtf8(piece)) count += countOf("\ufffd", decoded) - countSent(piece);
    text += decoded;
    from = to;
  }
  return { text, count };
}

/** The decoders of double-byte encodings take 20 times as long for wrong sequences as for right ones. */
function decodeByPieces(bytes: Uint8Array, decoder: TextDecoder): string {
  let text = "";
  let wrong = 0;
  for (let from = 0; from < bytes.length && wrong <= WRONG_SEQUENCES_MAX; from += PIECE_BYTES) {
    const piece = decoder.decode(bytes.subarray(from, from + PIECE_BYTES), { stream: from + PIECE_BYTES < bytes.length });
    wrong += countOf("\ufffd", piece);
    text += piece;
  }
  return text;
}

/** UTF-16 units by their windows-1252 bytes: it differs from ISO 8859-1 in 0x80 to 0x9f. */
const WINDOWS_1252 = Uint16Array.from(new TextDecoder("windows-1252").decode(Uint8Array.from({ length: 256 }, (_, byte) => byte)), (unit) =>
  unit.charCodeAt(0),
);

/** By a table where it matters: a TextDecoder takes ten times as long as ISO 8859-1. */
function decodeWindows1252(bytes: Uint8Array): string {
  const text = latin1(bytes);
  if (!/[\x80-\x9f]/.test(text)) return text;
  const units = Buffer.allocUnsafe(bytes.length * 2);
  for (let at = 0; at < bytes.length; at++) units.writeUInt16LE(WINDOWS_1252[bytes[at] ?? 0] ?? 0, at * 2);
  return units.toString("utf16le");
}

/** At the latest at `to`, but not inside a sequence: before a first byte whose other bytes would follow. */
function endOfPiece(bytes: Uint8Array, to: number): number {
  if (to >= bytes.length) return bytes.length;
  for (let at = to; at > to - 4; at--) if (((bytes[at] ?? 0) & 0xc0) !== 0x80) return at;
  return to;
}

/** U+FFFD that the device itself sent is no repair of ours. */
function countSent(bytes: Uint8Array): number {
  return countOf("\xef\xbf\xbd", latin1(bytes));
}

function countOf(what: string, text: string): number {
  let count = 0;
  for (let at = text.indexOf(what); at >= 0; at = text.indexOf(what, at + what.length)) count++;
  return count;
}

function countHighBytes(bytes: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < bytes.length; at++) count += (bytes[at] ?? 0) >> 7;
  return count;
}

function latin1(bytes: Uint8Array): string {
  return asBuffer(bytes).toString("latin1");
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const DROPPED = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]+/;
const DROPPED_ALL = new RegExp(DROPPED, "g");

function repairText(decoded: string, repairs: Repair[]): string {
  const text = DROPPED.test(decoded) ? dropControlCharacters(decoded, repairs) : decoded;
  return trimEnds(text.includes("&#") ? dropControlReferences(text, repairs) : text, repairs);
}

function dropControlCharacters(text: string, repairs: Repair[]): string {
  const kept = text.replace(DROPPED_ALL, "");
  repairs.push({ rule: "control-character", count: text.length - kept.length });
  return kept;
}

/** A body with more is refused by scanXml: for their number, or for the first that is left to a wrong character. */
const NUMERIC_REFERENCES_MAX = XML_LIMITS.referencesMax;

/** By hand, not by a replacing function: 16 MiB of such references must not stop the server for seconds. */
function dropControlReferences(text: string, repairs: Repair[]): string {
  let kept = "";
  let from = 0;
  let count = 0;
  let looked = 0;
  for (let at = nextReference(text, 0); at >= 0 && looked < NUMERIC_REFERENCES_MAX; at = nextReference(text, at)) {
    looked++;
    const end = endOfWrongReference(text, at);
    if (end > 0) {
      if (at > from) kept += text.slice(from, at);
      from = end;
      count++;
    }
    at = Math.max(end, at + 2);
  }
  if (count > 0) repairs.push({ rule: "control-reference", count });
  return kept + text.slice(from);
}

/** One right after the other needs no search. */
function nextReference(text: string, from: number): number {
  return text.charCodeAt(from) === AMPERSAND && text.charCodeAt(from + 1) === HASH ? from : text.indexOf("&#", from);
}

const AMPERSAND = 0x26;
const HASH = 0x23;
const DECIMAL_DIGITS_MAX = 10;
const HEX_DIGITS_MAX = 8;
const SEMICOLON = 0x3b;

/** After the ";" of the reference that begins at `at`; 0 where it is none, or to a character that may be, or of more digits than any has. */
function endOfWrongReference(text: string, at: number): number {
  // "&#x" and, against the letter of the standard, "&#X" begin a hexadecimal one.
  const isHex = (text.charCodeAt(at + 2) | 0x20) === 0x78;
  const base = isHex ? 16 : 10;
  const first = at + (isHex ? 3 : 2);
  const last = first + (isHex ? HEX_DIGITS_MAX : DECIMAL_DIGITS_MAX);
  let code = 0;
  let end = first;
  for (let digit = digitAt(text, end); end < last && digit < base; digit = digitAt(text, ++end)) code = code * base + digit;
  return end > first && text.charCodeAt(end) === SEMICOLON && !isXmlCodePoint(code) ? end + 1 : 0;
}

/** Blanks after the root are well-formed and blanks before it too, but not before an XML declaration. */
function trimEnds(text: string, repairs: Repair[]): string {
  const start = text.trimStart();
  if (start.length < text.length && start.startsWith("<?xml")) repairs.push({ rule: "blank-before-declaration", count: 1 });
  return trimEnd(start, repairs);
}

function trimEnd(text: string, repairs: Repair[]): string {
  const trimmed = text.trimEnd(); // takes U+FEFF as well
  const boms = countOf("\ufeff", text.slice(trimmed.length));
  if (boms > 0) repairs.push({ rule: "trailing-bom", count: boms });
  return trimmed;
}
