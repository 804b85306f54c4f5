/**
 * References in XML: to characters by number, and to the five entities that need no DTD.
 * Spec: XML 1.0 (fifth edition) 4.1, 4.6. Layer: codec, pure.
 */
import { digitAt, isXmlCodePoint } from "./xml-characters.js";

const HASH = 0x23;
const SEMICOLON = 0x3b;
const LOWER_A = 0x61;
const LOWER_G = 0x67;
const LOWER_L = 0x6c;
const LOWER_M = 0x6d;
const LOWER_Q = 0x71;
const LOWER_X = 0x78;
const BEYOND_UNICODE = 0x110000;

/** Reads one reference after the other. Fields, not results: a text of 10 MB may be nothing but references. */
export class ReferenceReader {
  /** After the ";" of the one that was read last. */
  end = 0;
  /** Why the last one was none. */
  fault = "";
  /** Of references read so far. */
  count = 0;

  /** @param at Of its "&". @returns Its character; undefined where it is none: see `fault`. */
  read(text: string, at: number): string | undefined {
    this.count++;
    const code = text.charCodeAt(at + 1);
    return code === HASH ? this.#numbered(text, at + 2) : this.#named(text, at + 1, code);
  }

  #named(text: string, from: number, code: number): string | undefined {
    if (code === LOWER_L) return this.#entity(text, from, "lt;", "<");
    if (code === LOWER_G) return this.#entity(text, from, "gt;", ">");
    if (code === LOWER_Q) return this.#entity(text, from, "quot;", '"');
    if (code !== LOWER_A) return this.#entity(text, from, "", "");
    return text.charCodeAt(from + 1) === LOWER_M ? this.#entity(text, from, "amp;", "&") : this.#entity(text, from, "apos;", "'");
  }

  #entity(text: string, from: number, name: string, character: string): string | undefined {
    if (name !== "" && text.startsWith(name, from)) {
      this.end = from + name.length;
      return character;
    }
    this.fault = "a reference to an unknown entity";
    return undefined;
  }

  #numbered(text: string, from: number): string | undefined {
    const isHex = text.charCodeAt(from) === LOWER_X;
    const base = isHex ? 16 : 10;
    const first = isHex ? from + 1 : from;
    let code = 0;
    let at = first;
    for (let digit = digitAt(text, at); digit < base; digit = digitAt(text, ++at)) code = Math.min(code * base + digit, BEYOND_UNICODE);
    if (at > first && text.charCodeAt(at) === SEMICOLON && isXmlCodePoint(code)) {
      this.end = at + 1;
      return String.fromCodePoint(code);
    }
    this.fault = "a reference to no character";
    return undefined;
  }
}
