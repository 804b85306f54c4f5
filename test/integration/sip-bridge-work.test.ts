/**
 * What a REGISTER and a wake have the bridge do, counted: what comes in thousands a second must not grow unseen (docs/performance.md).
 * Layer: integration, over UDP.
 */
import { expect } from "chai";
import { type Clock, systemClock } from "../../common/clock.js";
import { timersOf } from "../../sip-bridge/main.js";
import { ANSWER_WITHIN_MS } from "../../sip-bridge/transactions/non-invite-server.js";
import { openGateway, type SipGateway } from "../support/sip-gateway.js";
import { startTestBridge, TEST_DOMAIN, type TestBridge } from "../support/test-bridge.js";
import { untilEnded } from "../support/wire-events.js";

const COUNTED = ["udp.datagramsSent", "store.operations", "store.rowsRead", "store.rowsWritten"] as const;
/** So long that nothing is sent again on a busy machine. */
const T1_MS = 10_000;
/** Of the transactions: timers E, K, J and F, and the limit for an answer. Others start timers of their own, now and then. */
const TIMERS_MS: Readonly<Record<number, string>> = { [T1_MS]: "E", 100000: "K", 640000: "J or F", [ANSWER_WITHIN_MS]: "answer" };

describe("the work of the SIP bridge", () => {
  const timers: number[] = [];
  const clock: Clock = {
    now: systemClock.now,
    after(delayMs, run) {
      timers.push(delayMs);
      return systemClock.after(delayMs, run);
    },
  };
  let bridge: TestBridge;
  let gateway: SipGateway;

  before(async () => {
    const sip = { addresses: [{ address: "127.0.0.1" }], port: 0, timers: timersOf(T1_MS) };
    bridge = await startTestBridge({ clock, sip });
    gateway = await openGateway({ bridgePort: bridge.sipPort, t1Ms: T1_MS });
    await gateway.register();
  });
  after(async () => {
    await gateway.close();
    await bridge.close();
  });

  async function workOf(what: () => Promise<unknown>): Promise<Readonly<Record<string, unknown>>> {
    const before = bridge.counters();
    timers.length = 0;
    await what();
    const after = bridge.counters();
    const counts = COUNTED.map((name) => [name, (after[name] ?? 0) - (before[name] ?? 0)]);
    return { ...Object.fromEntries(counts), timers: timers.flatMap((delayMs) => TIMERS_MS[delayMs] ?? []).sort() };
  }

  it("a REGISTER that refreshes: a challenge, one write of one row after a look at it, and two timers for each answer", async () => {
    expect(await workOf(() => gateway.register())).to.deep.equal({
      "udp.datagramsSent": 2,
      "store.operations": 1,
      "store.rowsRead": 1,
      "store.rowsWritten": 1,
      timers: ["J or F", "J or F", "answer", "answer"],
    });
  });

  it("a wake of a gateway that has registered: one NOTIFY, three timers, and no look at the store", async () => {
    const target = { by: "address-of-record", addressOfRecord: `hgw1@${TEST_DOMAIN}` } as const;
    const wake = async (): Promise<void> => {
      const ended = untilEnded(bridge.bridge);
      await bridge.bridge.wake({ wakeId: "w1", deviceId: "d1", target });
      await ended;
    };
    expect(await workOf(wake)).to.deep.equal({
      "udp.datagramsSent": 1,
      "store.operations": 0,
      "store.rowsRead": 0,
      "store.rowsWritten": 0,
      timers: ["E", "J or F", "K"],
    });
  });
});
