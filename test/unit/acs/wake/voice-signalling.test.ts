/**
 * When a voice-signalled gateway with work is signalled.
 * Spec: US 2012/0089717 A1 [0053], [0064]. Layer: test.
 */
import { expect } from "chai";
import { type NmsRecord, NO_NMS } from "../../../../acs/devices/device.js";
import { type SignalPolicy, signalTurn, voiceSignalledProfile } from "../../../../acs/wake/voice-signalling.js";
import { NOW_MS } from "../../../support/builders.js";

const policy = (nmsSignal: SignalPolicy["nmsSignal"]): SignalPolicy => ({ nmsSignal, nmsSignalIntervalS: 60, nmsSignalRegistrations: 3 });
const registered = (more: Partial<NmsRecord> = {}): NmsRecord => ({ ...NO_NMS, registeredAtMs: NOW_MS - 1, registrations: 1, ...more });

describe("US 2012/0089717 A1 [0064]: when the voice signalling is transmitted", () => {
  for (const when of ["immediately", "interval", "registrations"] as const) {
    it(`${when}: never before a registration message was received [0053]`, () => {
      expect(signalTurn(NO_NMS, policy(when), NOW_MS).signal).to.equal("later");
    });
  }

  it("immediately after a registration message, and again whenever there is work", () => {
    expect(signalTurn(registered(), policy("immediately"), NOW_MS).signal).to.equal("now");
    expect(signalTurn(registered({ registrations: 0, signalledAtMs: NOW_MS }), policy("immediately"), NOW_MS).signal).to.equal("now");
  });

  it("regularly: the first time at once, then not before the interval is over", () => {
    const at = (nowMs: number) => signalTurn(registered({ signalledAtMs: NOW_MS }), policy("interval"), nowMs);
    expect(signalTurn(registered(), policy("interval"), NOW_MS).signal).to.equal("now");
    expect(at(NOW_MS + 59_999)).to.deep.equal({ signal: "at", atMs: NOW_MS + 60_000, why: "signalled each 60 s at most" });
    expect(at(NOW_MS + 60_000).signal).to.equal("now");
  });

  it("regularly, also when the clock was set back", () => {
    expect(signalTurn(registered({ signalledAtMs: NOW_MS + 1 }), policy("interval"), NOW_MS).signal).to.equal("now");
  });

  it("after multiple registration messages since the last signal", () => {
    const having = (registrations: number) => signalTurn(registered({ registrations }), policy("registrations"), NOW_MS);
    expect(having(2)).to.deep.equal({ signal: "later", why: "signalled after 3 registration messages; 2 were received" });
    expect(having(3).signal).to.equal("now");
  });

  it("[0091-0095] with a Call-ID that stays, CSeq by the requests received, and a subscription of 1000 s", () => {
    expect(voiceSignalledProfile(registered({ requests: 7 }))).to.deep.equal({
      events: ["resync"],
      ...{ subscriptionState: "active; expires=1000", userAgent: null, userParameter: "phone", callId: "kept", requestsReceived: 7 },
    });
  });
});
