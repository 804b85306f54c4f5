/**
 * SIP messages that something happened to, from good ones and a seed.
 * Layer: test support.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseMessage } from "../../sip-bridge/sip/parse-message.js";
import type { Random } from "./seeded-random.js";
import { repositoryPath } from "./shared-data.js";

const BITS_OF_SYNTAX = [
  "\r\n",
  "\r",
  "\n",
  "\0",
  " ",
  "\t",
  ":",
  ";",
  ",",
  "=",
  '"',
  "\\",
  "<",
  ">",
  "@",
  "%",
  "[",
  "]",
  "?",
  "\r\n ",
  ";;",
  '"\\',
  "Via: ",
  "\xff",
];

export interface SipOriginal {
  /** Its file. */
  readonly name: string;
  readonly bytes: Buffer;
  /** Many are bad from the start. */
  readonly isGood: boolean;
}

/** Golden messages, and those of npm `sip`. */
export function sipOriginals(): readonly SipOriginal[] {
  const folders = [repositoryPath("test/golden/sip"), repositoryPath("node_modules/sip/test/messages")];
  return folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.endsWith(".sip") || file.endsWith(".dat"))
      .map((name) => {
        const bytes = readFileSync(join(folder, name));
        return { name, bytes, isGood: isMessage(bytes) };
      }),
  );
}

function isMessage(bytes: Buffer): boolean {
  try {
    parseMessage(bytes);
    return true;
  } catch {
    return false;
  }
}

export const sipCorpus = (): readonly Buffer[] => sipOriginals().map(({ bytes }) => bytes);

/** One damage: something cut out, put in, doubled, crossed with another message, cut off, or one octet changed. */
export function damageSip(random: Random, bytes: Buffer, other: Buffer): Buffer {
  const at = random.int(bytes.length + 1);
  const length = random.int(20);
  switch (random.int(6)) {
    case 0:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(random.pick(BITS_OF_SYNTAX), "latin1"), bytes.subarray(at)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at)]);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), other.subarray(random.int(other.length + 1))]);
    case 4:
      return bytes.subarray(0, at);
    default: {
      const copy = Buffer.from(bytes);
      if (at < copy.length) copy[at] = random.int(256);
      return copy;
    }
  }
}

const NUMBERS = [
  "0",
  "-1",
  "1",
  "70",
  "255",
  "256",
  "3600",
  "65536",
  "2147483647",
  "2147483648",
  "4294967295",
  "4294967296",
  "9".repeat(40),
  "1e3",
  "",
];
const URIS = [
  ...["sip:a@voice.example", "sips:b@voice.example:5061", "sip:voice.example", "sip:%00@voice.example", "sip:a@[2001:db8::1]:5060;lr"],
  ...["tel:+4930123", "sip:", "sip:@h", "sip:a@h:99999", "sip:a@h;maddr=224.0.1.75;ttl=255", "sip:a@h?Route=%3Csip:x%3E", "isbn:1", "*"],
  ...["sip:a;b=c@h;x=y;x=z", "sip:a@voice.example;gr=urn:uuid:1", "http://h/", "sip:a@127.0.0.1", "sip:\xc3\xa9@h"],
];
const PARAMS = [
  ...[";tag=1", ";tag=", ";branch=z9hG4bK", ";branch=z9hG4bKx", ";rport", ";rport=1", ";received=::1", ";expires=0", ";expires=-1", ";lr"],
  ...[";q=0.5", ";q=2", ";reg-id=1", ';+sip.instance="<urn:uuid:1>"', ";ob", ";keep", ";x", ";=", ";a=b;a=c", ';x="', ";x=<y>"],
];
const METHODS = ["REGISTER", "OPTIONS", "INVITE", "ACK", "CANCEL", "BYE", "NOTIFY", "SUBSCRIBE", "MESSAGE", "register", "X", "RE%47ISTER"];
const EXTRA_FIELDS = [
  ...[
    "Require: path",
    "Require: nothing",
    "Supported: outbound, path, gruu",
    "Path: <sip:edge.example;lr;ob>",
    "Route: <sip:127.0.0.1;lr>",
  ],
  ...[
    "Proxy-Require: x",
    "Expires: 60",
    "Expires: 0",
    "Contact: *",
    "Max-Forwards: 0",
    "Content-Length: 0",
    "l: 1",
    "Event: reg",
    "Accept: a/b",
  ],
  ...[
    "Content-Encoding: gzip",
    "Authorization: Digest",
    "Record-Route: <sip:p;lr>",
    "Timestamp: 1",
    "User-Agent: sipvicious",
    " folded",
    ": x",
  ],
];

