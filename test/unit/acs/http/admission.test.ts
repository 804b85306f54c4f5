/**
 * Who is let in under load, and when the others should come again.
 * Spec: cwmp.md 1.11 row 32. Layer: unit test.
 */
import { expect } from "chai";
import { Admission, type AdmissionLimits, type EventClass, guessEventClass, type SessionRequest } from "../../../../acs/http/admission.js";
import { cpuMsOf } from "../../../support/cpu-time.js";
import { CwmpClient } from "../../../support/cwmp-client.js";

const LIMITS: AdmissionLimits = {
  ...{ bodiesMax: 8, bodyBytesMax: 8_000, sessionsMax: 100, storeQueueMax: 100 },
  ...{ sessionsPerSecondMax: 10, deviceSessionsPerMinuteMax: 3 },
};
const CLASSES: readonly EventClass[] = ["first", "middle", "last"];
let devices = 0;

const make = (limits: Partial<AdmissionLimits> = {}, random = () => 0.5): Admission => new Admission({ ...LIMITS, ...limits }, random);
const asked = (more: Partial<SessionRequest> = {}): SessionRequest => {
  return { deviceId: `d${++devices}`, eventClass: "middle", openSessions: 0, queued: 0, nowMs: 0, ...more };
};

describe("admission", () => {
  describe("of bodies", () => {
    it("leaves room: strangers take a quarter, new callers three quarters, sessions all", () => {
      const admission = make();
      const take = (owner: "session" | "caller" | "stranger"): number => {
        for (let taken = 0; ; taken++) if (admission.takeBody(owner, 10, 0) === undefined) return taken;
      };
      expect([take("stranger"), take("caller"), take("session")]).to.deep.equal([2, 4, 2]);
      expect(admission.counters()).to.deep.include({ bodies: 8, bodyBytes: 80 });
      expect(admission.counters().refused["too-many-bodies"]).to.equal(3);
    });

    it("counts bytes as announced, then as they are, until they are released once", () => {
      const admission = make();
      const first = admission.takeBody("session", 7_000, 0);
      expect(admission.takeBody("session", 1_001, 0)).to.equal(undefined);
      first?.measured(100);
      expect(admission.takeBody("session", 1_001, 0)).not.to.equal(undefined);
      first?.release();
      first?.release();
      first?.measured(5_000);
      expect(admission.counters()).to.deep.include({ bodies: 1, bodyBytes: 1_001 });
    });

    it("lets the only body in, whatever it announces", () => {
      expect(make().takeBody("stranger", 1e9, 0)).not.to.equal(undefined);
      expect(make({ bodiesMax: 1 }).takeBody("stranger", undefined, 0)).not.to.equal(undefined);
    });
  });

  describe("of sessions", () => {
    it("makes periodic calls wait first, bootstrap and connection requests last, for sessions as for the store", () => {
      for (const name of ["openSessions", "queued"] as const) {
        const firstRefused = CLASSES.map((eventClass) => {
          const admission = make({ sessionsPerSecondMax: 1_000 });
          for (let load = 0; ; load++) if (admission.refusesSession(asked({ eventClass, [name]: load })) !== undefined) return load;
        });
        expect(firstRefused, name).to.deep.equal([100, 85, 70]);
      }
    });

    it("begins as many in a second as the rate says, and keeps the last of them for those that come first", () => {
      const served = (eventClass: EventClass, admission = make()): number => {
        for (let count = 0; ; count++) if (admission.refusesSession(asked({ eventClass, nowMs: 5 })) === "too-fast") return count;
      };
      expect(CLASSES.map((eventClass) => served(eventClass))).to.deep.equal([10, 8, 7]);
      const drained = make();
      expect(served("last", drained) + served("first", drained)).to.equal(10);
      expect(drained.refusesSession(asked({ eventClass: "first", nowMs: 104 }))).to.equal("too-fast");
      expect(drained.refusesSession(asked({ eventClass: "first", nowMs: 105 }))).to.equal(undefined);
    });

    it("begins so many of one device in a minute, whatever it comes for; others are not held up by it", () => {
      const admission = make();
      const once = (nowMs: number, deviceId = "loop") => admission.refusesSession(asked({ deviceId, eventClass: "first", nowMs }));
      expect([once(0), once(1_000), once(2_000), once(59_999)]).to.deep.equal([undefined, undefined, undefined, "device-too-fast"]);
      expect(once(59_999, "other")).to.equal(undefined);
      expect(once(60_000)).to.equal(undefined);
      expect(admission.counters()).to.deep.include({ admitted: 5 });
    });

    it("goes on when the clock is set back", () => {
      const admission = make({ deviceSessionsPerMinuteMax: 1 });
      const once = (nowMs: number) => admission.refusesSession(asked({ deviceId: "one", nowMs }));
      expect([once(1e6), once(1e6), once(0), once(1)]).to.deep.equal([undefined, "device-too-fast", undefined, "device-too-fast"]);
    });
  });

  describe("Retry-After", () => {
    it("is between 30 and 90 seconds when little is refused", () => {
      expect([0, 0.5, 0.999].map((chance) => make({}, () => chance).retryAfterS(0))).to.deep.equal([30, 60, 89]);
    });

    it("is spread over the time that serving the refused takes, a quarter of an hour at most", () => {
      const admission = make({ sessionsPerSecondMax: 1_000 }, () => 0.999);
      const refuse = (count: number, nowMs: number): void => {
        for (let i = 0; i < count; i++) admission.refusesSession(asked({ queued: 100, nowMs }));
      };
      for (let i = 0; i < 10; i++) admission.refusesSession(asked());
      refuse(50, 0); // five times as many as are served: five minutes
      expect(admission.retryAfterS(0)).to.equal(30 + 299);
      refuse(10_000, 30_000);
      expect(admission.retryAfterS(30_000)).to.equal(30 + 899);
      expect(admission.retryAfterS(60_000), "the minute before still counts").to.equal(929);
      expect(admission.retryAfterS(300_000), "all is forgotten").to.equal(89);
    });
  });
});

