/** Strangers must not fill the event store. */
import { expect } from "chai";
import { EventThrottle } from "../../../../acs/http/event-throttle.js";

describe("EventThrottle", () => {
  it("lets one event per key through in a window", () => {
    const throttle = new EventThrottle({ windowMs: 1_000, keysMax: 10, perWindowMax: 10 });
    expect([0, 999, 1_000].map((nowMs) => throttle.allows("a", nowMs))).to.deep.equal([true, false, true]);
  });
  it("lets no more than so many through in a window, whatever their keys", () => {
    const throttle = new EventThrottle({ windowMs: 1_000, keysMax: 10, perWindowMax: 3 });
    expect(["a", "b", "c", "d"].map((key) => throttle.allows(key, 5_000))).to.deep.equal([true, true, true, false]);
    expect(throttle.allows("d", 6_000)).to.equal(true);
  });
  it("remembers a bounded number of keys", () => {
    const throttle = new EventThrottle({ windowMs: 1_000, keysMax: 2, perWindowMax: 1_000 });
    for (let i = 0; i < 100; i++) throttle.allows(String(i), 0);
    expect(throttle.allows("0", 1)).to.equal(true); // forgotten, and harmlessly let through again
    expect(throttle.allows("99", 1)).to.equal(false);
  });
});
