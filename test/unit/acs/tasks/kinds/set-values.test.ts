/** Values in the fewest calls: what goes first, what a refused call becomes, and how a lost call is told from the others of its task. */
import { expect } from "chai";
import { DEFAULT_MODEL_POLICY } from "../../../../../acs/devices/model-policy.js";
import { keyOf } from "../../../../../acs/tasks/kinds/set-values.js";
import type { OnFault, Task } from "../../../../../acs/tasks/task.js";
import type { DeviceAnswer, SendContext } from "../../../../../acs/tasks/task-step.js";
import { newId } from "../../../../../common/ids.js";
import { aTask } from "../../../../support/builders.js";
import { fault, readBackOf, type TaskTalk, talkOf, values } from "../../../../support/task-talk.js";

const ROOT = "InternetGatewayDevice.";
const KEY = `${ROOT}ManagementServer.ParameterKey`;
const INTERVAL = `${ROOT}ManagementServer.PeriodicInformInterval`;
const name = (letter: string) => `${ROOT}X.${letter}`;
const order = (names: readonly string[], onFault?: OnFault) => ({
  ...({ kind: "setParameterValues" } as const),
  values: names.map((one) => ({ name: one, type: "xsd:string", value: `new ${one.at(-1)}` })),
  ...(onFault === undefined ? {} : { onFault }),
});
const smallCalls = (valuesPerSetMax: number): Partial<SendContext> => ({ model: { ...DEFAULT_MODEL_POLICY, valuesPerSetMax } });
const applied = (status: 0 | 1 = 0): DeviceAnswer => ({ kind: "SetParameterValuesResponse", status });
/** The key of each call, and the last letters of its names. */
const calls = ({ requests }: TaskTalk) =>
  requests.map((request) =>
    request.kind === "SetParameterValues" ? [request.parameterKey, request.values.map((value) => value.name.at(-1)).join("")] : [],
  );
const [A, B, C, D] = [name("a"), name("b"), name("c"), name("d")];

describe("setParameterValues in several calls", () => {
  it("is one call, and one write less, when it can be", () => {
    const talk = talkOf(order([A, B])).answer(applied());
    expect(calls(talk)).to.deep.equal([["01task", "ab"]]);
    expect(talk.progress).to.deep.equal([]);
    expect(talk.change.to).to.equal("done");
  });
  it("sends reachability settings first, in a call of their own", () => {
    const talk = talkOf(order([A, INTERVAL, B])).answer(applied());
    expect(calls(talk)).to.deep.equal([
      ["01task", "l"],
      ["01task.1", "ab"],
    ]);
    expect(talk.answer(applied()).change).to.include({ to: "done", reason: "3 values set" });
  });
  it("has each call's place on disk before it leaves, without the values", () => {
    const talk = talkOf(order([A, B, C]), smallCalls(2)).answer(applied());
    expect(talk.progress).to.deep.equal([
      { call: 0, batches: [[0, 1], [2]], refused: [], late: false },
      { call: 1, batches: [[2]], refused: [], late: false },
    ]);
    expect(JSON.stringify(talk.progress)).not.to.include("new");
    expect(talk.told[0]?.parameters.map((told) => told.name)).to.deep.equal([A, B]);
  });
  it("waits for all to be in force when one call was answered with Status 1", () => {
    const talk = talkOf(order([A, B]), smallCalls(1))
      .answer(applied(1))
      .answer(applied());
    expect(talk.change.to).to.equal("awaiting-device");
  });
  it("by default stops at the first fault, names the parameter, and tells what had been set before", () => {
    const talk = talkOf(order([A, B, C]), smallCalls(1))
      .answer(applied())
      .answer(fault(9003, [B, 9008]));
    expect(talk.change.failure?.fault?.parameters).to.deep.equal([{ name: B, faultCode: 9008, faultString: "" }]);
    expect(talk.change.failure?.detail).to.include(B);
    expect(talk.change.result).to.deep.equal({ set: 1, of: 3 });
  });
  it("names the only parameter of a call although the device did not", () => {
    expect(talkOf(order([A])).answer(fault(9007)).change.failure?.fault?.parameters).to.deep.equal([
      { name: A, faultCode: 9007, faultString: "" },
    ]);
  });
  it("keys of one task fit ParameterKey: 32 characters", () => {
    expect(keyOf(aTask({ kind: "reboot" }, { id: newId(0) }), 5_000).length).to.be.at.most(32);
  });
});

