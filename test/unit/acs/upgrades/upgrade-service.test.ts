/**
 * Upgrades as a service, over a store that fails.
 * Layer: unit test.
 */
import { expect } from "chai";
import type { UpgradeSave } from "../../../../acs/stores/upgrade-store.js";
import { UpgradeService, type UpgradeServiceOptions } from "../../../../acs/upgrades/upgrade-service.js";
import { silentLog } from "../../../../common/log.js";
import { fakeClock, settle } from "../../../support/fake-clock.js";
import { anUpgrade } from "../../../support/upgrades.js";

describe("upgrades as a service", () => {
  it("a step that could not be stored is taken soon after, although nothing more is heard of the device", async () => {
    const clock = fakeClock();
    let upgrade = anUpgrade({ dueAtMs: null });
    const failures = [new Error("too many writes wait")];
    const save = async (saved: UpgradeSave) => {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      upgrade = saved.upgrade;
      return upgrade;
    };
    const service = new UpgradeService({
      ...{ clock, log: silentLog, servesSinceMs: 0, outage: { fromMs: 0, untilMs: 0 }, wake: () => undefined },
      upgrades: {
        allRunning: async () => [upgrade],
        get: async () => upgrade,
        save,
        due: async () => [],
        nextDueMs: async () => undefined,
      },
      ...{ devices: { get: async () => undefined }, tasks: { open: async () => [] }, catalogue: { get: async () => undefined } },
      events: { onStored: () => () => undefined },
    } as unknown as UpgradeServiceOptions);
    await service.begin();
    for (let looks = 0; looks < 50 && failures.length > 0; looks++) await settle();
    expect([upgrade.state, failures.length]).to.deep.equal(["running", 0]);
    await clock.advance(5_000);
    expect([upgrade.state, upgrade.reason]).to.deep.equal(["failed", "device-removed"]);
    await service.close();
  });
});
