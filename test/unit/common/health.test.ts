/**
 * Whether a program can do its work.
 */
import { expect } from "chai";
import { createHealth, HEALTH_LIMITS, type HealthOptions } from "../../../common/health.js";
import { fakeClock } from "../../support/fake-clock.js";

function healthOf(options: Partial<HealthOptions> = {}) {
  const clock = fakeClock();
  let probes = 0;
  const probeStore = async (): Promise<void> => void probes++;
  const health = createHealth({ probeStore, areSocketsOpen: () => true, loopDelayMs: () => 0, clock, ...options });
  return { health, clock, probes: () => probes };
}

describe("health", () => {
  it("ready: the store takes writes, the sockets are open, the event loop is on time", async () => {
    expect(await healthOf().health()).to.deep.equal({ status: "ready", checks: { store: "ok", sockets: "ok", eventLoop: "ok" } });
  });

  const troubles: Readonly<Record<string, readonly [Partial<HealthOptions>, object]>> = {
    "a store that refuses": [{ probeStore: () => Promise.reject(new Error("disk full at /var/lib")) }, { store: "failing" }],
    "a socket that is closed": [{ areSocketsOpen: () => false }, { sockets: "closed" }],
    "an event loop that is late": [{ loopDelayMs: () => HEALTH_LIMITS.loopDelayMs + 1 }, { eventLoop: "late" }],
  };
  for (const [what, [options, checks]] of Object.entries(troubles)) {
    it(`degraded by ${what}, without the reason`, async () => {
      const report = await healthOf(options).health();
      expect(report.status).to.equal("degraded");
      expect(report.checks).to.deep.equal({ store: "ok", sockets: "ok", eventLoop: "ok", ...checks });
    });
  }

  it("a store that does not answer has failed after two seconds", async () => {
    const { health, clock } = healthOf({ probeStore: () => new Promise(() => undefined) });
    const report = health();
    await clock.advance(HEALTH_LIMITS.storeMs);
    expect((await report).checks.store).to.equal("failing");
    expect(clock.pending()).to.equal(0);
  });

  it("asking often writes seldom", async () => {
    const { health, clock, probes } = healthOf();
    for (let i = 0; i < 5; i++) await health();
    expect(probes()).to.equal(1);
    await clock.advance(HEALTH_LIMITS.keptMs);
    await health();
    expect(probes()).to.equal(2);
  });
});
