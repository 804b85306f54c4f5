/** getParameterAttributes and setParameterAttributes. */
import { expect } from "chai";
import type { DeviceAnswer } from "../../../../../acs/tasks/task-step.js";
import { fault, readBackOf, talkOf } from "../../../../support/task-talk.js";

const A = "InternetGatewayDevice.DeviceInfo.SoftwareVersion";
const B = "InternetGatewayDevice.DeviceInfo.UpTime";
const told = (...attributes: readonly (readonly [string, number, readonly string[]])[]): DeviceAnswer => ({
  kind: "GetParameterAttributesResponse",
  attributes: attributes.map(([name, notification, accessList]) => ({ name, notification, accessList })),
});

describe("getParameterAttributes (TR-069 A.3.2.5)", () => {
  it("puts notification and access list into the tree and the result", () => {
    const talk = talkOf({ kind: "getParameterAttributes", names: [A] });
    expect(talk.request).to.deep.equal({ kind: "GetParameterAttributes", names: [A] });
    talk.answer(told([A, 2, ["Subscriber"]]));
    expect(talk.told[0]?.parameters).to.deep.equal([{ name: A, notification: 2, accessList: ["Subscriber"] }]);
    expect(talk.change).to.deep.include({ to: "done", result: { attributes: [{ name: A, notification: 2, accessList: ["Subscriber"] }] } });
  });
  it("asks for as many names at a time as the model takes", () => {
    const names = Array.from({ length: 65 }, (_, i) => `InternetGatewayDevice.X.${i}`);
    const talk = talkOf({ kind: "getParameterAttributes", names });
    for (const request of [...talk.requests]) expect(request).to.have.property("names").with.length(64);
    talk.answer(told(...names.slice(0, 64).map((name) => [name, 0, []] as const)));
    expect(talk.request).to.deep.equal({ kind: "GetParameterAttributes", names: names.slice(64) });
  });
  it("fails with the name of what the answer leaves out, and of what the device does not know", () => {
    const left = talkOf({ kind: "getParameterAttributes", names: [A, B] }).answer(told([A, 0, []]));
    expect(left.change.failure?.fault?.parameters.map(({ name }) => name)).to.deep.equal([B]);
    expect(talkOf({ kind: "getParameterAttributes", names: [A] }).answer(fault(9005)).change.failure?.detail).to.include(A);
  });
});

describe("setParameterAttributes (TR-069 A.3.2.4)", () => {
  const ORDER = { kind: "setParameterAttributes", attributes: [{ name: A, notification: 1 }] } as const;

  it("is done with the answer, and the tree knows what was set and nothing more", () => {
    const talk = talkOf(ORDER);
    expect(talk.request).to.deep.equal({ kind: "SetParameterAttributes", parameters: ORDER.attributes });
    talk.answer({ kind: "SetParameterAttributesResponse" });
    expect(talk.change.to).to.equal("done");
    expect(talk.told[0]).to.deep.include({ parameters: [{ name: A, notification: 1 }], cause: { kind: "set", ref: "01task" } });
  });
  it("looks below a partial path: which parameters it meant, the device knows", () => {
    const path = "InternetGatewayDevice.DeviceInfo.";
    const talk = talkOf({ kind: "setParameterAttributes", attributes: [{ name: path, notification: 1 }] });
    talk.answer({ kind: "SetParameterAttributesResponse" });
    expect(talk.request).to.deep.equal({ kind: "GetParameterAttributes", names: [path] });
    talk.answer(told([A, 2, []], [B, 1, []]));
    expect(talk.told.at(-1)?.parameters).to.have.length(2);
    expect(talk.change.to).to.equal("done");
  });
  it("tells what a partial path did not change (a Forced Active Notification stays), and fails when it changed nothing", () => {
    const path = "InternetGatewayDevice.DeviceInfo.";
    const answered = (...below: readonly (readonly [string, number, readonly string[]])[]) =>
      talkOf({ kind: "setParameterAttributes", attributes: [{ name: path, notification: 1 }] })
        .answer({ kind: "SetParameterAttributesResponse" })
        .answer(told(...below)).change;
    expect(answered([A, 2, []], [B, 1, []]).result).to.deep.equal({ inForce: 1, notInForce: [A] });
    expect(answered([A, 2, []], [B, 1, []]).reason).to.include(A);
    expect(answered([A, 2, []]).failure).to.deep.include({ code: "not-done", detail: `accepted, but not in force for ${A}` });
    expect(answered().failure?.detail).to.include(path);
  });
  it("fails with the device's fault: 9009, a notification that it may refuse", () => {
    expect(talkOf(ORDER).answer(fault(9009)).change.failure?.fault?.faultCode).to.equal(9009);
  });
  it("read-back compares what is in force, and sets it again where it differs: that does no harm", () => {
    const lost = () => readBackOf(ORDER);
    expect(lost().request).to.deep.equal({ kind: "GetParameterAttributes", names: [A] });
    expect(lost().answer(told([A, 1, ["Subscriber"]])).change.to).to.equal("done");
    expect(lost().answer(told([A, 0, []])).change.to).to.equal("queued");
    expect(lost().answer(told()).change.to).to.equal("queued");
    expect(lost().answer(fault(9002)).change.to).to.equal("queued");
  });
  it("read-back: of two changes that mean a parameter the later one counts, for each attribute", () => {
    const attributes = [
      { name: "InternetGatewayDevice.DeviceInfo.", notification: 1, accessList: [] },
      { name: B, notification: 0 },
    ];
    const lost = () => readBackOf({ kind: "setParameterAttributes", attributes });
    expect(lost().answer(told([A, 1, []], [B, 0, []])).change.to).to.equal("done");
    expect(lost().answer(told([A, 1, []], [B, 1, []])).change.to).to.equal("queued");
    expect(lost().answer(told([A, 1, []], [B, 0, ["Subscriber"]])).change.to).to.equal("queued");
  });
});
