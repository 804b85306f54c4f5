/**
 * What the relay looks for in a CWMP message, and where: its kind, the device, and the values of a few parameters. Everything else is
 * passed over. Tolerant of prefixes, white space, CDATA, and of Value before Name, as devices write them.
 * Spec: TR-069 3.5, A.3.2.1, A.3.2.2, A.3.3.1. Layer: connection-requests, pure.
 */
import type { MessageText } from "./message-text.js";
import { walkXml } from "./walk-xml.js";

export const MESSAGE_LIMITS = {
  /** Longer texts of elements that we look at are not read. */
  textCharactersMax: 1_024,
  /** Values that we look for, of one message. */
  valuesMax: 1_000,
} as const;

/** Where the text of an element is, in characters of the message. "tag": it has none, `<Value/>` from the "/" on. */
export type Place =
  | { readonly in: "content"; readonly start: number; readonly end: number }
  | { readonly in: "tag"; readonly start: number; readonly end: number; readonly name: string };

export interface SeenValue {
  readonly name: string;
  readonly text: string;
  readonly place: Place;
}

export interface SeenDevice {
  readonly oui: string;
  readonly productClass: string;
  readonly serialNumber: string;
}

export interface SeenMessage {
  /** Local name of the first element of the Body: "Inform", "GetParameterValuesResponse", "Fault" … */
  readonly kind: string;
  /** Of the Header; "": there is none. */
  readonly id: string;
  /** Of an Inform that names all of it. */
  readonly device: SeenDevice | undefined;
  readonly values: readonly SeenValue[];
}

/** @param isWanted Which parameters' values to bring. @returns undefined: not a CWMP message, or not one that we understand. */
export function readMessage(message: MessageText, isWanted: (parameter: string) => boolean): SeenMessage | undefined {
  const reader = new Reader(message, isWanted);
  return walkXml(message.text, reader) ? reader.result() : undefined;
}

interface Leaf {
  text: string;
  /** It has elements, or is too long: not what we look for. */
  isOther: boolean;
  place: Place;
}

const CARRIERS = new Set(["Inform", "GetParameterValuesResponse", "SetParameterValues"]);
const local = (name: string): string => name.slice(name.indexOf(":") + 1);

class Reader {
  readonly #message: MessageText;
  readonly #isWanted: (parameter: string) => boolean;
  /** Local names of what is open. */
  readonly #path: string[] = [];
  #bodies = 0;
  /** Elements seen in the Body; the first one is the message. */
  #children = 0;
  #kind = "";
  #id = "";
  readonly #deviceId = new Map<string, string>();
  #leaf: Leaf | undefined;
  #name: Leaf | undefined;
  #value: Leaf | undefined;
  readonly #values: SeenValue[] = [];

  constructor(message: MessageText, isWanted: (parameter: string) => boolean) {
    this.#message = message;
    this.#isWanted = isWanted;
  }

  result(): SeenMessage | undefined {
    if (this.#bodies !== 1 || this.#kind === "") return undefined;
    const [oui, productClass = "", serialNumber] = ["OUI", "ProductClass", "SerialNumber"].map((part) => this.#deviceId.get(part));
    const device = this.#kind === "Inform" && oui && serialNumber ? { oui, productClass, serialNumber } : undefined;
    return { kind: this.#kind, id: this.#id, device, values: this.#values };
  }

  open(name: string, start: number, end: number, isEmpty: boolean): void {
    if (this.#leaf !== undefined) this.#leaf.isOther = true;
    this.#path.push(local(name));
    this.#enter();
    // The "/" is the last character before the ">".
    const place: Place = isEmpty ? { in: "tag", start: end - 2, end, name } : { in: "content", start: end, end };
    // A value that is said to be none can't be given one by its text alone.
    if (this.#isLeaf()) this.#leaf = { text: "", isOther: /[\s:]nil\s*=/.test(this.#message.text.slice(start, end)), place };
    if (isEmpty) this.close(name, start);
  }

  close(_name: string, start: number): void {
    if (this.#leaf !== undefined && this.#isLeaf()) {
      const { place } = this.#leaf;
      this.#take(place.in === "content" ? { ...this.#leaf, place: { ...place, end: start } } : this.#leaf);
      this.#leaf = undefined;
    }
    if (this.#isStruct()) this.#takeStruct();
    this.#path.pop();
  }

  characters(start: number, end: number, isCdata: boolean): void {
    const leaf = this.#leaf;
    if (leaf === undefined || leaf.isOther) return;
    if (leaf.text.length + end - start > MESSAGE_LIMITS.textCharactersMax) leaf.isOther = true;
    else leaf.text += this.#read(this.#message.text.slice(start, end), isCdata);
  }

  #read(raw: string, isCdata: boolean): string {
    const text = this.#message.decode(raw);
    return isCdata || !text.includes("&") ? text : text.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|\w{1,8});/gi, entityOf);
  }

  #enter(): void {
    const path = this.#path;
    if (path[0] !== "Envelope") return;
    if (path.length === 2 && path[1] === "Body") this.#bodies++;
    if (path.length === 3 && path[1] === "Body" && ++this.#children === 1) this.#kind = path[2] ?? "";
    if (this.#isStruct()) [this.#name, this.#value] = [undefined, undefined];
  }

  /** In the first element of the Body. */
  #isBelow(...names: readonly string[]): boolean {
    const path = this.#path;
    if (path.length !== names.length + 3 || this.#children !== 1 || path[1] !== "Body" || path[0] !== "Envelope") return false;
    return names.every((name, i) => path[i + 3] === name);
  }

  #isStruct(): boolean {
    return CARRIERS.has(this.#kind) && this.#isBelow("ParameterList", "ParameterValueStruct");
  }

  #isLeaf(): boolean {
    const path = this.#path;
    const name = path.at(-1) ?? "";
    if (path.length === 3) return path[0] === "Envelope" && path[1] === "Header" && name === "ID";
    if (path.length === 5) return this.#kind === "Inform" && this.#isBelow("DeviceId", name);
    const isOfStruct = path.length === 6 && (name === "Name" || name === "Value");
    return isOfStruct && CARRIERS.has(this.#kind) && this.#isBelow("ParameterList", "ParameterValueStruct", name);
  }

  #take(leaf: Leaf): void {
    const name = this.#path.at(-1) ?? "";
    if (this.#path.length === 6) {
      if (name === "Name") this.#name = leaf;
      else this.#value = leaf;
    } else if (this.#path.length === 5) this.#deviceId.set(name, leaf.isOther ? "" : leaf.text.trim());
    else if (!leaf.isOther) this.#id = leaf.text.trim();
  }

  #takeStruct(): void {
    const [name, value] = [this.#name, this.#value];
    if (name === undefined || value === undefined || name.isOther || value.isOther) return;
    const parameter = name.text.trim();
    if (this.#values.length < MESSAGE_LIMITS.valuesMax && this.#isWanted(parameter))
      this.#values.push({ name: parameter, text: value.text, place: value.place });
  }
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function entityOf(written: string, name: string): string {
  if (!name.startsWith("#")) return ENTITIES[name] ?? written;
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : written;
}
