/**
 * What the answers to REGISTER mean.
 * Spec: RFC 3261 10.2.4, 10.2.7, 10.2.8, 22.2.
 */
import { expect } from "chai";
import { newDevice } from "../../../../device-sim/device/device.js";
import { indexModel } from "../../../../device-sim/device/model-index.js";
import { readLine } from "../../../../device-sim/phone/line.js";
import {
  buildRegister,
  FIRST_ATTEMPT,
  instanceIdOf,
  judgeRegister,
  REGISTER_LIMITS,
  type RegisterAttempts,
} from "../../../../device-sim/phone/registration.js";
import { tr098VoiceGateway } from "../../../../schemas/data-models/tr098-voice-gateway.js";
import { pushVia } from "../../../../sip-bridge/sip/build.js";
import { headerValue } from "../../../../sip-bridge/sip/message.js";
import { sipResponse } from "../../../support/sip-messages.js";

const line = readLine(newDevice(indexModel(tr098VoiceGateway), new Map()));
const CONTACT = "sip:1001@192.0.2.10:5060";
const identity = {
  callId: "c1",
  fromTag: "f1",
  contactUri: CONTACT,
  instanceId: instanceIdOf("02:00:00:00:00:01"),
  userAgent: "VG-2000/3.2.1",
  isOutbound: false,
};
const request = buildRegister(line, identity, 1, 3_600);
const sent = pushVia(request, { transport: "UDP", host: "192.0.2.10", params: [{ name: "branch", value: "z9hG4bK1" }] });
const CHALLENGE = 'WWW-Authenticate: Digest realm="r", nonce="n1", qop="auth"';
const judge = (status: number, lines: readonly string[], attempts: RegisterAttempts = FIRST_ATTEMPT, random = 0) =>
  judgeRegister({ line, identity, request, response: sipResponse(sent, status, ...lines), attempts, random, cnonce: "c" });

describe("RFC 3261 10.2: what the answer to REGISTER means", () => {
  it("the registrar grants in our contact's expires, else in Expires, else what was asked; we come back at 50 to 90 % of it", () => {
    expect(judge(200, [`Contact: <${CONTACT}>;expires=100`])).to.deep.equal({ kind: "registered", expiresS: 100, refreshInMs: 50_000 });
    expect(judge(200, [`Contact: <${CONTACT}>`, "Expires: 200"], FIRST_ATTEMPT, 1)).to.deep.equal({
      kind: "registered",
      expiresS: 200,
      refreshInMs: 180_000,
    });
    expect(judge(200, [`Contact: <${CONTACT}>`])).to.include({ expiresS: 3_600 });
  });
  it("Flow-Timer says how often the flow must be kept alive (RFC 5626 4.4)", () => {
    expect(judge(200, [`Contact: <${CONTACT}>;expires=100`, "Flow-Timer: 40"])).to.include({ flowTimerS: 40 });
  });
  it("over a connection it registers the flow: reg-id, and outbound among what it supports (RFC 5626 4.2.1)", () => {
    const over = buildRegister(line, { ...identity, isOutbound: true }, 1, 3_600);
    expect(headerValue(over, "contact")).to.equal(`<${CONTACT}>;+sip.instance="<${identity.instanceId}>";reg-id=1`);
    expect(headerValue(over, "supported")).to.equal("path, outbound");
  });
  it("contacts of other devices of the number are not ours", () => {
    const others = ["Contact: <sip:1001@192.0.2.99>;expires=10", `Contact: <${CONTACT}>;expires=100`];
    expect(judge(200, others)).to.include({ expiresS: 100 });
    expect(judge(200, others.slice(0, 1))).to.include({ kind: "failed" });
  });
  it("an interval of 0 is not asked for without pause", () => {
    expect(judge(200, [`Contact: <${CONTACT}>;expires=0`])).to.include({ expiresS: REGISTER_LIMITS.expiresMinS });
  });
  it("a challenge is answered once, and once more if the nonce was stale", () => {
    const again = judge(401, [CHALLENGE]);
    expect(again).to.include({ kind: "again" }).and.have.nested.property("attempts.logins", 1);
    if (again.kind === "again") expect(headerValue(again.request, "authorization")).to.include('username="1001"');
    expect(judge(401, [CHALLENGE], { logins: 1, briefs: 0 })).to.include({ kind: "failed" });
    expect(judge(401, [`${CHALLENGE}, stale=true`], { logins: 1, briefs: 0 })).to.include({ kind: "again" });
    expect(judge(401, [`${CHALLENGE}, stale=true`], { logins: 2, briefs: 0 })).to.include({ kind: "failed" });
  });
  it("a challenge that can't be answered fails", () => {
    expect(judge(401, ['WWW-Authenticate: Basic realm="r"'])).to.include({ kind: "failed" });
    expect(judge(401, [])).to.include({ kind: "failed" });
  });
  it("423 is obeyed if Min-Expires asks for more, a limited number of times", () => {
    const again = judge(423, ["Min-Expires: 7200"]);
    expect(again.kind === "again" && headerValue(again.request, "expires")).to.equal("7200");
    expect(judge(423, ["Min-Expires: 60"])).to.include({ kind: "failed" });
    expect(judge(423, [])).to.include({ kind: "failed" });
    expect(judge(423, ["Min-Expires: 7200"], { logins: 0, briefs: REGISTER_LIMITS.briefsMax })).to.include({ kind: "failed" });
  });
  it("after any other answer it waits RegisterRetryInterval, or Retry-After if that is longer", () => {
    expect(judge(403, [])).to.deep.equal({ kind: "failed", why: "403 x", retryInMs: 30_000 });
    expect(judge(503, ["Retry-After: 120 (busy)"])).to.include({ retryInMs: 120_000 });
    expect(judge(503, ["Retry-After: 5"])).to.include({ retryInMs: 30_000 });
  });
  it("the instance id is a version 1 UUID whose node is the MAC address", () => {
    expect(instanceIdOf("02:5E:00:AB:cd:01")).to.equal("urn:uuid:00000000-0000-1000-8000-025e00abcd01");
  });
});
