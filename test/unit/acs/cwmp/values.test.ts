/** Lexical values of arguments. Layer: test. */
import { expect } from "chai";
import {
  readBoolean,
  readCount,
  readInt,
  readKey,
  readList,
  readStatus,
  readStrings,
  writeBoolean,
  writeStrings,
} from "../../../../acs/cwmp/values.js";
import { attribute } from "../../../../acs/cwmp/xml.js";

describe("argument values", () => {
  it("booleans: 0, 1, false, true, and the words devices use, in any case (field quirk 14)", () => {
    for (const text of ["1", "true", "True", " TRUE ", "yes", "on", "enabled"]) expect(readBoolean(text), text).to.equal(true);
    for (const text of ["0", "false", "False", "", "no", "2", "truely"]) expect(readBoolean(text), text).to.equal(false);
    expect([writeBoolean(true), writeBoolean(false)]).to.deep.equal(["1", "0"]);
  });

  it("counts: whole numbers with blanks and leading zeros, else what stands in for them", () => {
    expect([" 7 ", "0009", "+5", "0"].map((text) => readCount(text, -1))).to.deep.equal([7, 9, 5, 0]);
    for (const text of ["", "-1", "1.5", "1e3", "0x10", "7 days", "9".repeat(16), "Infinity"])
      expect(readCount(text, -1), text).to.equal(-1);
  });

  it("a status is in force only if it says 0 (field quirk 28)", () => {
    expect(["0", "00", "1", "", "2", "ok"].map(readStatus)).to.deep.equal([0, 0, 1, 1, 1, 1]);
  });

  it('"(null)" is an empty key (field quirk 44)', () => {
    expect(["(null)", "k", ""].map(readKey)).to.deep.equal(["", "k", ""]);
  });

  it("string arrays carry their exact count, and are read by their items (field quirk 17)", () => {
    const list = writeStrings("MethodList", ["Inform", " Reboot "]);
    expect(attribute(list, "SOAP-ENC:arrayType")).to.equal("xsd:string[2]");
    expect(readStrings(list)).to.deep.equal(["Inform", "Reboot"]);
    expect(readStrings(writeStrings("MethodList", []))).to.deep.equal([]);
  });

  it("integers: 32 bits with a sign, else what stands in for them", () => {
    expect([" -1 ", "+5", "007", "-0", "-2147483648"].map((text) => readInt(text, 9))).to.deep.equal([-1, 5, 7, 0, -2_147_483_648]);
    for (const text of ["", "-", "1.5", "2147483648", "-2147483649", "many"]) expect(readInt(text, 9), text).to.equal(9);
  });

  it("lists: items between commas, without blanks and empty ones (TR-106 3.2.3)", () => {
    expect(readList(" a , b,,c d,")).to.deep.equal(["a", "b", "c d"]);
    expect(readList("")).to.deep.equal([]);
  });
});
