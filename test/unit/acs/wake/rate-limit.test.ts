/**
 * A token bucket per source. Layer: unit test.
 */
import { expect } from "chai";
import { createRateLimit } from "../../../../acs/wake/rate-limit.js";

describe("rate limit", () => {
  const limits = { perSecond: 2, burst: 3, sourcesMax: 2 };

  it("lets a burst through, then as many as the rate", () => {
    const allows = createRateLimit(limits);
    expect([0, 0, 0, 0].map((atMs) => allows("a", atMs))).to.deep.equal([true, true, true, false]);
    expect([499, 500, 999, 1_000].map((atMs) => allows("a", atMs))).to.deep.equal([false, true, false, true]);
  });

  it("sources do not take from each other", () => {
    const allows = createRateLimit(limits);
    for (let i = 0; i < 4; i++) allows("a", 0);
    expect([allows("a", 0), allows("b", 0)]).to.deep.equal([false, true]);
  });

  it("a clock that goes back gives nothing", () => {
    const allows = createRateLimit(limits);
    for (let i = 0; i < 3; i++) allows("a", 10_000);
    expect(allows("a", 0)).to.equal(false);
  });

  it("forgets whom it has not heard for longest", () => {
    const allows = createRateLimit(limits);
    for (const source of ["a", "a", "a", "b", "b", "b"]) allows(source, 0);
    allows("a", 0); // refused, but heard: "b" is now the older one
    allows("c", 0);
    expect([allows("a", 0), allows("b", 0)]).to.deep.equal([false, true]);
  });
});
