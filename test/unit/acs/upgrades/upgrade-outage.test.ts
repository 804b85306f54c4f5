import { expect } from "chai";
import { afterOutage } from "../../../../acs/upgrades/upgrade-outage.js";
import { NOW_MS } from "../../../support/builders.js";
import { anUpgrade, HOURS } from "../../../support/upgrades.js";

const MINUTE_MS = 60_000;
const upgrade = anUpgrade({ phase: "verifying-version", phaseEndsAtMs: NOW_MS + MINUTE_MS });

describe("an outage of ours", () => {
  it("moves a deadline that fell into it, and gives at least as much time as it took, at most half of the whole", () => {
    const short = afterOutage(upgrade, { fromMs: NOW_MS, untilMs: NOW_MS + 2 * MINUTE_MS });
    expect(short).to.include({ phaseEndsAtMs: NOW_MS + 4 * MINUTE_MS, dueAtMs: NOW_MS + 2 * MINUTE_MS });
    const long = afterOutage(upgrade, { fromMs: NOW_MS, untilMs: NOW_MS + HOURS(10) });
    expect(long?.phaseEndsAtMs).to.equal(NOW_MS + HOURS(10) + upgrade.policy.returnMs / 2);
  });

  it("has a device that waits for nothing looked at now, and one that waits for its task at the new deadline", () => {
    const outage = { fromMs: NOW_MS, untilMs: NOW_MS + 2 * MINUTE_MS };
    expect(afterOutage({ ...upgrade, taskId: "01task" }, outage)?.dueAtMs).to.equal(NOW_MS + 4 * MINUTE_MS);
    expect(afterOutage({ ...upgrade, taskId: "01task", phase: "downloading" }, outage)?.dueAtMs).to.equal(outage.untilMs);
  });

  it("leaves a deadline that lies before or behind it, and so one that it has moved", () => {
    for (const phaseEndsAtMs of [NOW_MS, NOW_MS + 2 * MINUTE_MS + 1])
      expect(afterOutage({ ...upgrade, phaseEndsAtMs }, { fromMs: NOW_MS, untilMs: NOW_MS + 2 * MINUTE_MS })).to.equal(undefined);
    expect(afterOutage({ ...upgrade, state: "done" }, { fromMs: NOW_MS, untilMs: NOW_MS + HOURS(1) })).to.equal(undefined);
  });
});
