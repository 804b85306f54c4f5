/**
 * Which characters XML 1.0 allows, and where.
 * Spec: XML 1.0 (fifth edition) 2.2, 2.3. Layer: codec, pure.
 */

/** Bits of a character's class in CHARACTER_CLASS. */
export const NAME_START = 1;
export const NAME = 2;
export const SPACE = 4;

/** XML 1.0 2.3 [4], [4a], plus the colon. Planes above 0 come as surrogate pairs: D800-DB7F are the high halves of U+10000-U+EFFFF. */
const NAME_START_RANGES = [
  [0x3a, 0x3a],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
  [0xc0, 0xd6],
  [0xd8, 0xf6],
  [0xf8, 0x2ff],
  [0x370, 0x37d],
  [0x37f, 0x1fff],
  [0x200c, 0x200d],
  [0x2070, 0x218f],
  [0x2c00, 0x2fef],
  [0x3001, 0xd7ff],
  [0xd800, 0xdb7f],
  [0xf900, 0xfdcf],
  [0xfdf0, 0xfffd],
] as const;
const NAME_ONLY_RANGES = [
  [0x2d, 0x2e],
  [0x30, 0x39],
  [0xb7, 0xb7],
  [0x300, 0x36f],
  [0x203f, 0x2040],
  [0xdc00, 0xdfff],
] as const;

/** Class bits of each UTF-16 code unit. */
export const CHARACTER_CLASS: Uint8Array = characterClasses();

function characterClasses(): Uint8Array {
  const classes = new Uint8Array(65_536);
  for (const [first, last] of NAME_START_RANGES) classes.fill(NAME_START | NAME, first, last + 1);
  for (const [first, last] of NAME_ONLY_RANGES) classes.fill(NAME, first, last + 1);
  for (const space of [0x20, 0x09, 0x0a, 0x0d]) classes[space] = SPACE;
  return classes;
}

/** XML 1.0 2.2 [2], by its complement: what no document may hold, not even as a character reference. */
const ILLEGAL = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** Index of the first character that XML 1.0 cannot carry, or -1. Lone surrogates are such characters. */
export function illegalCharacterAt(text: string): number {
  return text.search(ILLEGAL);
}

/** Whether a code point may stand in a document. XML 1.0 2.2 [2]. */
export function isXmlCodePoint(code: number): boolean {
  if (code < 0x20) return code === 0x09 || code === 0x0a || code === 0x0d;
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff);
}

/** Value of a digit of any base up to 16; 16 for what is none. */
export function digitAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : 16;
}
