/** Character classes of XML 1.0. Layer: test. */
import { expect } from "chai";
import { CHARACTER_CLASS, illegalCharacterAt, isXmlCodePoint, NAME, NAME_START, SPACE } from "../../../../acs/cwmp/xml-characters.js";

const classOf = (text: string): number => CHARACTER_CLASS[text.charCodeAt(0)] ?? 0;

describe("XML 1.0 characters", () => {
  it("2.3: blanks are space, tab, CR and LF, no others", () => {
    for (const text of [" ", "\t", "\r", "\n"]) expect(classOf(text)).to.equal(SPACE);
    for (const text of ["\u00a0", "\u2028", "\v", "\ufeff"]) expect(classOf(text) & SPACE).to.equal(0);
  });

  it("2.3 [4]: what a name may begin with", () => {
    for (const text of [":", "_", "A", "z", "é", "Ж", "中", "\ud800"]) expect(classOf(text), text).to.equal(NAME_START | NAME);
    for (const text of ["-", ".", "0", "9", "·", "\u0301", "\udc00"]) expect(classOf(text), text).to.equal(NAME);
    for (const text of ["×", "÷", "<", "/", "=", '"', "&", ";", "\u037e", "\u2000", "\udb80"]) expect(classOf(text), text).to.equal(0);
  });

  it("2.2 [2]: what a document may hold", () => {
    expect(["", "\t\n\r", "é\ud7ff\ue000\ufffd", "\u{10000}\u{10ffff}"].map(illegalCharacterAt)).to.deep.equal([-1, -1, -1, -1]);
    expect(["\0", "x\x1f", "xy\ufffe", "𝄞\uffff", "\ud800", "a\udc00", "\ud800\ud800\udc00"].map(illegalCharacterAt)).to.deep.equal([
      0, 1, 2, 2, 0, 1, 0,
    ]);
    expect([0x0, 0x8, 0xb, 0x1f, 0xd800, 0xdfff, 0xfffe, 0xffff, 0x110000].filter(isXmlCodePoint)).to.deep.equal([]);
    expect([0x9, 0xa, 0xd, 0x20, 0xd7ff, 0xe000, 0xfffd, 0x10000, 0x10ffff].every(isXmlCodePoint)).to.equal(true);
  });
});
