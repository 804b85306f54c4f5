/**
 * Damaged CWMP messages: what bad firmware and bad people make of a good one. Most damage knows the grammar (values, counts, types, order,
 * namespaces, duplicates, pieces of other messages), so that the message is still read and reaches the session; some hits bytes.
 * Layer: test support.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "./seeded-random.js";
import { filesBelow, repositoryPath } from "./shared-data.js";

export interface Original {
  /** Its file in test/golden/cwmp, without ".xml". */
  readonly name: string;
  readonly bytes: Buffer;
  readonly contentType: string | undefined;
}

export interface Damaged {
  /** What it was made of. */
  readonly origin: string;
  readonly bytes: Buffer;
  readonly contentType: string | undefined;
}

/** What devices send; what an ACS sends too, because some device will echo it. */
export function goldenCorpus(): readonly Original[] {
  const folder = repositoryPath("test/golden/cwmp");
  return filesBelow(folder)
    .filter((file) => file.endsWith(".xml"))
    .map((file) => {
      const about = JSON.parse(readFileSync(join(folder, file.replace(/xml$/, "json")), "utf8")) as { readonly contentType?: string };
      return { name: file.replace(/\.xml$/, ""), bytes: readFileSync(join(folder, file)), contentType: about.contentType };
    });
}

/** One to three changes of a message. */
export function damaged(random: Random, originals: readonly Original[]): Damaged {
  const { name: origin, bytes: first, contentType } = random.pick(originals);
  const other = random.pick(originals).bytes;
  // Octets as characters: what is no text stays what it is.
  let text = first.toString("latin1");
  for (let left = 1 + random.int(3); left > 0; left--) {
    text = random.int(4) > 0 ? damageGrammar(random, text, other) : damageBytes(random, text, other);
  }
  const type = random.int(12) === 0 ? random.pick(CHARSETS) : contentType;
  return { origin, bytes: random.int(24) === 0 ? encoded(random, text) : Buffer.from(text, "latin1"), contentType: type };
}

const CHARSETS = [
  ...["", "text/xml", "text/xml; charset=utf-8", "text/xml; charset=iso-8859-1", "text/xml; charset=x-none", "text/xml; charset=utf-16"],
  ...["text/xml; charset=shift_jis", "text/xml; charset=utf-7", 'application/xml; charset="us-ascii"', "text/xml; charset=gb18030"],
];

/** The whole message in another coding of characters, or with something around it. */
function encoded(random: Random, text: string): Buffer {
  const wide = Buffer.from(text, "utf16le");
  switch (random.int(6)) {
    case 0:
      return Buffer.concat([Buffer.from([0xff, 0xfe]), wide]);
    case 1:
      return wide.length % 2 === 0 ? Buffer.from(wide).swap16() : wide;
    case 2:
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text, "utf8")]);
    case 3:
      return Buffer.concat([Buffer.from(text, "latin1"), Buffer.alloc(random.int(64))]);
    case 4:
      return Buffer.from(`\r\n \t${text}\r\n\r\n`, "latin1");
    default:
      return Buffer.from(text.replace(/ encoding=["'][^"']*["']/, ` encoding="${random.pick(["UTF-16", "x", "ISO-8859-15"])}"`), "latin1");
  }
}

const VALUES = [
  ...["", " ", "0", "-1", "1", "2", "4294967296", "99999999999999999999", "NaN", "1e9", "0x10", "007", "true", "None", "(null)", "9005"],
  ...["0001-01-01T00:00:00Z", "2026-13-45T99:99:99", "InternetGatewayDevice.", "Device.", ".", "a..b.", "Device.A.99999999999.B"],
  ...[
    "M Reboot",
    "7 TRANSFER COMPLETE",
    "0 BOOTSTRAP",
    "6 CONNECTION REQUEST",
    "X 0A1B2C Y",
    "&#13;",
    "&#0;",
    "&#x110000;",
    "&lol;",
    "&amp;",
  ],
  ...["]]>", "<![CDATA[<a>]]>", "<!-- -->", "<?p x?>", "\xc3\xa9", "\xff", "\0", "\x02", "\xed\xa0\x80", "x".repeat(300), "y,".repeat(200)],
];
const TYPES = ["xsd:string", "xsd:int", "xsd:unsignedInt", "xsd:boolean", "xsd:dateTime", "xsd:base64", "x:y", "", "string", "xsd:\xad"];
const COUNTS = ["[0]", "[]", "[1]", "[99999999]", "[-1]", "[4294967295]", "[00000002]", "[1,2]", "", "[x]"];
const NAMESPACES = [
  ...["urn:dslforum-org:cwmp-1-0", "urn:dslforum-org:cwmp-1-2", "urn:dslforum-org:cwmp-1-4", "urn:dslforum-org:cwmp-9-9", ""],
  ...["http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope", "urn:x"],
];
const EXTRA_ATTRIBUTES = [
  ' xsi:nil="true"',
  ' a="1" a="2"',
  ' xmlns="urn:x"',
  ' SOAP-ENV:mustUnderstand="2"',
  " a",
  ' a="<"',
  ' href="#1"',
];

/** Elements as pieces of markup: [start of the start tag, its end, start of the end tag, end]. */
interface Span {
  readonly name: string;
  readonly start: number;
  readonly open: number;
  readonly close: number;
  readonly end: number;
}

const TAG = /<(\/?)([A-Za-z_][\w.:-]*)[^<>]*?(\/?)>/g;

