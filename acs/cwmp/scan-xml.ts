/**
 * XML text to a tree: a strict scanner of one pass, with linear work and named limits. No DTD, so no entities of its own and nothing to expand.
 * Spec: XML 1.0 (fifth edition); TR-069 3.5; SOAP 1.1 3 (no DTD). Layer: codec, pure.
 *
 * Texts are slices of the source, which stays in memory while one of them does: whoever keeps a value beyond its session copies it
 * (detached.ts), or stores it as bytes.
 */
import { LimitExceeded, MalformedMessage } from "./malformed-message.js";
import { NameTable, type XmlName } from "./name-table.js";
import { type Attribute, type Element, NO_ATTRIBUTES, NO_ELEMENTS } from "./xml.js";
import { CHARACTER_CLASS, illegalCharacterAt, NAME, NAME_START, SPACE } from "./xml-characters.js";
import { ReferenceReader } from "./xml-references.js";

export interface XmlLimits {
  /** UTF-16 units of the whole text. */
  readonly charactersMax: number;
  /** Elements inside each other; the root is 1. */
  readonly depthMax: number;
  readonly elementsMax: number;
  /** Characters so far for each element so far, from DENSE_ELEMENTS_MAX elements on: messages are not made of bare tags. */
  readonly charactersPerElementMin: number;
  readonly attributesPerElementMax: number;
  readonly attributeCharactersMax: number;
  /** UTF-16 units of an element's or attribute's name. */
  readonly nameCharactersMax: number;
  /** UTF-16 units of one element's own text. */
  readonly textCharactersMax: number;
  /** Each costs as much as a hundred plain characters. */
  readonly referencesMax: number;
}

/** A full 16 MiB of the smallest parameters has about 430,000 elements. */
export const XML_LIMITS: XmlLimits = {
  charactersMax: 16 * 1_048_576,
  depthMax: 64,
  elementsMax: 500_000,
  charactersPerElementMin: 24,
  attributesPerElementMax: 64,
  attributeCharactersMax: 4_096,
  nameCharactersMax: 256,
  textCharactersMax: 10 * 1_048_576,
  referencesMax: 131_072,
};

/**
 * Reads a whole document.
 * @returns The root element. Comments and processing instructions are skipped; namespaces are left as written.
 * @throws {MalformedMessage} Not well-formed, or it has a DTD. @throws {LimitExceeded} Larger than `limits`.
 */
export function scanXml(text: string, limits?: Partial<XmlLimits>): Element {
  const all = limits === undefined ? XML_LIMITS : { ...XML_LIMITS, ...limits };
  if (text.length > all.charactersMax) throw new LimitExceeded("", "charactersMax", all.charactersMax);
  const start = text.search(/[^ \t\r\n\ufeff]/);
  // What does not even begin as a document is not looked through.
  const illegal = illegalCharacterAt(start >= 0 && text.charCodeAt(start) !== LESS ? text.slice(0, start + 2) : text);
  if (illegal >= 0) throw new MalformedMessage("", `a character that XML 1.0 does not allow, at character ${illegal}`);
  return new Scanner(text.includes("\r") ? withLineFeeds(text) : text, all).document();
}

/** XML 1.0 2.11: a line ends in LF, whatever was sent. Split and join: a replacing pattern takes seconds for 16 MiB of CR. */
function withLineFeeds(text: string): string {
  return text.split("\r\n").join("\n").split("\r").join("\n");
}

/** So many elements may stand as close together as they like. */
const DENSE_ELEMENTS_MAX = 16_384;

const names = new NameTable();

const BANG = 0x21;
const DOUBLE_QUOTE = 0x22;
const APOSTROPHE = 0x27;
const SLASH = 0x2f;
const LESS = 0x3c;
const EQUALS = 0x3d;
const GREATER = 0x3e;
const QUESTION = 0x3f;

/** An element whose end tag has not come. `mark` is where its children begin among the finished ones. */
interface OpenElement {
  readonly name: XmlName;
  readonly attributes: readonly Attribute[];
  readonly mark: number;
  text: string;
}

class Scanner {
  private readonly text: string;
  private readonly limits: XmlLimits;
  /** Up to here nothing is looked at. */
  private elementsAllowed: number;
  private at = 0;
  private elements = 0;
  private readonly open: OpenElement[] = [];
  /** Finished elements whose parent is still open; each end tag takes its children from the top. */
  private readonly finished: Element[] = [];
  /** First "&" and first "]]>" at or after what was last asked: each search goes on where the last one ended, so all of them are one pass. */
  private nextReference = -1;
  private nextCdataEnd = -1;
  private readonly references = new ReferenceReader();