describe("the guess at an Inform's events", () => {
  const client = new CwmpClient({ port: 0, identity: { oui: "0A1B2C", productClass: "", serialNumber: "S" }, username: "", password: "" });
  const guess = (...codes: readonly string[]) => guessEventClass(Buffer.from(client.informText(codes)));

  it("puts bootstrap and connection requests first, merely periodic calls last", () => {
    expect([guess("0 BOOTSTRAP"), guess("0 BOOTSTRAP", "1 BOOT"), guess("2 PERIODIC", "6 CONNECTION REQUEST")]).to.deep.equal(
      Array(3).fill("first"),
    );
    expect(guess("2 PERIODIC")).to.equal("last");
    const middle = [guess("1 BOOT"), guess("2 PERIODIC", "4 VALUE CHANGE"), guess("7 TRANSFER COMPLETE", "M Download=0"), guess()];
    expect(middle).to.deep.equal(Array(4).fill("middle"));
    expect(guess("M Reboot=6 CONNECTION REQUEST", "10 AUTONOMOUS TRANSFER COMPLETE"), "not by its first digit").to.equal("middle");
  });

  it("sees attributes and blanks, and no Inform in an answer, in nothing, or behind its 16 KiB", () => {
    const spaced = '<c:Inform ><Event><EventStruct><EventCode xsi:type="xsd:string">\n  6 CONNECTION REQUEST</EventCode>';
    expect(guessEventClass(Buffer.from(spaced))).to.equal("first");
    for (const text of ["", "<a/>", "<cwmp:InformResponse/>", `${" ".repeat(20_000)}<cwmp:Inform>`])
      expect(guessEventClass(Buffer.from(text)), text.slice(0, 20)).to.equal(undefined);
  });

  it("takes no longer for bytes that were made to", () => {
    const bait = ["<EventCode", "<EventCode>", "<EventCode ", "<a:", "<", "<EventCode>           "];
    const cpuMs = cpuMsOf(() => bait.map((text) => guessEventClass(Buffer.from(`<Inform>${text.repeat(20_000)}`))));
    expect(cpuMs).to.be.below(500);
  });
});
