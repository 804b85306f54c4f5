/**
 * docs/spec-map.md says which test holds which rule of the standard: each test that it names exists, under that title.
 * Layer: tidy.
 */
import { expect } from "chai";
import { exists, readSpecMap } from "../support/spec-map.js";

describe("tidy: docs/spec-map.md", () => {
  const rows = readSpecMap();

  it('has a row for each rule, with a test or with "not yet"', () => {
    expect(rows).to.have.length.above(200);
    const unclear = rows.filter(({ heldBy, isNotYet }) => isNotYet === heldBy.length > 0);
    expect(unclear.map(({ rule }) => rule)).to.deep.equal([]);
  });

  it("names tests that exist", () => {
    const lost = rows.flatMap(({ heldBy }) => heldBy).filter((test) => !exists(test));
    expect(lost).to.deep.equal([]);
  });

  it("has all 37 rows of what the ACS must do when the CPE does X", () => {
    const numbers = rows.map(({ rule }) => Number(/^Row (\d+):/.exec(rule)?.[1] ?? 0));
    for (let row = 1; row <= 37; row++) expect(numbers, `row ${row}`).to.include(row);
  });
});
