/**
 * The tree between XML text and typed messages, and the lenient ways to look into it: real devices vary prefixes, case and blanks.
 * Spec: TR-069 3.5; field quirks 5, 6, 45 (digest 12). Layer: codec, pure.
 */
import { MalformedMessage } from "./malformed-message.js";

export interface Attribute {
  /** As written: "xsi:type". */
  readonly name: string;
  readonly localName: string;
  /** References resolved, blanks normalised (XML 1.0 3.3.3). */
  readonly value: string;
}

/** All fields always present and in this order, so that scanned and built elements share one hidden class. */
export interface Element {
  /** As written: "cwmp:Inform". */
  readonly name: string;
  /** Without the prefix: "Inform". */
  readonly localName: string;
  readonly attributes: readonly Attribute[];
  readonly children: readonly Element[];
  /** Its own character data as sent, references resolved. Blank runs beside child elements are layout and left out. */
  readonly text: string;
}

export type Content = Element | string | readonly Element[];

/** Shared by all elements without children or attributes. */
export const NO_ELEMENTS: readonly Element[] = Object.freeze([]);
export const NO_ATTRIBUTES: readonly Attribute[] = Object.freeze([]);

/** Builds an element. Strings are its text; an array of elements is taken in order, however long. */
export function el(name: string, attributes: Readonly<Record<string, string>>, ...content: readonly Content[]): Element {
  const children: Element[] = [];
  let text = "";
  for (const item of content) {
    if (typeof item === "string") text += item;
    else if ("localName" in item) children.push(item);
    else for (const one of item) children.push(one);
  }
  const named = Object.entries(attributes).map(([key, value]) => ({ name: key, localName: withoutPrefix(key), value }));
  return {
    name,
    localName: withoutPrefix(name),
    attributes: named.length === 0 ? NO_ATTRIBUTES : named,
    children: children.length === 0 ? NO_ELEMENTS : children,
    text,
  };
}

/** "cwmp:Inform" gives "Inform"; "Inform" stays. Prefixes are free, and some devices never declare theirs. */
export function withoutPrefix(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

/** First child of that local name; failing that, first one that differs in case only; else undefined. */
export function optionalChild(element: Element, localName: string): Element | undefined {
  const all = element.children;
  for (let i = 0; i < all.length; i++) {
    const one = all[i];
    if (one !== undefined && one.localName === localName) return one;
  }
  const wanted = localName.toLowerCase();
  return all.find(({ localName: name }) => name.length === wanted.length && name.toLowerCase() === wanted);
}

/** @throws {MalformedMessage} No such child; the path ends in the name that was missed. */
export function child(element: Element, localName: string): Element {
  const found = optionalChild(element, localName);
  if (found === undefined) throw new MalformedMessage(`${element.localName}/${localName}`, "missing");
  return found;
}

/** All children of that local name, in order; if there is none, those that differ in case only. What else stands between them is ignored. */
export function children(element: Element, localName: string): readonly Element[] {
  const all = element.children;
  if (all.every((one) => one.localName === localName)) return all;
  const exact = all.filter((one) => one.localName === localName);
  if (exact.length > 0) return exact;
  const wanted = localName.toLowerCase();
  return all.filter((one) => one.localName.toLowerCase() === wanted);
}

/**
 * Text of the child of that name, without blanks around it (they come from layout and from sloppy devices).
 * Where blanks can be content, as in a parameter's Value, read `child(...).text`.
 * @throws {MalformedMessage} No such child.
 */
export function childText(element: Element, localName: string): string {
  return child(element, localName).text.trim();
}

/** As childText; "" if the child is missing, for what digest 12 says devices leave out. */
export function optionalText(element: Element, localName: string): string {
  return optionalChild(element, localName)?.text.trim() ?? "";
}

/** Value of an attribute. The name as written wins, else any prefix will do: prefixes are undeclared or differ in the field. */
export function attribute(element: Element, name: string): string | undefined {
  const all = element.attributes;
  for (let i = 0; i < all.length; i++) {
    const one = all[i];
    if (one !== undefined && one.name === name) return one.value;
  }
  if (all.length === 0) return undefined;
  const wanted = withoutPrefix(name).toLowerCase();
  return all.find((one) => one.localName.toLowerCase() === wanted && !one.name.startsWith("xmlns:"))?.value;
}
