/**
 * A tree to XML text, in the one form that every known device reads: no declaration, no CDATA, no self-closing tags, ASCII only.
 * Spec: TR-069 3.4.1 (which characters become references); XML 1.0 2.2; digest 12 "output hygiene". Layer: codec, pure.
 */
import type { Attribute, Element } from "./xml.js";
import { illegalCharacterAt } from "./xml-characters.js";

/**
 * Writes an element and all below it. Text comes before children: mixed content has no order here, and no message has it.
 * @throws {RangeError} A character that XML 1.0 cannot carry. What reaches a message was either scanned, and has none, or came from a
 *   user whose input was checked (isXmlText).
 */
export function writeXml({ name, attributes, children, text }: Element): string {
  return `<${name}${attributes.map(writeAttribute).join("")}>${escapeText(text)}${children.map(writeXml).join("")}</${name}>`;
}

/** Whether a text can be sent at all. */
export function isXmlText(text: string): boolean {
  return illegalCharacterAt(text) < 0;
}

function writeAttribute({ name, value }: Attribute): string {
  return ` ${name}="${escapeWith(ATTRIBUTE_SPECIAL, value)}"`;
}

function escapeText(text: string): string {
  return escapeWith(TEXT_SPECIAL, text);
}

/** All but #9, #10 and #32 to #126 become references, so that no device needs to know an encoding. #9 and #10 would turn into spaces in attributes. */
const TEXT_SPECIAL = /[^\t\n\x20-\x7e]|[&<>"']/gu;
const ATTRIBUTE_SPECIAL = /[^\x20-\x7e]|[&<>"']/gu;

const NAMED: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&apos;"],
]);

function escapeWith(special: RegExp, text: string): string {
  if (!special.test(text)) return text;
  special.lastIndex = 0;
  const illegal = illegalCharacterAt(text);
  if (illegal >= 0) throw new RangeError(`character ${illegal} of a text cannot be sent in XML 1.0`);
  return text.replace(special, (character) => NAMED.get(character) ?? `&#${character.codePointAt(0)};`);
}
