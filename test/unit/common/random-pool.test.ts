/**
 * Random octets in small portions.
 * Layer: unit test.
 */
import { expect } from "chai";
import { createRandomPool } from "../../../common/random-pool.js";

describe("random pool", () => {
  it("never gives an octet twice, and never changes what it gave", () => {
    const take = createRandomPool();
    const given = Array.from({ length: 3_000 }, () => take(12));
    const texts = given.map((bytes) => Buffer.from(bytes).toString("hex"));
    expect(new Set(texts).size).to.equal(3_000);
    expect(given.map((bytes) => Buffer.from(bytes).toString("hex"))).to.deep.equal(texts);
  });

  it("gives as many as asked for", () => {
    const take = createRandomPool();
    expect([0, 1, 16, 1_024, 1_025, 100_000].map((count) => take(count).length)).to.deep.equal([0, 1, 16, 1_024, 1_025, 100_000]);
  });
});
