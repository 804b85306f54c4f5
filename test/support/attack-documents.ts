/**
 * Documents that people write to hurt a server, made from an Inform that is in order. Tests assert what is answered and stored; fuzz/ what
 * they cost.
 * Layer: test support.
 */

export interface AttackDocument {
  readonly what: string;
  /** "refused": 400, no session, nothing stored. "served": an Inform like any other. */
  readonly fate: "refused" | "served";
  readonly make: MakeAttack;
}

/** @param inform The text of an Inform that would be served. */
type MakeAttack = (inform: string) => string | Buffer;

const MIB = 1_048_576;
const entities = Array.from({ length: 30 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join("");
const inInform = (what: string) => (text: string) => text.replace("<DeviceId>", `${what}<DeviceId>`);
const SHIFT_JIS = '<?xml version="1.0" encoding="Shift_JIS"?><a>';
const REFUSED: Readonly<Record<string, MakeAttack>> = {
  "a billion laughs": (inform) => `<!DOCTYPE a [<!ENTITY l0 "ha">${entities}]>${inform.replace(">1<", ">&l30;<")}`,
  "an external entity": (inform) => `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>${inform.replace("3.2.1", "&x;")}`,
  "a parameter entity from elsewhere": (inform) => `<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x"> %x;]>${inform}`,
  "an entity that nobody declared": (inform) => inform.replace("3.2.1", "&lol;"),
  "a document type alone": (inform) => `<!DOCTYPE Envelope>${inform}`,
  "1,000,000 elements deep": () => "<a>".repeat(1_000_000),
  "1,000,000 elements deep, in an Inform": (inform) => inInform("<a>".repeat(1_000_000))(inform),
  "100,000 attributes": (inform) => inInform(`<a ${Array.from({ length: 100_000 }, (_, i) => `b${i}=""`).join(" ")}/>`)(inform),
  "one attribute of 10 MB": (inform) => inInform(`<a b="${"c".repeat(10_000_000)}"/>`)(inform),
  "1,000,000 elements": (inform) => inInform("<a/>".repeat(1_000_000))(inform),
  "a name of 1 MB": (inform) => inInform(`<${"a".repeat(1_000_000)}/>`)(inform),
  "a flood of comments that do not end": () => "<!--".repeat(2_000_000),
  "a flood of CDATA that does not end": () => `<a>${"<![CDATA[".repeat(1_000_000)}`,
  "a flood of processing instructions that do not end": () => `<a>${"<?".repeat(4_000_000)}`,
  "one text of 11 MB": (inform) => inform.replace("3.2.1", "x".repeat(11 * MIB)),
  "4 MB of closing tags": (inform) => inform + "</a>".repeat(1_000_000),
  "two Informs": (inform) => inform + inform,
  "1,000,000 references to NUL": (inform) => inform.replace("3.2.1", "&#0;".repeat(1_000_000)),
  "2,000,000 references to a character": (inform) => inform.replace("3.2.1", "&#65;".repeat(2_000_000)),
  "2,500,000 references to an entity": (inform) => inform.replace("3.2.1", "&lt;".repeat(2_500_000)),
  "UTF-7": (inform) => inform.replace(/</g, "+ADw-"),
  "16 MB of 0xFF": () => Buffer.alloc(16 * MIB, 0xff),
  "16 MB of half a UTF-16 pair": () => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.alloc(16 * MIB - 2, 0xd8)]),
  "16 MB of 0xFF that are said to be Shift_JIS": () => Buffer.concat([Buffer.from(SHIFT_JIS), Buffer.alloc(16 * MIB - 100, 0xff)]),
  "10 MB of windows-1252": () => Buffer.concat([Buffer.from("<?xml version='1.0'?><a>"), Buffer.alloc(10_000_000, 0x80)]),
  "an Inform without SerialNumber": (inform) => inform.replace(/<SerialNumber>.*<\/SerialNumber>/, ""),
};

const SERVED: Readonly<Record<string, MakeAttack>> = {
  "100,000 comments": (inform) => inInform("<!---->".repeat(100_000))(inform),
  "an arrayType that promises 4,294,967,295 entries": (inform) => inform.replace(/EventStruct\[\d+\]/, "EventStruct[4294967295]"),
  "an arrayType that is no number": (inform) => inform.replace(/EventStruct\[\d+\]/, "EventStruct[-1e9]"),
  "NUL in a value": (inform) => inform.replace("3.2.1", "3.\x002.1"),
  "NULs after the end": (inform) => inform + "\0".repeat(100_000),
  "bad UTF-8 in a value": (inform) => Buffer.from(inform.replace("3.2.1", "\xc3\x28\xff\xed\xa0\x80"), "latin1"),
  "130,000 references to NUL": (inform) => inform.replace("3.2.1", "&#0;".repeat(130_000)),
  "130,000 references": (inform) => inform.replace("3.2.1", "&lt;a&#62;&#xA;&amp;".repeat(32_500)),
  "a namespace of 4,000 characters": (inform) => inform.replace("<cwmp:Inform>", `<cwmp:Inform xmlns:x="${"y".repeat(4_000)}">`),
  "10,000 events": (inform) => {
    const one = "<EventStruct><EventCode>X EXAMPLE</EventCode><CommandKey></CommandKey></EventStruct>";
    return inform.replace("</Event>", `${one.repeat(10_000)}</Event>`);
  },
};

export const ATTACK_DOCUMENTS: readonly AttackDocument[] = [
  ...Object.entries(REFUSED).map(([what, make]): AttackDocument => ({ what, fate: "refused", make })),
  ...Object.entries(SERVED).map(([what, make]): AttackDocument => ({ what, fate: "served", make })),
];
