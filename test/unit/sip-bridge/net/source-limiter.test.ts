/**
 * Token buckets per source.
 */
import { expect } from "chai";
import { createSourceLimiter } from "../../../../sip-bridge/net/source-limiter.js";

const limiter = (more: object = {}) =>
  createSourceLimiter({ burst: 2, perSecond: 1, totalBurst: 100, totalPerSecond: 10, sourcesMax: 100, ...more });
const takes = (count: number, take: () => boolean): number => Array.from({ length: count }, take).filter(Boolean).length;

describe("net/source-limiter", () => {
  it("gives a burst, then so many a second, to each source by itself", () => {
    const one = limiter();
    expect(takes(5, () => one.take("a", 0))).to.equal(2);
    expect(takes(5, () => one.take("b", 0))).to.equal(2);
    expect(takes(5, () => one.take("a", 999))).to.equal(0);
    expect(takes(5, () => one.take("a", 1_000))).to.equal(1);
    expect(takes(5, () => one.take("a", 3_600_000))).to.equal(2);
  });

  it("all sources together have a limit too", () => {
    const one = limiter({ totalBurst: 3 });
    let source = 0;
    expect(takes(10, () => one.take(`s${source++}`, 0))).to.equal(3);
    expect(takes(20, () => one.take(`s${source++}`, 1_000))).to.equal(3);
  });

  it("remembers so many sources only", () => {
    const one = limiter({ sourcesMax: 2 });
    takes(2, () => one.take("a", 0));
    takes(2, () => one.take("b", 0));
    one.take("c", 0);
    expect(one.take("b", 0)).to.equal(false);
    expect(one.take("a", 0), "forgotten, so full again").to.equal(true);
  });

  it("a clock that goes back gives nothing", () => {
    const one = limiter();
    takes(2, () => one.take("a", 10_000));
    expect(one.take("a", 0)).to.equal(false);
  });
});
