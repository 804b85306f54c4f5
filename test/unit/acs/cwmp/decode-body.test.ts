/** Bytes to text: which charset wins, and which rule repairs what. Layer: test. */
import { expect } from "chai";
import { decodeBody } from "../../../../acs/cwmp/decode-body.js";
import { LimitExceeded, MalformedMessage } from "../../../../acs/cwmp/malformed-message.js";
import { scanXml, XML_LIMITS } from "../../../../acs/cwmp/scan-xml.js";
import { cpuMsOf } from "../../../support/cpu-time.js";

const DECLARED = (encoding: string, text = ""): string => `<?xml version="1.0" encoding="${encoding}"?><a>${text}</a>`;
const bytes = (text: string, encoding: BufferEncoding = "utf8"): Uint8Array => new Uint8Array(Buffer.from(text, encoding));
const rules = (body: Uint8Array, contentType?: string): readonly string[] =>
  decodeBody(body, contentType).repairs.map(({ rule, count }) => `${rule} ${count}`);

describe("decodeBody: which charset", () => {
  it("clean ASCII and UTF-8 need no word about it and no repair", () => {
    expect(decodeBody(bytes("<a>x</a>"))).to.deep.equal({ text: "<a>x</a>", repairs: [] });
    expect(decodeBody(bytes("<a>é€𝄞</a>"))).to.deep.equal({ text: "<a>é€𝄞</a>", repairs: [] });
  });

  it("the header wins over the declaration (RFC 7303 3)", () => {
    expect(decodeBody(bytes(DECLARED("iso-8859-1", "é")), 'text/xml; charset="utf-8"').text).to.contain("é");
    expect(decodeBody(bytes(DECLARED("utf-8", "é"), "latin1"), "text/xml;charset=ISO-8859-1").text).to.contain("é");
  });

  it("a byte order mark wins over both, and is no content", () => {
    const utf8 = bytes("\ufeff<a>é</a>");
    expect(decodeBody(utf8, "text/xml; charset=iso-8859-1")).to.deep.equal({ text: "<a>é</a>", repairs: [] });
    const little = bytes("\ufeff<a>é</a>", "utf16le");
    expect(decodeBody(little, "text/xml; charset=utf-8").text).to.equal("<a>é</a>");
    expect(decodeBody(new Uint8Array(Buffer.from(little).swap16())).text).to.equal("<a>é</a>");
  });

  it("UTF-16 without a mark shows itself by its first character (XML 1.0 F.1)", () => {
    const little = Buffer.from(DECLARED("UTF-16", "é"), "utf16le");
    expect(decodeBody(new Uint8Array(little)).text).to.equal(DECLARED("UTF-16", "é"));
    expect(decodeBody(new Uint8Array(little.swap16()), "text/xml; charset=utf-16").text).to.equal(DECLARED("UTF-16", "é"));
  });

  it("the declaration counts when the header is silent", () => {
    expect(decodeBody(bytes(DECLARED("ISO-8859-1", "é"), "latin1"), "text/xml").text).to.equal(DECLARED("ISO-8859-1", "é"));
    expect(
      decodeBody(new Uint8Array([...bytes("<?xml version='1.0' encoding='windows-1251'?><a>"), 0xc6, ...bytes("</a>")])).text,
    ).to.contain("<a>Ж</a>");
  });

  it("US-ASCII with bytes above 127 is read as windows-1252, as browsers do", () => {
    expect(decodeBody(bytes("<a>é</a>", "latin1"), "text/xml; charset=us-ascii")).to.deep.equal({ text: "<a>é</a>", repairs: [] });
  });

  it("a charset that does not exist, or cannot be, is ignored and counted", () => {
    expect(rules(bytes("<a/>"), "text/xml; charset=utf-9")).to.deep.equal(["unusable-charset 1"]);
    expect(rules(bytes(DECLARED("utf-16")))).to.deep.equal(["unusable-charset 1"]);
    expect(decodeBody(bytes("<a>é</a>", "latin1"), "text/xml; charset=x").text).to.equal("<a>é</a>");
  });
});