  constructor(text: string, limits: XmlLimits) {
    this.text = text;
    this.limits = limits;
    this.elementsAllowed = Math.min(limits.elementsMax, DENSE_ELEMENTS_MAX);
  }

  document(): Element {
    this.prolog();
    this.startTag();
    while (this.open.length > 0) this.content();
    this.misc();
    if (this.at < this.text.length) this.fail("something follows the root element");
    const root = this.finished[0];
    if (root === undefined) throw new Error("a document without root was not refused"); // our bug
    return root;
  }

  private prolog(): void {
    if (this.text.charCodeAt(0) === 0xfeff) this.at = 1;
    if (this.text.startsWith("<?xml", this.at) && this.classAt(this.at + 5) === SPACE) this.declaration();
    this.misc();
    if (this.at >= this.text.length) this.fail("no root element");
    if (this.text.startsWith("<!DOCTYPE", this.at)) this.fail("a document type declaration (SOAP 1.1 3 forbids it)");
    if (this.text.charCodeAt(this.at) !== LESS) this.fail("text before the root element");
  }

  /** XML 1.0 2.8 [23]. Which encoding it names was the business of decode-body.ts. */
  private declaration(): void {
    const from = this.at;
    this.at += 5;
    const pairs = this.attributes();
    if (!this.text.startsWith("?>", this.at)) this.fail("an XML declaration without end");
    this.at += 2;
    const order = pairs.map((pair) => pair.name).join(" ");
    const literal = !this.text.slice(from, this.at).includes("&"); // its values are no attribute values: nothing is resolved in them
    if (!literal || !DECLARATION_ORDERS.has(order) || !pairs.every(isDeclarationPair)) this.fail("not an XML declaration of XML 1.0");
  }

  /** Blanks, comments and processing instructions outside the root. */
  private misc(): void {
    for (;;) {
      this.skipBlanks();
      if (this.text.startsWith("<!--", this.at)) this.comment();
      else if (this.text.startsWith("<?", this.at)) this.instruction();
      else return;
    }
  }

  /** One run of text and the markup after it, inside the innermost open element. */
  private content(): void {
    const less = this.text.indexOf("<", this.at);
    if (less < 0) this.fail("ends before its end tag");
    if (less > this.at) this.characters(less);
    const code = this.text.charCodeAt(less + 1);
    if (code === SLASH) this.endTag();
    else if (code === BANG) this.section();
    else if (code === QUESTION) this.instruction();
    else this.startTag();
  }

  private startTag(): void {
    const text = this.text;
    this.at++;
    const name = this.name();
    let code = text.charCodeAt(this.at);
    const attributes = code === GREATER ? NO_ATTRIBUTES : this.attributes();
    code = text.charCodeAt(this.at);
    if (++this.elements > this.elementsAllowed) this.allowElements();
    const open = this.open;
    if (open.length >= this.limits.depthMax) this.exceed("depthMax");
    this.dropLayout();
    if (code === GREATER) {
      this.at++;
      if (!this.leaf(name, attributes)) open.push({ name, attributes, mark: this.finished.length, text: "" });
    } else if (code === SLASH && text.charCodeAt(this.at + 1) === GREATER) {
      this.at += 2;
      this.finished.push(element(name, attributes, NO_ELEMENTS, ""));
    } else this.fail(`the start tag of ${name.name} does not end`);
  }

  private allowElements(): void {
    const { elementsMax, charactersPerElementMin } = this.limits;
    this.elementsAllowed = Math.min(elementsMax, Math.max(DENSE_ELEMENTS_MAX, Math.floor(this.at / charactersPerElementMin)));
    if (this.elements > this.elementsAllowed) throw new LimitExceeded(this.path(), "elementsMax", this.elementsAllowed);
  }

  /** The most frequent element by far has plain text only, and its end tag at once: it is finished here without being opened. */
  private leaf(name: XmlName, attributes: readonly Attribute[]): boolean {
    const text = this.text;
    const from = this.at;
    const less = text.indexOf("<", from);
    const end = less + 2 + name.name.length;
    if (less < 0 || text.charCodeAt(less + 1) !== SLASH || text.charCodeAt(end) !== GREATER) return false;
    if (!text.startsWith(name.name, less + 2) || !this.isPlain(from, less)) return false;
    this.at = end + 1;
    this.finished.push(element(name, attributes, NO_ELEMENTS, less === from ? "" : text.slice(from, less)));
    return true;
  }

