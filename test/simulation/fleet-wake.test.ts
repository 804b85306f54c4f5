/**
 * A fleet behind NAT is woken: each gateway once, none twice, at the rate that is set. Judged by what the gateways themselves have written down.
 * SOAK_GATEWAYS=10000 (npm run soak:fleet) takes as many, within a minute from the first order on, and prints the report.
 * Spec: sip.md 1.7, 1.8 (mass wake-up). Layer: simulation.
 */
import { expect } from "chai";
import { wakeFleet } from "./fleet/fleet-run.js";
import { showReport } from "./fleet/report.js";

const SOAK = Number(process.env["SOAK_GATEWAYS"] ?? 0);
const MINUTE_MS = 60_000;
/** Time for the last ones to call in. */
const WOKEN_WITHIN_S = 48;

describe("simulation: a fleet behind NAT is woken", () => {
  it("each of a hundred gateways calls in once, by one NOTIFY, at the rate that is set", async () => {
    const report = await wakeFleet({ gateways: 100, wakesPerSecond: 50, withinMs: MINUTE_MS });
    expect(report, showReport(report)).to.deep.include({ once: 100, twice: [], missing: [], tasksDone: 100, blockedByNat: 0 });
    // Fifty may leave at once, the others one by one.
    expect(report.tookMs).to.be.at.least(1_000);
  }).timeout(90_000);

  it("each of a large fleet calls in once within a minute", async function () {
    if (SOAK === 0) {
      console.warn("      (skipped: SOAK_GATEWAYS=10000 is the full run: npm run soak)");
      this.skip();
    }
    const wakesPerSecond = Math.ceil(SOAK / WOKEN_WITHIN_S);
    const report = await wakeFleet({ gateways: SOAK, wakesPerSecond, withinMs: MINUTE_MS });
    console.log(`      at ${wakesPerSecond} wakes a second, ${showReport(report)}`);
    expect(report).to.deep.include({ once: SOAK, twice: [], missing: [], tasksDone: SOAK });
    expect(report.tookMs).to.be.at.most(MINUTE_MS);
  }).timeout(900_000);
});
