/**
 * A fleet behind NAT is woken: each gateway once, none twice, at the rate that is set. Judged by what the gateways themselves have written down.
 * SOAK_GATEWAYS=10000 (npm run soak) takes as many, within a minute, and prints the report.
 * Spec: sip.md 1.7, 1.8 (mass wake-up). Layer: simulation.
 */
import { expect } from "chai";
import { type FleetReport, wakeFleet } from "./fleet/fleet-run.js";

const SOAK = Number(process.env["SOAK_GATEWAYS"] ?? 0);
const MINUTE_MS = 60_000;
const SHOWN_MAX = 20;

function summary({ twice, missing, ...counts }: FleetReport): string {
  const accounts = missing
    .slice(0, SHOWN_MAX)
    .map(({ log, last }) => `${log.user}: ${log.notifies} NOTIFYs, ${last}; ${log.failures.join("; ")}`);
  return [JSON.stringify({ ...counts, twice: twice.length, missing: missing.length }), ...accounts].join("\n");
}

describe("simulation: a fleet behind NAT is woken", () => {
  it("each of a hundred gateways calls in once, by one NOTIFY, at the rate that is set", async () => {
    const report = await wakeFleet({ gateways: 100, wakesPerSecond: 50, withinMs: 60_000 });
    expect(report, summary(report)).to.deep.include({ once: 100, twice: [], missing: [], tasksDone: 100, blockedByNat: 0 });
    expect(report.busiestSecond).to.be.at.most(75);
  }).timeout(90_000);

  it("each of a large fleet calls in once within a minute", async function () {
    if (SOAK === 0) {
      console.warn("      (skipped: SOAK_GATEWAYS=10000 is the full run: npm run soak)");
      this.skip();
    }
    const wakesPerSecond = Math.ceil(SOAK / 45);
    const report = await wakeFleet({ gateways: SOAK, wakesPerSecond, withinMs: MINUTE_MS });
    console.log(`      ${wakesPerSecond} wakes a second: ${summary(report)}`);
    expect(report).to.deep.include({ once: SOAK, twice: [], missing: [], tasksDone: SOAK });
    expect(report.tookMs).to.be.at.most(MINUTE_MS);
  }).timeout(900_000);
});