describe('setParameterValues with onFault "set-the-rest"', () => {
  it("goes on without the parameters that 9003 names, and fails with their names in the end", () => {
    const talk = talkOf(order([A, B, C], "set-the-rest")).answer(fault(9003, [B, 9007]));
    expect(calls(talk)).to.deep.equal([
      ["01task", "abc"],
      ["01task.1", "ac"],
    ]);
    talk.answer(applied());
    expect(talk.change.to).to.equal("failed");
    expect(talk.change.failure?.fault?.parameters).to.deep.equal([{ name: B, faultCode: 9007, faultString: "" }]);
    expect(talk.change.result).to.deep.equal({ set: 2, of: 3 });
    expect(talk.told.at(-1)?.parameters.map((told) => told.name)).to.deep.equal([A, C]);
  });
  it("halves the call when the fault names none, until the bad value stands alone", () => {
    const talk = talkOf(order([A, B, C, D], "set-the-rest"));
    talk.answer(fault(9007)).answer(applied()).answer(fault(9007)).answer(fault(9007)).answer(applied());
    expect(calls(talk).map(([, names]) => names)).to.deep.equal(["abcd", "ab", "cd", "c", "d"]);
    expect(new Set(calls(talk).map(([key]) => key)).size, "each call has a key of its own").to.equal(5);
    expect(talk.change.failure?.fault?.parameters.map((one) => one.name)).to.deep.equal([C]);
    expect(talk.change.result).to.deep.equal({ set: 3, of: 4 });
  });
  it("takes no notice of names that were not in the call: a device can't end it with them", () => {
    const talk = talkOf(order([A, B], "set-the-rest")).answer(fault(9003, [name("z"), 9005]));
    expect(calls(talk).at(-1)).to.deep.equal(["01task.1", "a"]);
  });
  it("fails at once with a fault that is not about the values", () => {
    const { change } = talkOf(order([A, B], "set-the-rest")).answer(fault(9002));
    expect(change.failure?.fault?.faultCode).to.equal(9002);
  });
  it("ends when all are refused", () => {
    const talk = talkOf(order([A, B], "set-the-rest")).answer(fault(9003, [A, 9005], [B, 9008]));
    expect(talk.change.result).to.deep.equal({ set: 0, of: 2 });
  });
});

describe("read-back of setParameterValues in several calls", () => {
  const plan = { call: 1, batches: [[1], [2]], refused: [], late: false };
  const lost = (more: Partial<Task> = {}) => readBackOf(order([A, B, C]), {}, { progress: plan, ...more });

  it("asks about the call that was under way", () => {
    expect(lost().request).to.deep.equal({ kind: "GetParameterValues", names: [KEY, B] });
  });
  it("goes on with the next when its key says that it was applied, whatever was sent how often", () => {
    const talk = lost({ sends: 9 }).answer(values(`${KEY}=01task.1`, `${B}=new b`));
    expect(talk.change).to.deep.include({ to: "queued", progress: { call: 2, batches: [[2]], refused: [], late: false } });
    expect(talk.told[0]?.parameters.map((told) => told.name)).to.deep.equal([B]);
    const next = talkOf(order([A, B, C]), {}, { progress: talk.change.progress });
    expect(calls(next)).to.deep.equal([["01task.2", "c"]]);
    expect(next.progress, "it is on disk already").to.deep.equal([]);
  });
  it("sends the same call again when the key is of the call before it", () => {
    const talk = lost().answer(values(`${KEY}=01task`, `${B}=new b`));
    expect(talk.change.to).to.equal("queued");
    expect(talk.change).not.to.have.property("progress");
  });
  it("is done after the last call, and fails with the names that were refused on the way", () => {
    const last = { call: 2, batches: [[2]], refused: [], late: false };
    expect(lost({ progress: last }).answer(values(`${KEY}=01task.2`)).change.to).to.equal("done");
    const refused = [{ name: A, faultCode: 9008, faultString: "" }];
    expect(lost({ progress: { ...last, refused } }).answer(values(`${KEY}=01task.2`)).change.failure?.fault?.parameters).to.deep.equal(
      refused,
    );
    expect(lost({ progress: { ...last, late: true } }).answer(values(`${KEY}=01task.2`)).change.to).to.equal("awaiting-device");
  });
  it("without progress it asks about one call with all values, whatever the model takes today", () => {
    const talk = readBackOf(order([A, INTERVAL]), smallCalls(1));
    expect(talk.request).to.deep.equal({ kind: "GetParameterValues", names: [KEY, A, INTERVAL] });
  });
  it("takes another spelling of the wanted value for the value: true is 1", () => {
    const accepted = { kind: "setParameterValues", values: [{ name: A, type: "xsd:boolean", value: "true" }] } as const;
    expect(readBackOf(accepted, {}, { state: "awaiting-device" }).answer(values(`${KEY}=x`, `${A}=1`)).change.to).to.equal("done");
    expect(readBackOf(accepted, {}, { state: "awaiting-device" }).answer(values(`${KEY}=x`, `${A}=0`)).left).to.equal(true);
  });
});
