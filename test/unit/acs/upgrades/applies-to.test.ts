import { expect } from "chai";
import { APPLIES_TO_LIMITS, appliesTo, appliesToFault } from "../../../../acs/upgrades/applies-to.js";

describe("the versions that a file applies to", () => {
  const cases: readonly (readonly [pattern: string, version: string, fits: boolean])[] = [
    ["1.0", "1.0", true],
    ["1.0", "1.0.1", false],
    ["1.*", "1.", true],
    ["1.*", "10", false],
    ["*-beta", "2.0-beta", true],
    ["1.*.5", "1.5", false],
    ["1.*.5", "1.x.5", true],
    ["a*b*c", "a-b-b-c", true],
    ["a*b*c", "a-c-b", false],
    ["*", "", true],
    ["1.0", "1x0", false],
  ];
  for (const [pattern, version, fits] of cases) {
    it(`${pattern} ${fits ? "is for" : "is not for"} "${version}"`, () => expect(appliesTo([pattern], version)).to.equal(fits));
  }

  it("none at all is for any", () => expect(appliesTo([], "1.0")).to.equal(true));

  it("stars do not blow up the time that a version takes", () => {
    expect(appliesTo(["*a".repeat(32)], "a".repeat(31))).to.equal(false);
  });

  it("are refused when they are empty, too long, too many, or hold a comma", () => {
    const { patterns, patternCharacters } = APPLIES_TO_LIMITS;
    for (const bad of [[""], ["x".repeat(patternCharacters + 1)], Array.from({ length: patterns + 1 }, String), ["1,2"], ["\u0001"]])
      expect(appliesToFault(bad)).to.be.a("string");
    expect(appliesToFault(["1.*", "2.0"])).to.equal(undefined);
  });
});
