/**
 * A string cut from a document keeps the whole document in memory. What outlives its message is detached first.
 * Layer: codec, pure.
 */

/** Shorter pieces are copied by the engine anyway. */
const COPIED_ANYWAY = 12;

/** An equal string with characters of its own. */
export function detached(text: string): string {
  if (text.length <= COPIED_ANYWAY) return text;
  return Buffer.from(text, "utf16le").toString("utf16le");
}
