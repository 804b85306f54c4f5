/**
 * Values that go back and forth. Spec: cwmp.md 12, quirk 42.
 * Layer: unit.
 */
import { expect } from "chai";
import { BackAndForth } from "../../../../acs/devices/back-and-forth.js";

const LIMITS = { keysMax: 3, valuesMax: 3, returnsMin: 3, windowMs: 1_000, valueCharactersMax: 8 };

describe("acs/devices: a value that goes back and forth", () => {
  /** What each of these values brings, a millisecond after the one before. */
  function heard(values: string, stepMs = 1): readonly (readonly string[] | undefined)[] {
    const watch = new BackAndForth(LIMITS);
    return [...values].map((value, i) => watch.note("device", value, i * stepMs));
  }

  it("is noticed when it has come back often enough, with the values that took turns", () => {
    expect(heard("ABABA")).to.deep.equal([undefined, undefined, undefined, undefined, ["A", "B"]]);
  });

  it("is noticed among three that take turns", () => {
    expect(heard("ABCABC").at(-1)).to.deep.equal(["C", "B", "A"]);
  });

  it("is not one that stays, nor one that moves on", () => {
    expect(heard("AAAAAAAA").every((found) => found === undefined)).to.equal(true);
    expect(heard("ABCDEFGH").every((found) => found === undefined)).to.equal(true);
    expect(heard("AABBBBAAA").every((found) => found === undefined)).to.equal(true);
  });

  it("is not one that comes back seldom", () => {
    expect(heard("ABABABABAB", 600).every((found) => found === undefined)).to.equal(true);
  });

  it("is noticed anew only after as many turns again", () => {
    expect(heard("ABABABABA").map((found) => found !== undefined)).to.deep.equal([
      ...[false, false, false, false, true],
      ...[false, false, false, true],
    ]);
  });

  it("is told apart by its beginning when it is long, and remembered of so many keys only", () => {
    const watch = new BackAndForth(LIMITS);
    for (const end of ["1", "2", "1", "2", "1", "2"]) expect(watch.note("long", `12345678${end}`, 0)).to.equal(undefined);
    for (const value of ["A", "B", "A", "B"]) watch.note("first", value, 0);
    for (const key of ["second", "third", "fourth"]) watch.note(key, "A", 0);
    expect(watch.note("first", "A", 0), "forgotten").to.equal(undefined);
  });
});
