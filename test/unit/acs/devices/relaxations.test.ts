/** Rules that were bent, counted by device. */
import { expect } from "chai";
import { Relaxations } from "../../../../acs/devices/relaxations.js";

describe("relaxations", () => {
  it("are counted by device and rule, with the first and the last time", () => {
    const relaxations = new Relaxations(10);
    relaxations.note("A", "no-cookie", 1);
    relaxations.note("A", "untyped-values", 2);
    relaxations.note("A", "no-cookie", 3);
    relaxations.note("B", "no-id", 4);
    expect(relaxations.of("A")).to.deep.equal([
      { rule: "untyped-values", uses: 1, firstMs: 2, lastMs: 2 },
      { rule: "no-cookie", uses: 2, firstMs: 1, lastMs: 3 },
    ]);
    expect(relaxations.of("C")).to.deep.equal([]);
  });
  it("of too many devices, those of the one that came longest ago go; those of a removed one, too", () => {
    const relaxations = new Relaxations(2);
    for (const device of ["A", "B", "C"]) relaxations.note(device, "no-id", 0);
    expect(relaxations.of("A")).to.deep.equal([]);
    relaxations.forget("B");
    expect([relaxations.of("B").length, relaxations.of("C").length]).to.deep.equal([0, 1]);
  });
});
