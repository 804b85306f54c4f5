/**
 * Walks through XML and tells where things are; reads nothing into them. One pass, no look back, bounded depth.
 * Not a validator: what it can't follow it gives up, and whoever asked leaves the document alone.
 * Spec: XML 1.0 2.4 to 2.8, 3.1. Layer: connection-requests, pure.
 */

export const WALK_LIMITS = {
  /** A CWMP message has about ten levels. */
  depthMax: 64,
  nameCharactersMax: 256,
} as const;

export interface WalkVisitor {
  /** `end`: behind the ">". `isEmpty`: `<a/>`, which is not closed again. */
  open(name: string, start: number, end: number, isEmpty: boolean): void;
  /** `start`: of the "</". */
  close(name: string, start: number): void;
  /** Characters between tags, as written; of a CDATA section what is in it. */
  characters(start: number, end: number, isCdata: boolean): void;
}

/** @returns false: it is not well-formed, has a document type, or goes too deep. What was told until then means nothing. */
export function walkXml(text: string, visitor: WalkVisitor): boolean {
  const open: string[] = [];
  let at = 0;
  let hasRoot = false;
  while (at < text.length) {
    const tag = text.indexOf("<", at);
    const end = tag < 0 ? text.length : tag;
    if (end > at && open.length > 0) visitor.characters(at, end, false);
    else if (open.length === 0 && !isBlank(text, at, end)) return false;
    if (tag < 0) break;
    const next = text.charCodeAt(tag + 1) === SLASH ? closeTag(text, tag, open, visitor) : other(text, tag, open, visitor);
    if (next < 0) return false;
    if (open.length === 0 && isElement(text, tag)) {
      if (hasRoot) return false;
      hasRoot = true;
    }
    at = next;
  }
  return hasRoot && open.length === 0;
}

const [SLASH, LESS, GREATER, QUOTE, APOSTROPHE] = [0x2f, 0x3c, 0x3e, 0x22, 0x27] as const;
const isElement = (text: string, tag: number): boolean => text[tag + 1] !== "!" && text[tag + 1] !== "?";

/** NULs and byte order marks, as octets or as one character, pad the messages of some devices. */
const PADDING = " \t\r\n\0\xef\xbb\xbf\ufeff";

function isBlank(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (!PADDING.includes(text.charAt(i))) return false;
  return true;
}

/** @returns Where it goes on, or -1. */
function other(text: string, tag: number, open: string[], visitor: WalkVisitor): number {
  if (text.startsWith("<!--", tag)) return behind(text, "-->", tag + 4);
  if (text.startsWith("<![CDATA[", tag)) {
    const end = text.indexOf("]]>", tag + 9);
    if (end < 0 || open.length === 0) return -1;
    visitor.characters(tag + 9, end, true);
    return end + 3;
  }
  if (text.startsWith("<?", tag)) return behind(text, "?>", tag + 2);
  if (text.startsWith("<!", tag)) return -1; // a document type may define what everything means
  return openTag(text, tag, open, visitor);
}

function behind(text: string, what: string, from: number): number {
  const found = text.indexOf(what, from);
  return found < 0 ? -1 : found + what.length;
}

function openTag(text: string, tag: number, open: string[], visitor: WalkVisitor): number {
  const nameEnd = endOfName(text, tag + 1);
  const last = nameEnd < 0 ? -1 : endOfTag(text, nameEnd);
  if (last < 0) return -1;
  const name = text.slice(tag + 1, nameEnd);
  const isEmpty = text.charCodeAt(last - 1) === SLASH;
  visitor.open(name, tag, last + 1, isEmpty);
  if (isEmpty) return last + 1;
  open.push(name);
  return open.length > WALK_LIMITS.depthMax ? -1 : last + 1;
}

function closeTag(text: string, tag: number, open: string[], visitor: WalkVisitor): number {
  const nameEnd = endOfName(text, tag + 2);
  const name = nameEnd < 0 ? "" : text.slice(tag + 2, nameEnd);
  let last = nameEnd;
  while (last >= 0 && " \t\r\n".includes(text[last] ?? "x")) last++;
  if (name === "" || name !== open.pop() || text[last] !== ">") return -1;
  visitor.close(name, tag);
  return last + 1;
}

/** By character code: what no name holds. */
const ENDS_NAME = new Uint8Array(128);
for (const character of " \t\r\n/><=\"'&") ENDS_NAME[character.charCodeAt(0)] = 1;

/** @returns -1: no name begins here, or it is too long. */
function endOfName(text: string, start: number): number {
  const last = Math.min(start + WALK_LIMITS.nameCharactersMax, text.length - 1);
  for (let i = start; i <= last; i++) if (ENDS_NAME[text.charCodeAt(i)] === 1) return i > start ? i : -1;
  return -1;
}

/** The ">" of a tag; those within quotes are not it. */
function endOfTag(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === GREATER) return i;
    if (code === LESS) return -1;
    if (code === QUOTE || code === APOSTROPHE) {
      i = text.indexOf(text.charAt(i), i + 1);
      if (i < 0) return -1;
    }
  }
  return -1;
}
