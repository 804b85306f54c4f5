/**
 * What a NOTIFY means to the gateway.
 * Spec: US 2012/0089717 A1 [0048], [0065]; RFC 6665 4.1.3.
 */
import { expect } from "chai";
import { judgeNotify, type NotifyFacts, type NotifyPolicy } from "../../../../device-sim/phone/judge-notify.js";

const POLICY: NotifyPolicy = {
  acceptance: "flow",
  strangerAnswer: 403,
  otherEventAnswer: 489,
  fixedAnswer: undefined,
};
const FACTS: NotifyFacts = { event: "resync", isFromRegistrar: true, hasToTag: false, isSubscribed: false, proof: "proved" };
const judge = (facts: Partial<NotifyFacts>, policy: Partial<NotifyPolicy> = {}) =>
  judgeNotify({ ...FACTS, ...facts }, { ...POLICY, ...policy });

describe("US 2012/0089717 A1 [0048]: the non-voice triggering identifier", () => {
  it("Event: resync triggers", () => {
    expect(judge({})).to.deep.equal({ do: "trigger" });
  });
  it("without it the NOTIFY belongs to the voice service", () => {
    for (const event of ["check-sync", "Resync", "message-summary"]) expect(judge({ event })).to.deep.equal({ do: "answer", status: 489 });
    expect(judge({ event: "message-summary" }, { otherEventAnswer: 200 })).to.deep.equal({ do: "answer", status: 200 });
  });
  it("a stranger is refused before anything else is looked at", () => {
    expect(judge({ isFromRegistrar: false }, { fixedAnswer: 200 })).to.deep.equal({ do: "answer", status: 403 });
    expect(judge({ isFromRegistrar: false }, { strangerAnswer: "silence" })).to.deep.equal({ do: "nothing" });
    expect(judge({ isFromRegistrar: false }, { acceptance: "any" })).to.deep.equal({ do: "trigger" });
  });
  it("a challenge comes before the event is obeyed, stale or not", () => {
    expect(judge({ proof: "refused" }, { acceptance: "digest" })).to.deep.equal({ do: "challenge", isStale: false });
    expect(judge({ proof: "stale" }, { acceptance: "digest" })).to.deep.equal({ do: "challenge", isStale: true });
    expect(judge({}, { acceptance: "digest" })).to.deep.equal({ do: "trigger" });
  });
  it("a To tag names a dialog that does not exist", () => {
    expect(judge({ hasToTag: true })).to.deep.equal({ do: "answer", status: 481 });
    expect(judge({ hasToTag: true, isSubscribed: true })).to.deep.equal({ do: "take" });
  });
});