/** One change that knows how messages are made: a line, a number, a URI, a parameter, the method. */
function damageGrammar(random: Random, text: string, other: string): string {
  const headEnd = text.indexOf("\r\n\r\n");
  const [startLine = "", ...fields] = (headEnd === -1 ? text : text.slice(0, headEnd)).split("\r\n");
  const rest = headEnd === -1 ? "" : text.slice(headEnd);
  const at = random.int(Math.max(fields.length, 1));
  const field = fields[at] ?? "";
  const joined = (start: string, lines: readonly string[]): string => [start, ...lines].join("\r\n") + rest;
  const replaced = (line: string): string => joined(startLine, fields.with(at, line));
  if (fields.length === 0) return text + random.pick(EXTRA_FIELDS);
  switch (random.int(12)) {
    case 0:
      return replaced(field.replace(/\d+/, random.pick(NUMBERS)));
    case 1:
      return replaced(field.replace(/<[^<>]*>/, `<${random.pick(URIS)}>`));
    case 2:
      return replaced(field + random.pick(PARAMS));
    case 3:
      return joined(startLine, fields.toSpliced(at, 1));
    case 4:
      return joined(startLine, fields.toSpliced(random.int(fields.length), 0, field));
    case 5:
      return joined(startLine, fields.toSpliced(at, 0, random.pick(EXTRA_FIELDS)));
    case 6:
      return joined(startLine, fields.toSpliced(at, 0, random.pick(other.split("\r\n").slice(1).concat(""))));
    case 7:
      return withMethod(random.pick(METHODS), startLine, fields, rest, random.int(3) > 0);
    case 8:
      return joined(startLine.replace(/ \S+ /, ` ${random.pick(URIS)} `), fields);
    case 9:
      return replaced(
        field
          .replace(/^[^:]*/, (name) => (random.bool() ? name.toUpperCase() : name.toLowerCase()))
          .replace(": ", random.pick([":", " : ", ":\r\n  ", ":\t"])),
      );
    case 10:
      return replaced(`${field}${`,${field.slice(field.indexOf(":") + 1)}`.repeat(random.int(30))}`);
    default:
      return joined(startLine, fields) + other.slice(random.int(other.length), random.int(other.length));
  }
}

/** Another method, in CSeq as well or not. */
function withMethod(method: string, startLine: string, fields: readonly string[], rest: string, inCSeq: boolean): string {
  const lines = fields.map((line) => (inCSeq && /^cseq/i.test(line) ? line.replace(/[^ ]*$/, method) : line));
  return [startLine.replace(/^\S+/, method), ...lines].join("\r\n") + rest;
}

export interface DamagedSip {
  /** What it was made of. */
  readonly origin: string;
  readonly bytes: Buffer;
}

/** One to three changes of a message, three of four of them within the grammar, and mostly of a good one, so that many are still read. */
export function damagedSip(random: Random, originals: readonly SipOriginal[]): DamagedSip {
  const { name: origin, bytes: first } = random.pick(random.int(8) === 0 ? originals : originals.filter(({ isGood }) => isGood));
  let bytes = first;
  for (let left = 1 + random.int(3); left > 0; left--) {
    const other = random.pick(originals).bytes;
    bytes =
      random.int(4) === 0
        ? damageSip(random, bytes, other)
        : Buffer.from(damageGrammar(random, bytes.toString("latin1"), other.toString("latin1")), "latin1");
  }
  return { origin, bytes };
}

const NOISE = ["\r\n", "\r\n\r\n", "\r\n\r\n\r\n", "\r", "\n", "\0", "GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01", "xyz"];

/** With the length that a stream wants in place of what the message says of it, if it says anything. */
function framed(message: Buffer): Buffer {
  const text = message.toString("latin1");
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd === -1) return message;
  const fields = text.slice(0, headEnd).replace(/\r\n(content-length|l)[ \t]*:[^\r\n]*/gi, "");
  const body = text.slice(headEnd + 4);
  return Buffer.from(`${fields}\r\nContent-Length: ${body.length}\r\n\r\n${body}`, "latin1");
}

/** Up to six messages, keep-alives and bits of noise, some messages damaged. */
export function damagedStream(random: Random, originals: readonly Buffer[]): Buffer {
  const parts = random.list(6, () => {
    if (random.int(4) === 0) return Buffer.from(random.pick(NOISE.slice(0, random.int(8) === 0 ? NOISE.length : 3)), "latin1");
    const whole = framed(random.pick(originals));
    return random.int(5) === 0 ? damageSip(random, whole, random.pick(originals)) : whole;
  });
  return Buffer.concat(parts);
}
