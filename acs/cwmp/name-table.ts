/**
 * Names and short attribute values that documents repeat, kept once: less memory per tree, and comparing them compares pointers.
 * Layer: codec, pure (it remembers, but what it returns depends on the arguments only).
 */
import { withoutPrefix } from "./xml.js";

export interface XmlName {
  readonly name: string;
  readonly localName: string;
}

/** Slots per table, a power of two. With the longest remembered string this bounds what hostile documents can leave here: 1 MiB. */
const SLOTS = 4_096;
const REMEMBERED_CHARACTERS_MAX = 64;

/** One remembered string per slot, and a second place beside it for the one it drove out. The newest wins, so nobody can fill it for good. */
export class NameTable {
  private readonly names: (XmlName | undefined)[] = new Array<XmlName | undefined>(SLOTS).fill(undefined);
  private readonly texts: (string | undefined)[] = new Array<string | undefined>(SLOTS).fill(undefined);

  /** The name that stands in `source` from `from` up to `to`; `hash` is any number made of its characters. */
  name(source: string, from: number, to: number, hash: number): XmlName {
    const slot = (hash ^ (hash >>> 12)) & (SLOTS - 1);
    const known = this.names[slot];
    if (known !== undefined && known.name.length === to - from && source.startsWith(known.name, from)) return known;
    return this.otherName(source, from, to, slot);
  }

  private otherName(source: string, from: number, to: number, slot: number): XmlName {
    const second = this.names[slot ^ 1];
    if (second !== undefined && second.name.length === to - from && source.startsWith(second.name, from)) return second;
    const name = internalized(source.slice(from, to));
    const made = { name, localName: name.includes(":") ? internalized(withoutPrefix(name)) : name };
    if (to - from > REMEMBERED_CHARACTERS_MAX) return made;
    this.names[slot ^ 1] = this.names[slot];
    this.names[slot] = made;
    return made;
  }

  /** The same for other short strings. */
  text(source: string, from: number, to: number, hash: number): string {
    const slot = (hash ^ (hash >>> 12)) & (SLOTS - 1);
    const known = this.texts[slot];
    if (known !== undefined && known.length === to - from && source.startsWith(known, from)) return known;
    return this.otherText(source, from, to, slot);
  }

  private otherText(source: string, from: number, to: number, slot: number): string {
    const second = this.texts[slot ^ 1];
    if (second !== undefined && second.length === to - from && source.startsWith(second, from)) return second;
    if (to - from > REMEMBERED_CHARACTERS_MAX) return source.slice(from, to);
    const made = internalized(source.slice(from, to));
    this.texts[slot ^ 1] = this.texts[slot];
    this.texts[slot] = made;
    return made;
  }
}

/** The same string in the engine's own table of property names: a copy that does not hold on to the document it was cut from. */
function internalized(text: string): string {
  return Object.keys({ [text]: 0 })[0] ?? text;
}
