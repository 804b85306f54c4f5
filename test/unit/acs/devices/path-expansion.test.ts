/**
 * Aliases and wildcards resolved by the tree.
 * Spec: TR-069 3.6.1, 3.6.2. Layer: unit.
 */
import { expect } from "chai";
import { expand, fixedPart, knownRows } from "../../../../acs/devices/path-expansion.js";

const NAMES = [
  "D.X.2.P",
  "D.X.10.P",
  "D.X.2.Alias",
  "D.X.10.Alias",
  "D.X.2.Y.1.Q",
  "D.X.10.Y.1.Q",
  "D.X.10.Y.2.Q",
  "D.X.10.Y.2.Alias",
  "D.X.[own].P",
];
const ALIASES = new Map([
  ["D.X.2.Alias", "a"],
  ["D.X.10.Alias", "b"],
  ["D.X.10.Y.2.Alias", "deep"],
]);
const known = knownRows(NAMES, ALIASES);
const paths = (pattern: string, most = 100) => {
  const found = expand(pattern, known, most);
  return found === "too-many" ? found : found.map(({ path }) => path);
};

describe("acs/devices/path-expansion", () => {
  it("an alias is the row whose Alias has that value, or that the tree itself has by it", () => {
    expect(paths("D.X.[b].P")).to.deep.equal(["D.X.10.P"]);
    expect(paths("D.X.[own].P")).to.deep.equal(["D.X.[own].P"]);
    expect(paths("D.X.[b].Y.[deep].")).to.deep.equal(["D.X.10.Y.2."]);
  });
  it("tells by which Alias parameters a row was found", () => {
    expect(expand("D.X.[b].Y.[deep].Q", known, 1)).to.deep.equal([
      {
        path: "D.X.10.Y.2.Q",
        by: [
          ["D.X.10.Alias", "b"],
          ["D.X.10.Y.2.Alias", "deep"],
        ],
      },
    ]);
  });
  it("what follows an alias need not be known; what follows a wildcard must be", () => {
    expect(paths("D.X.[a].New")).to.deep.equal(["D.X.2.New"]);
    expect(paths("D.X.*.New")).to.deep.equal([]);
    expect(paths("D.X.*.Alias")).to.deep.equal(["D.X.2.Alias", "D.X.10.Alias"]);
  });
  it("a wildcard is all known rows in path order, in each of its places", () => {
    expect(paths("D.X.*.P")).to.deep.equal(["D.X.2.P", "D.X.10.P", "D.X.[own].P"]);
    expect(paths("D.X.*.Y.*.")).to.deep.equal(["D.X.2.Y.1.", "D.X.10.Y.1.", "D.X.10.Y.2."]);
  });
  it("an unknown alias, or a table that is not known, is nothing", () => {
    for (const pattern of ["D.X.[c].P", "D.Z.[a].P", "D.Z.*.P", "D.X.[a].Y.[deep].Q"]) expect(paths(pattern), pattern).to.deep.equal([]);
  });
  it("a path with neither is itself, known or not", () => {
    expect(paths("D.Unknown.7.P")).to.deep.equal(["D.Unknown.7.P"]);
  });
  it("more than the limit is not expanded: ten thousand wildcards neither", () => {
    expect(paths("D.X.*.P", 2)).to.equal("too-many");
    expect(paths(`D${".*".repeat(10_000)}`)).to.deep.equal([]);
  });
  it("looks below the part before the first alias or wildcard", () => {
    expect(fixedPart("D.X.[a.b].Y.*.P")).to.equal("D.X.");
    expect(fixedPart("D.X.*.P")).to.equal("D.X.");
    expect(fixedPart("D.X.1.P")).to.equal("D.X.1.P");
  });
});
