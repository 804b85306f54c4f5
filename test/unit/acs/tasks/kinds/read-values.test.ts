/** Reading: an unknown name is found, forgotten and told; what the device has is read all the same. */
import { expect } from "chai";
import { DEFAULT_MODEL_POLICY } from "../../../../../acs/devices/model-policy.js";
import { fault, names, talkOf, values } from "../../../../support/task-talk.js";

const ROOT = "InternetGatewayDevice.";
const [A, B, C] = [`${ROOT}X.A`, `${ROOT}X.B`, `${ROOT}Y.C`];

describe("getParameterValues and fault 9005 (row 10, quirk 24)", () => {
  it("looks for the unknown name by halves, drops it after its parent does not list it, and reads the others", () => {
    const talk = talkOf({ kind: "getParameterValues", names: [A, B, C] });
    talk.answer(fault(9005)).answer(fault(9005)).answer(fault(9005));
    expect(talk.request).to.deep.equal({ kind: "GetParameterNames", path: `${ROOT}X.`, nextLevel: true });
    talk.answer(names(B, `${ROOT}X.Z.`));
    expect(talk.told.at(-1)).to.deep.include({ gone: [A], parameters: [{ name: B, writable: true }] });
    expect(talk.request).to.deep.equal({ kind: "GetParameterValues", names: [B] });
    talk.answer(values(`${B}=b`)).answer(values(`${C}=c`));
    expect(talk.change.to).to.equal("failed");
    expect(talk.change.failure?.fault?.parameters.map(({ name }) => name)).to.deep.equal([A]);
    expect(talk.change.failure?.detail).to.include(A);
    expect(talk.change.result).to.have.property("values").with.length(2);
  });
  it("tries a name once more when its parent lists it", () => {
    const again = () =>
      talkOf({ kind: "getParameterValues", names: [A] })
        .answer(fault(9005))
        .answer(names(A));
    expect(again().request).to.deep.equal({ kind: "GetParameterValues", names: [A] });
    expect(again().answer(values(`${A}=1`)).change.to).to.equal("done");
    const twice = again().answer(fault(9005));
    expect(twice.change.to).to.equal("failed");
    expect(twice.told.at(-1)?.gone).to.deep.equal([A]);
  });
  it("drops the name when its parent is unknown, too", () => {
    const talk = talkOf({ kind: "getParameterValues", names: [A] })
      .answer(fault(9005))
      .answer(fault(9005));
    expect(talk.told.at(-1)?.gone).to.deep.equal([A]);
    expect(talk.change.failure?.fault?.faultCode).to.equal(9005);
  });
  it("gives up after sixteen unknown names: a device can't keep the ACS looking", () => {
    const many = Array.from({ length: 1_000 }, (_, i) => `Gone${i}.X`);
    const talk = talkOf({ kind: "getParameterValues", names: many });
    for (;;) {
      try {
        talk.answer(fault(9005));
      } catch {
        break;
      }
    }
    expect(talk.change.to).to.equal("failed");
    expect(talk.requests.length).to.be.below(150);
  });
  it("fails at once with any other fault", () => {
    expect(talkOf({ kind: "getParameterValues", names: [A, B] }).answer(fault(9002)).change.failure?.fault?.faultCode).to.equal(9002);
  });
});

describe("getParameterValues and an answer that lacks something", () => {
  it("forgets a parameter that was left out, and fails with its name (quirk 20)", () => {
    const talk = talkOf({ kind: "getParameterValues", names: [A, B] }).answer(values(`${A}=1`));
    expect(talk.told[0]?.gone).to.deep.equal([B]);
    expect(talk.change.failure?.detail).to.include(B);
  });
  it("takes nothing below a partial path for an empty table (quirk 19)", () => {
    expect(talkOf({ kind: "getParameterValues", names: [`${ROOT}X.`] }).answer(values()).change.to).to.equal("done");
  });
  it("asks for as many names as the model takes", () => {
    const talk = talkOf({ kind: "getParameterValues", names: [A, B, C] }, { model: { ...DEFAULT_MODEL_POLICY, namesPerGetMax: 2 } });
    expect(talk.request).to.deep.equal({ kind: "GetParameterValues", names: [A, B] });
  });
});

describe("refresh", () => {
  const REFRESH = { kind: "refresh", path: "" } as const;
  it("begins at the usual roots when the device never told its own, and refuses the empty path (quirk 21)", () => {
    for (const nothing of [fault(9005), names()]) {
      const talk = talkOf(REFRESH, { root: null });
      expect(talk.request).to.include({ path: "" });
      expect(talk.answer(nothing).request).to.include({ path: "InternetGatewayDevice." });
      expect(talk.answer(nothing).request).to.include({ path: "Device." });
      expect(talk.answer(names("Device.A")).request).to.deep.equal({ kind: "GetParameterValues", names: ["Device."] });
    }
  });
  it("never asks at the empty path where the model's policy says so (quirk 21)", () => {
    const talk = talkOf(REFRESH, { root: null, model: { ...DEFAULT_MODEL_POLICY, asksEmptyPath: false } });
    expect(talk.request).to.include({ path: "InternetGatewayDevice." });
    expect(talk.answer(fault(9005)).request).to.include({ path: "Device." });
    expect(talk.answer(fault(9005)).change.to).to.equal("failed");
  });
  it("knows an object without its dot by what lies below it (quirk 22)", () => {
    const talk = talkOf(REFRESH)
      .answer(names(`${ROOT}X`, A, `${ROOT}Xylophone`))
      .answer(values(`${A}=1`));
    expect(talk.told[0]?.parameters.map(({ name }) => name)).to.deep.equal([A, `${ROOT}Xylophone`]);
  });
  it("reads name by name what is too large for one answer, and what its path does not bring (quirks 24, 38, 53)", () => {
    const small = talkOf(REFRESH, { model: { ...DEFAULT_MODEL_POLICY, leavesPerSubtreeMax: 1, namesPerGetMax: 1 } }).answer(names(A, B));
    expect(small.request).to.deep.equal({ kind: "GetParameterValues", names: [A] });
    small.answer(values(`${A}=1`)).answer(values(`${B}=2`));
    expect(small.change).to.deep.include({ to: "done", result: { values: 2, names: 2 } });
    expect(small.told.at(-1)?.completeUnder).to.equal(ROOT);
    const refused = talkOf(REFRESH).answer(names(A, B)).answer(fault(9005));
    expect(refused.request).to.deep.equal({ kind: "GetParameterValues", names: [A, B] });
    refused
      .answer(fault(9005))
      .answer(fault(9005))
      .answer(values(`${B}=2`));
    expect(refused.change).to.deep.include({ to: "done", result: { values: 1, names: 2, unread: [A] } });
  });
  it("forgets a subtree that the device does not know any more, and fails with its path", () => {
    const talk = talkOf({ kind: "refresh", path: `${ROOT}X.` }).answer(fault(9005));
    expect(talk.told[0]?.gone).to.deep.equal([`${ROOT}X.`]);
    expect(talk.change.failure?.detail).to.include(`${ROOT}X.`);
  });
});
