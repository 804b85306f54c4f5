/**
 * The bridge and sipp over a network that loses messages: what is lost is repeated, and what is repeated is answered once.
 * Spec: RFC 3261 17.1.2, 17.2.2. Layer: interop test.
 */
import { expect } from "chai";
import type { WireEvent } from "../../schemas/wake-contract.js";
import { timersOf } from "../../sip-bridge/main.js";
import { STANDARD_TIMERS, type TransactionTimers } from "../../sip-bridge/transactions/timers.js";
import { freePort } from "../support/npm-sip.js";
import { requireCommand } from "../support/services.js";
import { type Sipp, startSipp } from "../support/sipp.js";
import { startTestBridge, TEST_PASSWORD, type TestBridge } from "../support/test-bridge.js";
import { untilEnded } from "../support/wire-events.js";

const target = { by: "address-of-record", addressOfRecord: "hgw1@voice.example" } as const;

describe("interop: sipp over a lossy network", () => {
  let bridge: TestBridge;
  let localPort = 0;
  const processes: Sipp[] = [];

  beforeEach(async function () {
    requireCommand(this, "sipp");
    localPort = await freePort();
  });
  afterEach(async () => {
    for (const sipp of processes.splice(0)) await sipp.stop();
    await bridge?.close();
  });

  async function openBridge(timers: TransactionTimers): Promise<void> {
    bridge = await startTestBridge({
      ...{ http: null, digestAlgorithms: ["MD5"] },
      sip: { addresses: [{ address: "127.0.0.1" }], port: 0, timers },
    });
  }

  function sipp(options: { readonly scenario: string; readonly calls: number; readonly lostPercent: number }, remotePort?: number): Sipp {
    const where = remotePort === undefined ? {} : { remotePort };
    const started = startSipp({ localPort, user: "hgw1", password: TEST_PASSWORD, ...where, ...options });
    processes.push(started);
    return started;
  }

  it("30 registrations with a tenth of all messages lost: each succeeds, and no copy is registered again", async () => {
    // sipp repeats by the standard's T1: with a shorter one the bridge would forget its answer before the last copy.
    await openBridge(STANDARD_TIMERS);
    await sipp({ scenario: "register", calls: 30, lostPercent: 10 }, bridge.sipPort).played;
    const counters = bridge.counters();
    expect(counters["registrar.registered"], "once each").to.equal(30);
    expect(counters["registrar.wrongCredentials"]).to.equal(0);
  });

  it("20 wakes with a fifth of all messages lost: each is answered, after repetitions", async () => {
    await openBridge(timersOf(50));
    await sipp({ scenario: "register", calls: 1, lostPercent: 0 }, bridge.sipPort).played;
    sipp({ scenario: "notify-200-patient", calls: 20, lostPercent: 20 });
    const all: WireEvent[] = [];
    for (let i = 0; i < 20; i++) {
      const ended = untilEnded(bridge.bridge);
      await bridge.bridge.wake({ wakeId: `w${i}`, deviceId: `d${i}`, target, event: "resync" });
      all.push(...(await ended));
    }
    expect(all.filter(({ kind }) => kind === "answered")).to.have.length(20);
    expect(all.filter(({ kind }) => kind === "retransmitted")).not.to.have.length(0);
  });
}).timeout(40_000);
