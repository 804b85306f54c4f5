/** When a wake is tried again, and what the wire says about it. */
import { expect } from "chai";
import { backOffMs, meaningOf } from "../../../../acs/wake/wake-policy.js";

const base = { wakeId: "w", deviceId: "d", atMs: 0 } as const;

describe("wake policy", () => {
  it("backs off 1, 5, 15, 60 minutes and stays there", () => {
    expect([1, 2, 3, 4, 9].map((attempts) => backOffMs(attempts, 0) / 60_000)).to.deep.equal([1, 5, 15, 60, 60]);
  });
  it("adds up to a fifth of jitter, so that a fleet does not come back at once", () => {
    expect(backOffMs(1, 0.999)).to.be.within(60_000, 72_000);
  });
  it("does not take a 200 for the wake: it waits for the call-in", () => {
    expect(meaningOf({ ...base, kind: "answered", status: 200, reason: "OK" }).next).to.equal("expect-inform");
  });
  it("tries later after a refusal, a time-out or a failure, and names it", () => {
    expect(meaningOf({ ...base, kind: "answered", status: 481, reason: "Call/Transaction Does Not Exist" })).to.deep.equal({
      next: "try-later",
      reason: "NOTIFY answered 481 Call/Transaction Does Not Exist",
    });
    expect(meaningOf({ ...base, kind: "timed-out" }).next).to.equal("try-later");
    expect(meaningOf({ ...base, kind: "failed", detail: "socket closed" }).next).to.equal("try-later");
  });
  it("tries at once when the target registers", () => {
    expect(meaningOf({ ...base, kind: "registered", addressOfRecord: "sip:1001@x" }).next).to.equal("try-now");
  });
});