describe("decodeBody: wrong bytes", () => {
  it("UTF-8 by declaration: each wrong sequence becomes U+FFFD; those that were sent are not counted", () => {
    const body = new Uint8Array([...bytes("<a>\ufffd"), 0xff, 0xc3, ...bytes("</a>")]);
    expect(decodeBody(body, "text/xml; charset=utf-8")).to.deep.equal({
      text: "<a>\ufffd\ufffd\ufffd</a>",
      repairs: [{ rule: "invalid-utf8", count: 2 }],
    });
  });

  it("no charset and no UTF-8: ISO 8859-1 (field quirk 10)", () => {
    expect(decodeBody(bytes("<a>Büro Süd</a>", "latin1"))).to.deep.equal({
      text: "<a>Büro Süd</a>",
      repairs: [{ rule: "taken-for-latin1", count: 2 }],
    });
  });

  it("control characters are dropped, tab and line ends stay (field quirk 9)", () => {
    expect(decodeBody(bytes("<a>\0\x08\x0b\x0c\x0e\x1f\t\n\r</a>"))).to.deep.equal({
      text: "<a>\t\n\r</a>",
      repairs: [{ rule: "control-character", count: 6 }],
    });
  });

  it("references to control characters are dropped, others stay", () => {
    expect(decodeBody(bytes("<a>&#0;&#x1B;&#xFFFE;&#x110000;&#10;&#233;&#;</a>"))).to.deep.equal({
      text: "<a>&#10;&#233;&#;</a>",
      repairs: [{ rule: "control-reference", count: 4 }],
    });
  });

  it("NUL padding, blanks and byte order marks after the end (field quirk 34)", () => {
    expect(decodeBody(bytes("<a/>\r\n\0\0\ufeff \ufeff"))).to.deep.equal({
      text: "<a/>",
      repairs: [
        { rule: "control-character", count: 2 },
        { rule: "trailing-bom", count: 2 },
      ],
    });
  });

  it("blanks before the declaration are dropped and counted; before anything else they are well-formed", () => {
    expect(rules(bytes("\r\n<?xml version='1.0'?><a/>"))).to.deep.equal(["blank-before-declaration 1"]);
    expect(rules(bytes("\r\n<a/>"))).to.deep.equal([]);
  });

  it("nothing, blanks and NULs are an empty body (field quirk 36)", () => {
    for (const body of ["", " \r\n", "\0\0", "\ufeff", "\ufeff\n"]) expect(decodeBody(bytes(body)).text, JSON.stringify(body)).to.equal("");
  });

  it("repairs wrong UTF-8 wherever it stands, between the pieces of a long body too", () => {
    const wrong = (before: string) => Buffer.concat([Buffer.from(before), Buffer.from([0xe2, 0x82]), Buffer.from("é€😀".repeat(3))]);
    for (let length = 65_525; length < 65_540; length++) {
      const body = wrong(`<${"x".repeat(length - 1)}`);
      const { text, repairs } = decodeBody(body, "text/xml; charset=utf-8");
      expect(text, String(length)).to.equal(new TextDecoder().decode(body));
      expect(repairs).to.deep.equal([{ rule: "invalid-utf8", count: 1 }]);
    }
  });

  it("a body of more than 65,536 wrong sequences is cut after them", () => {
    for (const charset of ["utf-8", "shift_jis"]) {
      const { text } = decodeBody(Buffer.concat([Buffer.from("<a>"), Buffer.alloc(1_000_000, 0xff)]), `text/xml; charset=${charset}`);
      expect(text.length, charset).to.be.within(65_537, 131_076);
    }
  });

  it("of a long body that does not begin as a document no more than its beginning is looked at", () => {
    for (const start of ["a", "\ufffd", "\0 a"]) {
      const { text } = decodeBody(bytes(start + "<a>".repeat(100_000)), "text/xml; charset=utf-8");
      expect(text.length, start).to.be.below(70_000);
      expect(() => scanXml(text), start).to.throw(MalformedMessage);
    }
    const { text } = decodeBody(bytes(`\ufeff${"\0 \n".repeat(50_000)}<a/>`));
    expect(text, "after blanks and NULs").to.equal("<a/>");
    expect(decodeBody(bytes(`&#0;&#1;<a>${"b".repeat(100_000)}</a>`)).text, "after references to no character").to.match(/^<a>b+<\/a>$/);
  });

  it("windows-1252 has its own characters in 0x80 to 0x9f, as a TextDecoder has them", () => {
    const all = Uint8Array.from({ length: 256 }, (_, byte) => byte).subarray(0x20);
    const body = Buffer.concat([Buffer.from("<"), all]);
    expect(decodeBody(body, "text/xml; charset=iso-8859-1").text).to.equal(new TextDecoder("windows-1252").decode(body));
  });

  it("a double-byte character between two pieces of a long body stays whole", () => {
    for (let length = 65_530; length < 65_540; length++) {
      const body = Buffer.concat([Buffer.from("<".padEnd(length, "x")), Buffer.from([0x93, 0xfa, 0x96, 0x7b, 0x3c])]);
      expect(decodeBody(body, "text/xml; charset=shift_jis").text, String(length)).to.equal(new TextDecoder("shift_jis").decode(body));
    }
  });

  it("references to no character are dropped up to the number that a document may have", () => {
    const most = XML_LIMITS.referencesMax;
    expect(decodeBody(bytes(`<a>${"&#0;".repeat(most)}</a>`)).text).to.equal("<a></a>");
    const { text } = decodeBody(bytes(`<a>${"&#65;".repeat(most)}&#0;</a>`));
    expect(text).to.match(/&#0;<\/a>$/);
    expect(() => scanXml(text)).to.throw(MalformedMessage, "a reference to no character");
    expect(() => scanXml(`<a>${"&#65;".repeat(most + 1)}</a>`))
      .to.throw(LimitExceeded)
      .with.property("limit", "referencesMax");
  });

  it("half a unit at the end of UTF-16 becomes U+FFFD; half a pair stays what no document may hold", () => {
    for (const label of ["utf-16le", "utf-16be"]) {
      const mark = label === "utf-16le" ? [0xff, 0xfe] : [0xfe, 0xff];
      expect(decodeBody(new Uint8Array([...mark, 0x41, 0x41, 0x42])).text, label).to.equal("\u4141\ufffd");
      const { text } = decodeBody(new Uint8Array([...mark, 0xd8, 0xd8, 0x41, 0x41]));
      expect(text, label).to.equal("\ud8d8\u4141");
      expect(() => scanXml(`<a>${text}</a>`)).to.throw(MalformedMessage);
    }
  });

  it("never throws, whatever the bytes and the header", () => {
    for (let first = 0; first < 256; first++) {
      for (const second of [0x00, 0x3c, 0x80, 0xbb, 0xfe, 0xff]) {
        const body = new Uint8Array([first, second, 0xbf, 0x3c, 0xd8]);
        for (const header of [undefined, "", ";charset=", 'text/xml; charset="', "text/xml; charset=utf-16"])
          expect(() => decodeBody(body, header)).to.not.throw();
      }
    }
  });

  it("costs linear work on megabytes of the worst", () => {
    const cpuMs = cpuMsOf(() => {
      decodeBody(bytes(" ".repeat(1_000_000)));
      decodeBody(bytes("&#".repeat(500_000)));
      decodeBody(bytes("&#2;".repeat(250_000)));
      decodeBody(bytes("\ufeff".repeat(300_000)));
      decodeBody(new Uint8Array(1_000_000).fill(0xff), "text/xml; charset=utf-8");
      decodeBody(bytes(`<?xml ${"encoding = ".repeat(100_000)}`));
      decodeBody(bytes("<a/>"), `text/xml${"; charset = ".repeat(10_000)}`);
    });
    expect(cpuMs).to.be.below(1_500);
  });
});
