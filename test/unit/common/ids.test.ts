/**
 * Ids sort by age, and fit where devices keep them.
 * Layer: unit test.
 */
import { expect } from "chai";
import { derivedId, newId, newSecret } from "../../../common/ids.js";

describe("newId", () => {
  it("makes 26 characters that fit a CommandKey and a ParameterKey (TR-069 A.3.2.1: 32)", () => {
    expect(newId(1_700_000_000_000)).to.match(/^[0-9a-hjkmnp-tv-z]{26}$/);
  });

  it("sorts by time", () => {
    const ids = [0, 1, 31, 32, 1_700_000_000_000, 1_700_000_000_001].map(newId);
    expect(ids.toSorted()).to.deep.equal(ids);
  });

  it("sorts by age within one millisecond", () => {
    const ids = Array.from({ length: 2_000 }, () => newId(1_700_000_000_000));
    expect(ids.toSorted()).to.deep.equal(ids);
    expect(new Set(ids).size).to.equal(ids.length);
  });

  it("differs between calls for the same time that another time lies between", () => {
    const [first] = [newId(5), newId(6)];
    expect(newId(5)).not.to.equal(first);
  });
});

describe("derivedId", () => {
  it("is the same for the same two, as old as the id, of the same form, and another for anything else", () => {
    const id = newId(1_700_000_000_000);
    const derived = derivedId(id, "0A1B2C-VG2000-1");
    expect(derivedId(id, "0A1B2C-VG2000-1")).to.equal(derived);
    expect(derived).to.match(/^[0-9a-hjkmnp-tv-z]{26}$/);
    expect(derived.slice(0, 10)).to.equal(id.slice(0, 10));
    expect(derivedId(id, "0A1B2C-VG2000-2")).not.to.equal(derived);
    expect(derivedId(newId(1_700_000_000_000), "0A1B2C-VG2000-1")).not.to.equal(derived);
  });
});

describe("newSecret", () => {
  it("is 24 characters, never the same", () => {
    expect(newSecret()).to.match(/^[0-9a-hjkmnp-tv-z]{24}$/);
    expect(newSecret()).not.to.equal(newSecret());
  });
});
