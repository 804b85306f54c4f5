/** The table of names: same answer remembered or not, whoever shares a slot. Layer: test. */
import { expect } from "chai";
import { NameTable } from "../../../../acs/cwmp/name-table.js";

describe("NameTable", () => {
  it("gives the name that stands there, with and without prefix", () => {
    expect(new NameTable().name("<cwmp:Inform>", 1, 12, 5)).to.deep.equal({ name: "cwmp:Inform", localName: "Inform" });
  });

  it("gives the same object again for the same name", () => {
    const table = new NameTable();
    expect(table.name("<Name>", 1, 5, 7)).to.equal(table.name("  <Name >", 3, 7, 7));
  });

  it("never confuses names that share a slot, a beginning or a length", () => {
    const table = new NameTable();
    for (let round = 0; round < 3; round++) {
      for (const name of ["Name", "Names", "Nam", "Mane", "NameX", "é"]) {
        expect(table.name(name, 0, name.length, 1).name).to.equal(name);
        expect(table.text(name, 0, name.length, 1)).to.equal(name);
      }
    }
  });

  it("passes long strings through without remembering them", () => {
    const table = new NameTable();
    const long = "x".repeat(200);
    expect(table.text(long, 0, 200, 3)).to.equal(long);
    expect(table.name(long, 0, 200, 3)).to.not.equal(table.name(long, 0, 200, 3));
  });
});
