/** getParameterNames. */
import { expect } from "chai";
import { fault, readBackOf, talkOf } from "../../../../support/task-talk.js";

const ROOT = "InternetGatewayDevice.";
const TIME = `${ROOT}Time.`;
const order = (path: string, nextLevel: boolean) => ({ kind: "getParameterNames", path, nextLevel }) as const;
const ANSWER = {
  kind: "GetParameterNamesResponse",
  parameters: [
    { name: `${TIME}Enable`, writable: true },
    { name: `${TIME}X.`, writable: false },
  ],
} as const;

describe("getParameterNames (TR-069 A.3.2.3)", () => {
  it("asks for path and NextLevel as ordered; the result has all names, the tree learns which parameters can be written", () => {
    const talk = talkOf(order(TIME, true));
    expect(talk.request).to.deep.equal({ kind: "GetParameterNames", path: TIME, nextLevel: true });
    talk.answer(ANSWER);
    expect(talk.change).to.deep.include({ to: "done", result: { names: ANSWER.parameters } });
    expect(talk.told[0]).to.deep.include({ parameters: [{ name: `${TIME}Enable`, writable: true }], gone: [], completeUnder: null });
  });
  it("asks at the root in place of the empty path, which many devices refuse; the top itself can only be asked as it is (quirk 21)", () => {
    expect(talkOf(order("", false)).request).to.include({ path: ROOT });
    expect(talkOf(order("", true)).request).to.include({ path: "" });
    expect(talkOf(order("", false), { root: null }).request).to.include({ path: "" });
  });
  it("fails with the path that the device does not have, and forgets what was remembered below it", () => {
    const talk = talkOf(order(TIME, false)).answer(fault(9005));
    expect(talk.change.failure?.fault?.parameters.map(({ name }) => name)).to.deep.equal([TIME]);
    expect(talk.told[0]?.gone).to.deep.equal([TIME]);
    expect(talkOf(order(TIME, false)).answer(fault(9002)).told).to.deep.equal([]);
    expect(talkOf(order("", false)).answer(fault(9005)).told, "the whole tree is not forgotten").to.deep.equal([]);
  });
  it("is asked again when its session died", () => {
    expect(readBackOf(order(TIME, true)).change.to).to.equal("queued");
  });
});
