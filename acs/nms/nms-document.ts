/**
 * What all messages of voice-signalled management have in common: XML 1.0 with `standalone='no'`, an element on each line, small limits.
 * Spec: US 2012/0089717 A1 [0052] (XML), [0100], [0122] (declaration). Layer: codec, pure.
 */
import { decodeBody } from "../cwmp/decode-body.js";
import { MalformedMessage } from "../cwmp/malformed-message.js";
import { scanXml, type XmlLimits } from "../cwmp/scan-xml.js";
import { writeXml } from "../cwmp/write-xml.js";
import { type Element, optionalChild } from "../cwmp/xml.js";

/** `header/version` of what we write: the server's, and that of the format ([0103]). */
export const NMS_VERSION = "2.0";

export const NMS_LIMITS = {
  /** One message as sent. */
  bodyBytesMax: 262_144,
  /** Unicode characters of a name of a file, a version, an address. */
  textCharactersMax: 256,
  parametersMax: 256,
  /** Unicode characters of a parameter's value. */
  valueCharactersMax: 4_096,
} as const;

const XML_LIMITS: Partial<XmlLimits> = {
  charactersMax: NMS_LIMITS.bodyBytesMax,
  depthMax: 8,
  elementsMax: 4 * NMS_LIMITS.parametersMax,
  attributesPerElementMax: 8,
};

const DECLARATION = "<?xml version='1.0' standalone='no'?>";

/** One element on each line, as the document prints them. @throws {RangeError} A character that XML 1.0 can't carry. */
export function writeDocument(root: Element): string {
  return `${[DECLARATION, ...lines(root)].join("\n")}\n`;
}

function lines(element: Element): readonly string[] {
  if (element.children.length === 0) return [writeXml(element)];
  return [`<${element.name}>`, ...element.children.flatMap(lines), `</${element.name}>`];
}

/** @throws {MalformedMessage} No XML, or another root than these. */
export function readDocument(bytes: Uint8Array, contentType: string | undefined, roots: readonly string[]): Element {
  const root = scanXml(decodeBody(bytes, contentType).text, XML_LIMITS);
  if (roots.includes(root.localName.toLowerCase())) return root;
  throw new MalformedMessage(root.localName, `no message of ours: its root must be ${roots.join(" or ")}`);
}

/** Text of a child; "" if it is missing. @throws {MalformedMessage} It has more characters than that. */
export function textOf(parent: Element | undefined, name: string, charactersMax: number = NMS_LIMITS.textCharactersMax): string {
  const found = parent === undefined ? undefined : optionalChild(parent, name);
  const text = found?.text.trim() ?? "";
  if (text.length > charactersMax) throw new MalformedMessage(`${parent?.localName}/${name}`, `more than ${charactersMax} characters`);
  return text;
}
