/** The writer: which characters become references, and that the scanner reads back what was written. Layer: test. */
import { expect } from "chai";
import { scanXml } from "../../../../acs/cwmp/scan-xml.js";
import { isXmlText, writeXml } from "../../../../acs/cwmp/write-xml.js";
import { type Element, el } from "../../../../acs/cwmp/xml.js";
import { type Random, runSeed, seededRandom } from "../../../support/seeded-random.js";

describe("writeXml", () => {
  it("escapes & < > \" ' (TR-069 3.4.1)", () => {
    expect(writeXml(el("a", {}, "&<>\"'"))).to.equal("<a>&amp;&lt;&gt;&quot;&apos;</a>");
    expect(writeXml(el("a", { b: "&<>\"'" }))).to.equal('<a b="&amp;&lt;&gt;&quot;&apos;"></a>');
  });

  it("writes all but #9, #10 and #32 to #126 as references (TR-069 3.4.1)", () => {
    expect(writeXml(el("a", {}, "\t\n ~\x7f\r\u0080é€𝄞"))).to.equal("<a>\t\n ~&#127;&#13;&#128;&#233;&#8364;&#119070;</a>");
  });

  it("writes tabs and line ends in attributes as references, or they would be read as spaces (XML 1.0 3.3.3)", () => {
    expect(writeXml(el("a", { b: "\t\n" }))).to.equal('<a b="&#9;&#10;"></a>');
  });

  it("never closes a tag in itself: some parsers of devices cannot", () => {
    expect(writeXml(el("a", {}, el("b", {})))).to.equal("<a><b></b></a>");
  });

  it("refuses characters that XML 1.0 cannot carry, and says beforehand which texts have none", () => {
    for (const text of ["\0", "\x1f", "\ud800", "\udc00", "\ufffe"]) {
      expect(() => writeXml(el("a", {}, text)), JSON.stringify(text)).to.throw(RangeError);
      expect(() => writeXml(el("a", { b: text })), JSON.stringify(text)).to.throw(RangeError);
      expect(isXmlText(text)).to.equal(false);
    }
    expect(isXmlText("é𝄞\t\n\r")).to.equal(true);
  });

  it("refuses the same text twice in a row", () => {
    for (let time = 0; time < 2; time++) expect(() => writeXml(el("a", {}, "é\0"))).to.throw(RangeError);
  });

  it("read(write(e)) is e, for any element without mixed content", () => {
    const seed = runSeed();
    const random = seededRandom(seed);
    for (let run = 0; run < 500; run++) {
      const element = anyElement(random, 4);
      expect(scanXml(writeXml(element)), `SEED=${seed}`).to.deep.equal(element);
    }
  });
});

const CHARACTERS = [..."ab&<>\"' \t\n\r]é𝄞\u007f\ufffd"];

function anyElement(random: Random, depth: number): Element {
  const text = (): string => random.list(8, () => random.pick(CHARACTERS)).join("");
  const attributes = Object.fromEntries(random.list(3, () => [random.pick(["a", "x:b", "c.d"]), text()]));
  const name = random.pick(["a", "cwmp:Inform", "é", "_x-1"]);
  if (depth === 0 || random.bool()) return el(name, attributes, text());
  return el(
    name,
    attributes,
    random.list(4, () => anyElement(random, depth - 1)),
  );
}