  /** No references, no "]]>", within the limit. */
  private isPlain(from: number, to: number): boolean {
    if (this.nextReference < from) this.nextReference = this.find("&", from);
    if (this.nextCdataEnd < from) this.nextCdataEnd = this.find("]]>", from);
    return this.nextReference >= to && this.nextCdataEnd >= to && to - from <= this.limits.textCharactersMax;
  }

  /** What stands before the first child is layout if it is blank; later blanks are not even kept. */
  private dropLayout(): void {
    const parent = this.open[this.open.length - 1];
    if (parent === undefined || parent.text === "" || parent.mark < this.finished.length) return;
    if (this.isBlank(parent.text)) parent.text = "";
  }

  private endTag(): void {
    const text = this.text;
    const ended = this.open[this.open.length - 1];
    const from = this.at + 2;
    if (ended === undefined || !text.startsWith(ended.name.name, from)) this.fail("an end tag that does not match");
    this.at = from + ended.name.name.length;
    if (text.charCodeAt(this.at) !== GREATER) {
      this.skipBlanks();
      if (text.charCodeAt(this.at) !== GREATER) this.fail("an end tag that does not match");
    }
    this.at++;
    this.open.pop();
    const children = this.takeFinished(ended.mark);
    this.finished.push(element(ended.name, ended.attributes, children, ended.text));
  }

  /** Two children are by far the most frequent case: a name and a value. */
  private takeFinished(mark: number): readonly Element[] {
    const finished = this.finished;
    const count = finished.length - mark;
    if (count === 0) return NO_ELEMENTS;
    if (count > 2) return finished.splice(mark);
    const last = finished.pop() as Element; // it is there: counted above
    return count === 1 ? [last] : [finished.pop() as Element, last];
  }

  private attributes(): readonly Attribute[] {
    let found: Attribute[] | undefined;
    for (;;) {
      const before = this.at;
      this.skipBlanks();
      const code = this.text.charCodeAt(this.at);
      if (code === GREATER || code === SLASH || code === QUESTION) return found ?? NO_ATTRIBUTES;
      if (this.at === before) this.fail("no blank before an attribute");
      const attribute = this.attribute();
      if (found === undefined) found = [attribute];
      else this.add(found, attribute);
    }
  }

  private add(found: Attribute[], attribute: Attribute): void {
    if (found.length >= this.limits.attributesPerElementMax) this.exceed("attributesPerElementMax");
    for (const one of found) if (one.name === attribute.name) this.fail(`the attribute ${attribute.name} twice`);
    found.push(attribute);
  }

  private attribute(): Attribute {
    const { name, localName } = this.name();
    this.skipBlanks();
    if (this.text.charCodeAt(this.at) !== EQUALS) this.fail(`the attribute ${name} has no value`);
    this.at++;
    this.skipBlanks();
    return { name, localName, value: this.attributeValue(name) };
  }

  private attributeValue(name: string): string {
    const text = this.text;
    const quote = text.charCodeAt(this.at);
    if (quote !== DOUBLE_QUOTE && quote !== APOSTROPHE) this.fail(`the value of ${name} is not quoted`);
    const from = this.at + 1;
    const last = from + this.limits.attributeCharactersMax;
    let hash = 0;
    let at = from;
    let plain = true;
    for (let code = text.charCodeAt(at); code !== quote; code = text.charCodeAt(++at)) {
      if (code === LESS || at >= text.length) this.fail(`the value of ${name} does not end`);
      if (at >= last) this.exceed("attributeCharactersMax");
      if (code === 0x26 || code === 0x0a || code === 0x09) plain = false;
      hash = (Math.imul(hash, 31) + code) | 0;
    }
    const value = plain ? names.text(text, from, at, hash) : this.expand(from, at, true);
    this.at = at + 1;
    return value;
  }

  /** Text up to `to`, into the innermost open element. */
  private characters(to: number): void {
    const from = this.at;
    if (this.nextCdataEnd < from) this.nextCdataEnd = this.find("]]>", from);
    if (this.nextCdataEnd < to) this.fail('"]]>" in text');
    if (this.nextReference < from) this.nextReference = this.find("&", from);
    const run = this.nextReference < to ? this.expand(from, to, false) : this.text.slice(from, to);
    this.at = to;
    this.append(run);
  }

  private append(run: string): void {
    const parent = this.open[this.open.length - 1];
    if (parent === undefined) return;
    if (parent.mark < this.finished.length && this.isBlank(run)) return;
    if (parent.text.length + run.length > this.limits.textCharactersMax) this.exceed("textCharactersMax");
    parent.text = parent.text === "" ? run : parent.text + run;
  }

