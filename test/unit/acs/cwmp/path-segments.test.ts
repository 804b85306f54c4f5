/**
 * Paths with aliases and wildcards as segments.
 * Spec: TR-069 3.6.1, 3.6.2, TR-106 (Alias). Layer: unit.
 */
import { expect } from "chai";
import { aliasFault, aliasOf, hasWildcard, isPattern, means, rowOf, segmentsOf } from "../../../../acs/cwmp/path-segments.js";
import { runSeed, seededRandom } from "../../../support/seeded-random.js";

describe("acs/cwmp/path-segments", () => {
  it("an alias in brackets is one segment, its dots included", () => {
    expect(segmentsOf("Device.X.[eth0.7].Y.[cpe-1].")).to.deep.equal(["Device", "X", "[eth0.7]", "Y", "[cpe-1]", ""]);
    expect(aliasOf("[eth0.7]")).to.equal("eth0.7");
  });

  it("brackets that are no whole segment are names, and their dots end segments", () => {
    const names = { "A.[": 2, "A.[.B": 3, "A.[]": 2, "A.[[a]].B": 3, "A.[a]b.C": 3, "A.b[a.c].D": 4, "A.[a.b": 3, "A.]a[.B": 3 };
    for (const [path, count] of Object.entries(names)) {
      expect(segmentsOf(path), path).to.have.length(count);
      expect(isPattern(path), path).to.equal(false);
    }
  });

  it("an alias has at most 64 characters, of whatever alphabet", () => {
    expect(aliasOf(`[${"ä".repeat(64)}]`)).to.equal("ä".repeat(64));
    expect(aliasOf(`[${"😀".repeat(64)}]`)).to.equal("😀".repeat(64));
    expect(aliasOf(`[${"a".repeat(65)}]`)).to.equal(undefined);
  });

  it("says why a text can't be an alias (TR-106)", () => {
    expect(aliasFault("cpe-1")).to.equal(undefined);
    expect(aliasFault("a".repeat(64))).to.equal(undefined);
    for (const text of ["", "1a", "_a", "a]", "a[", "a\n", "a".repeat(65)]) expect(aliasFault(text), text).to.be.a("string");
  });

  it("a star is a wildcard as a whole segment only", () => {
    expect(hasWildcard("Device.X.*.Y")).to.equal(true);
    expect(hasWildcard("Device.X.a*.Y")).to.equal(false);
    expect(hasWildcard("Device.X.[*].Y")).to.equal(false);
  });

  it("law: the segments with dots between are the path", () => {
    const random = seededRandom(runSeed());
    const pieces = ["Device", "[", "]", "[a]", "[a.b]", "*", "1", ".", ".", ".", "a", "Ä", "😀", "\ud800", "\n", "\0"];
    for (let i = 0; i < 10_000; i++) {
      const path = random.list(10, () => random.pick(pieces)).join("");
      if (segmentsOf(path).join(".") !== path) expect.fail(`seed ${random.seed}: ${JSON.stringify(path)}`);
    }
  });

  it("law: each segment alone is one segment, unless it is empty", () => {
    const random = seededRandom(runSeed());
    const pieces = ["[", "]", "a", ".", "[b]", "1"];
    for (let i = 0; i < 5_000; i++) {
      const path = random.list(8, () => random.pick(pieces)).join("");
      for (const segment of segmentsOf(path)) expect(segmentsOf(segment), `seed ${random.seed}: ${path}`).to.deep.equal([segment]);
    }
  });

  it("hostile paths cost what their length costs: each is cut into as many pieces as it has dots outside of aliases", () => {
    const n = 10_000;
    expect(segmentsOf(`Device${".*".repeat(n)}`)).to.have.length(n + 1);
    expect(segmentsOf("[".repeat(n))).to.have.length(1);
    expect(segmentsOf("[.".repeat(n))).to.have.length(n + 1);
    expect(segmentsOf(`[${"a.".repeat(n)}]`)).to.have.length(n + 1);
    expect(segmentsOf("[a].".repeat(n))).to.have.length(n + 1);
  });

  describe("what a device may mean by an answer", () => {
    it("an alias comes back as itself or as a number, a wildcard as either, a name as itself", () => {
      expect(means("D.X.[a].P", "D.X.3.P")).to.equal(true);
      expect(means("D.X.[a].P", "D.X.[a].P")).to.equal(true);
      expect(means("D.X.[a].P", "D.X.[b].P")).to.equal(false);
      expect(means("D.X.[a].P", "D.X.3.Q")).to.equal(false);
      expect(means("D.X.*.P", "D.X.[b].P")).to.equal(true);
      expect(means("D.X.*.P", "D.X.y.P")).to.equal(false);
      expect(means("D.X.1.P", "D.X.2.P")).to.equal(false);
    });
    it("a partial path means itself and all below it", () => {
      expect(means("D.X.[a].", "D.X.3.")).to.equal(true);
      expect(means("D.X.[a].", "D.X.3.Y.Z")).to.equal(true);
      expect(means("D.X.[a].", "D.X.3")).to.equal(false);
      expect(means("D.X.", "D.X.3.Y")).to.equal(true);
    });
  });

  it("the path of a row is its table and its segment", () => {
    expect(rowOf("D.X.[a.b].")).to.deep.equal({ table: "D.X.", segment: "[a.b]" });
    expect(rowOf("D.X.12.")).to.deep.equal({ table: "D.X.", segment: "12" });
    for (const path of ["D.X.", "D.X.1", "D.X.*.", "D.X.01.", "", "."]) expect(rowOf(path), path).to.equal(undefined);
  });
});
