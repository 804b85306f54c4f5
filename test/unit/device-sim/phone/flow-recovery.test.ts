import { expect } from "chai";
import { recoveryDelayMs } from "../../../../device-sim/phone/flow-recovery.js";

describe("RFC 5626 4.5: waits before another flow is formed", () => {
  it("30 s doubled by each failure, 50 to 100 % of it", () => {
    expect([0, 1, 2].map((failures) => [recoveryDelayMs(failures, 0), recoveryDelayMs(failures, 1)])).to.deep.equal([
      [15_000, 30_000],
      [30_000, 60_000],
      [60_000, 120_000],
    ]);
  });
  it("never more than 1800 s", () => {
    expect([6, 100, 100_000].map((failures) => recoveryDelayMs(failures, 1))).to.deep.equal([1_800_000, 1_800_000, 1_800_000]);
  });
});