  private section(): void {
    if (this.text.startsWith("<![CDATA[", this.at)) this.cdata();
    else this.comment();
  }

  private cdata(): void {
    const from = this.at + "<![CDATA[".length;
    const to = this.text.indexOf("]]>", from);
    if (to < 0) this.fail("a CDATA section without end");
    this.at = to + 3;
    if (to > from) this.append(this.text.slice(from, to));
  }

  private comment(): void {
    if (!this.text.startsWith("<!--", this.at)) this.fail("a declaration inside the document");
    const end = this.text.indexOf("--", this.at + 4);
    if (end < 0) this.fail("a comment without end");
    if (this.text.charCodeAt(end + 2) !== GREATER) this.fail('"--" in a comment');
    this.at = end + 3;
  }

  private instruction(): void {
    const from = this.at;
    this.at += 2;
    const target = this.name().name;
    if (target.toLowerCase() === "xml") this.fail("an XML declaration that is not at the very start");
    const end = this.text.indexOf("?>", this.at);
    if (end < 0) this.fail("a processing instruction without end");
    if (end > this.at && this.classAt(this.at) !== SPACE) this.fail(`no blank after the target at character ${from}`);
    this.at = end + 2;
  }

  private name(): XmlName {
    const text = this.text;
    const from = this.at;
    let at = from;
    let code = text.charCodeAt(at);
    if (((CHARACTER_CLASS[code] ?? 0) & NAME_START) === 0) this.fail("not a name");
    let hash = 0;
    do {
      hash = (Math.imul(hash, 31) + code) | 0;
      code = text.charCodeAt(++at);
    } while (((CHARACTER_CLASS[code] ?? 0) & NAME) !== 0);
    this.at = at;
    if (at - from > this.limits.nameCharactersMax) this.exceed("nameCharactersMax");
    return names.name(text, from, at, hash);
  }

  /** Text with its references resolved. In attributes, blanks become spaces first (XML 1.0 3.3.3). */
  private expand(from: number, to: number, inAttribute: boolean): string {
    const parts: string[] = [];
    let start = from;
    let reference = this.text.indexOf("&", from);
    while (reference >= 0 && reference < to) {
      if (reference > start) parts.push(this.literal(start, reference, inAttribute));
      parts.push(this.reference(reference));
      start = this.references.end;
      reference = this.text.indexOf("&", start);
    }
    this.nextReference = reference < 0 ? this.text.length : reference;
    parts.push(this.literal(start, to, inAttribute));
    return parts.join("");
  }

  private literal(from: number, to: number, inAttribute: boolean): string {
    const literal = this.text.slice(from, to);
    return inAttribute ? literal.replace(/[\t\n]/g, " ") : literal;
  }

  private reference(at: number): string {
    const character = this.references.read(this.text, at);
    this.at = at + 1;
    if (character === undefined) this.fail(this.references.fault);
    if (this.references.count > this.limits.referencesMax) this.exceed("referencesMax");
    return character;
  }

  private skipBlanks(): void {
    while (this.classAt(this.at) === SPACE) this.at++;
  }

  private classAt(at: number): number {
    return CHARACTER_CLASS[this.text.charCodeAt(at)] ?? 0;
  }

  private isBlank(run: string): boolean {
    for (let i = 0; i < run.length; i++) if ((CHARACTER_CLASS[run.charCodeAt(i)] ?? 0) !== SPACE) return false;
    return true;
  }

  private find(what: string, from: number): number {
    const found = this.text.indexOf(what, from);
    return found < 0 ? this.text.length : found;
  }

  private path(): string {
    return this.open.map((one) => one.name.localName).join("/");
  }

  private exceed(limit: keyof XmlLimits): never {
    throw new LimitExceeded(this.path(), limit, this.limits[limit]);
  }

  private fail(why: string): never {
    throw new MalformedMessage(this.path(), `${why}, at character ${this.at}`);
  }
}

function element(name: XmlName, attributes: readonly Attribute[], children: readonly Element[], text: string): Element {
  return { name: name.name, localName: name.localName, attributes, children, text };
}

const DECLARATION_ORDERS: ReadonlySet<string> = new Set([
  "version",
  "version encoding",
  "version standalone",
  "version encoding standalone",
]);
const DECLARATION_VALUES: Readonly<Record<string, RegExp>> = {
  version: /^1\.\d{1,4}$/,
  encoding: /^[A-Za-z][\w.-]{0,63}$/,
  standalone: /^(yes|no)$/,
};

function isDeclarationPair({ name, value }: Attribute): boolean {
  return DECLARATION_VALUES[name]?.test(value) ?? false;
}