/** All elements, as far as their tags match; linear. */
function elementsOf(text: string): readonly Span[] {
  const found: Span[] = [];
  const open: { name: string; start: number; open: number }[] = [];
  for (const { 0: tag, 1: slash, 2: name = "", 3: empty, index } of text.matchAll(TAG)) {
    const end = index + tag.length;
    if (empty !== "") found.push({ name, start: index, open: end, close: end, end });
    else if (slash === "") open.push({ name, start: index, open: end });
    else if (open.at(-1)?.name === name)
      found.push({ ...(open.pop() as { name: string; start: number; open: number }), close: index, end });
  }
  return found;
}

function replaced(text: string, from: number, to: number, by: string): string {
  return text.slice(0, from) + by + text.slice(to);
}

/** Damage after which the document mostly is still one. */
function damageGrammar(random: Random, text: string, other: Buffer): string {
  const elements = elementsOf(text);
  if (elements.length === 0) return text;
  const leaves = elements.filter(({ open, close }) => text.indexOf("<", open) >= close);
  const element = random.int(3) > 0 && leaves.length > 0 ? random.pick(leaves) : random.pick(elements);
  return random.pick(GRAMMAR_DAMAGE)({ random, text, other, element, elements, leaves });
}

/** A longer text is not made forty times as long once more. */
const REPEATED_CHARACTERS_MAX = 16_384;

interface Ground {
  readonly random: Random;
  readonly text: string;
  readonly other: Buffer;
  readonly element: Span;
  readonly elements: readonly Span[];
  readonly leaves: readonly Span[];
}

const newValue = ({ random, text, leaves, element }: Ground): string => {
  const { open, close } = leaves.length === 0 ? element : random.pick(leaves);
  return replaced(text, open, close, random.pick(VALUES));
};
const otherCase = (random: Random, name: string): string => (random.bool() ? name.toLowerCase() : name.toUpperCase());
const withName = (text: string, { start, open, close, end, name }: Span, next: string): string => {
  const startTag = text.slice(start, open).replace(name, next);
  return replaced(text, start, end, startTag + text.slice(open, close) + text.slice(close, end).replace(name, next));
};

/** A value is what differs most in the field, so it stands here more than once. */
const GRAMMAR_DAMAGE: readonly ((ground: Ground) => string)[] = [
  newValue,
  newValue,
  newValue,
  ({ random, text }) => text.replace(/\[\d*\]"/, () => `${random.pick(COUNTS)}"`),
  ({ random, text }) => {
    const types = [...text.matchAll(/:type="([^"]*)"/g)];
    if (types.length === 0) return text;
    const { index, 0: whole } = random.pick(types);
    return replaced(text, index, index + whole.length, `:type="${random.pick(TYPES)}"`);
  },
  ({ random, text }) => text.replace(/urn:dslforum-org:cwmp-\d-\d|http:\/\/schemas[^"]*/, () => random.pick(NAMESPACES)),
  ({ random, text }) => text.replace(/ xmlns:[\w-]+=/, () => random.pick([" xmlns:a=", " xmlns=", " "])),
  ({ text, element: { start, end } }) => replaced(text, start, end, ""),
  ({ text, element: { start, end } }) => replaced(text, end, end, text.slice(start, end)),
  ({ random, text, element, elements }) => {
    const { start, end } = random.pick(elements);
    if (start < element.end && element.start < end) return text;
    const [first, second] = start < element.start ? [{ start, end }, element] : [element, { start, end }];
    const moved = text.slice(second.start, second.end) + text.slice(first.end, second.start) + text.slice(first.start, first.end);
    return replaced(text, first.start, second.end, moved);
  },
  ({ random, text, other, element: { start, end } }) => {
    const donor = other.toString("latin1");
    const elements = elementsOf(donor);
    if (elements.length === 0) return text;
    const piece = random.pick(elements);
    return replaced(text, start, random.bool() ? start : end, donor.slice(piece.start, piece.end));
  },
  ({ random, text, other, element }) => {
    const elements = elementsOf(other.toString("latin1"));
    return elements.length === 0 ? text : withName(text, element, random.pick(elements).name);
  },
  ({ random, text, element }) => withName(text, element, otherCase(random, element.name)),
  ({ random, text, element }) => withName(text, element, element.name.replace(/^[^:]*:/, random.pick(["", "x:", "cwmp:"]))),
  ({ random, text, element: { start, name } }) =>
    replaced(text, start + 1 + name.length, start + 1 + name.length, random.pick(EXTRA_ATTRIBUTES)),
  ({ random, text, element: { open } }) => replaced(text, open, open, random.pick(["<!-- c -->", "\r\n  ", "<?p?>", "<a/>", "<a>b</a>"])),
  ({ random, text, element: { start, end } }) =>
    text.length > REPEATED_CHARACTERS_MAX ? text : replaced(text, start, end, text.slice(start, end).repeat(2 + random.int(40))),
];

const TOKENS = [
  ...["<", ">", "&", '"', "'", "/", "]]>", "<!--", "-->", "<![CDATA[", "<?xml ", "<!DOCTYPE a>", "\0", "\xff", "\xef\xbb\xbf", "\xc3"],
  ...["\r\n", "", " ", "\t", "cwmp:", "xmlns", "</SOAP-ENV:Body>", "<cwmp:ID>", "</cwmp:ID>", "Response"],
];

/** Damage that does not know what it hits. */
function damageBytes(random: Random, text: string, other: Buffer): string {
  const at = random.int(text.length + 1);
  const to = Math.min(text.length, at + random.int(random.bool() ? 3 : 60));
  switch (random.int(6)) {
    case 0:
      return replaced(text, at, at, random.pick(TOKENS));
    case 1:
      return replaced(text, at, at + 1, String.fromCharCode(random.int(256)));
    case 2:
      return replaced(text, at, to, "");
    case 3:
      return replaced(text, at, at, text.slice(at, to));
    case 4:
      return text.slice(0, at) + other.toString("latin1", random.int(other.length + 1));
    default:
      return text.slice(0, at);
  }
}
