/**
 * When a device calls: retries of failed sessions, and the periodic Inform.
 * Spec: TR-069 3.2.1.1, table 3; TR-098 ManagementServer.PeriodicInformTime.
 */
import { expect } from "chai";
import { periodicDelayMs } from "../../device-sim/device/periodic.js";
import { retryDelayMs } from "../../device-sim/device/retry-policy.js";

describe("TR-069 3.2.1.1: the session retry policy", () => {
  const DEFAULT = { minimumWaitS: 5, multiplier: 2_000 };
  const range = (failures: number, policy = DEFAULT) =>
    [retryDelayMs(policy, failures, 0), retryDelayMs(policy, failures, 0.999_999_999)].map((ms) => ms / 1_000);

  it("waits 5-10, 10-20, 20-40, 40-80, 80-160, 160-320, 320-640, 640-1280, 1280-2560 and then 2560-5120 seconds", () => {
    const ranges = Array.from({ length: 12 }, (_, at) => range(at + 1));
    expect(ranges.slice(0, 4)).to.deep.equal([
      [5, 10],
      [10, 20],
      [20, 40],
      [40, 80],
    ]);
    expect(ranges[8]).to.deep.equal([1_280, 2_560]);
    expect(ranges.slice(9)).to.deep.equal([
      [2_560, 5_120],
      [2_560, 5_120],
      [2_560, 5_120],
    ]);
  });
  it("follows CWMPRetryMinimumWaitInterval and CWMPRetryIntervalMultiplier", () => {
    expect(range(1, { minimumWaitS: 20, multiplier: 1_500 })).to.deep.equal([20, 30]);
    expect(range(3, { minimumWaitS: 20, multiplier: 1_500 })).to.deep.equal([45, 67.5]);
    expect(range(20, { minimumWaitS: 7, multiplier: 1_000 })).to.deep.equal([7, 7]);
  });
});

describe("TR-069 3.2.1: the periodic Inform", () => {
  const plan = { enabled: true, intervalS: 60, time: "0001-01-01T00:00:00Z" };

  it("comes once per interval; an unknown PeriodicInformTime leaves the phase to the device", () => {
    expect(periodicDelayMs(plan, 1_000, 1_000)).to.equal(60_000);
    expect(periodicDelayMs(plan, 1_000, 31_000)).to.equal(30_000);
  });
  it("falls on PeriodicInformTime plus or minus whole intervals, whether that lies ahead or behind", () => {
    const nowMs = Date.parse("2026-01-01T12:00:20Z");
    expect(periodicDelayMs({ ...plan, time: "2020-01-01T00:00:30Z" }, 0, nowMs)).to.equal(10_000);
    expect(periodicDelayMs({ ...plan, time: "2030-01-01T00:00:10Z" }, 0, nowMs)).to.equal(50_000);
  });
  it("never comes when PeriodicInformEnable is false", () => {
    expect(periodicDelayMs({ ...plan, enabled: false }, 0, 0)).to.equal(undefined);
  });
});
