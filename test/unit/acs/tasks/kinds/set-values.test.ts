/** Values in the fewest calls: what goes first, what a refused call becomes, and how a lost call is told from the others of its task. */
import { expect } from "chai";
import { DEFAULT_MODEL_POLICY } from "../../../../../acs/devices/model-policy.js";
import { keyOf } from "../../../../../acs/tasks/kinds/setting.js";
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

describe("setParameterValues of a type that the device does not take (field quirk 13)", () => {
  const typed = (type: string, value: string, more: object = {}) => {
    return { kind: "setParameterValues", values: [{ name: A, type, value }], ...more } as const;
  };
  const told = (...types: readonly string[]): Partial<SendContext> => ({ typesOf: () => types });
  const sent = ({ requests }: TaskTalk) =>
    requests.map((request) =>
      request.kind === "SetParameterValues" ? request.values.map(({ type, text }) => `${type} ${text}`).join() : "",
    );

  it("writes the type that the device reported last, not the one it had when the task was made", () => {
    expect(sent(talkOf(typed("xsd:int", "7"), told("xsd:unsignedInt")))).to.deep.equal(["xsd:unsignedInt 7"]);
    expect(sent(talkOf(typed("xsd:boolean", "1"), told("xsd:string")))).to.deep.equal(["xsd:string 1"]);
    expect(sent(talkOf(typed("xsd:string", "true"), told("xsd:boolean")))).to.deep.equal(["xsd:boolean 1"]);
    expect(sent(talkOf(typed("xsd:base64Binary", "QQ=="), told("SOAP-ENC:base64")))).to.deep.equal(["SOAP-ENC:base64 QQ=="]);
  });
  it("keeps the order's type where the value can't be written with the reported one", () => {
    expect(sent(talkOf(typed("xsd:int", "-7"), told("xsd:unsignedInt")))).to.deep.equal(["xsd:int -7"]);
    expect(sent(talkOf(typed("xsd:string", "abc"), told("xsd:boolean", "vendor:odd")))).to.deep.equal(["xsd:string abc"]);
  });
  it("writes first what the model took before, whatever the device reports", () => {
    expect(sent(talkOf(typed("xsd:boolean", "true"), told("xsd:unsignedInt", "xsd:boolean")))).to.deep.equal(["xsd:unsignedInt 1"]);
  });
  it("tries the same call with another type on 9006, each with a key of its own, and teaches the one that worked", () => {
    const talk = talkOf(typed("xsd:unsignedInt", "7")).answer(fault(9003, [A, 9006]));
    expect(sent(talk)).to.deep.equal(["xsd:unsignedInt 7", "xsd:int 7"]);
    expect(calls(talk).map(([key]) => key)).to.deep.equal(["01task", "01task.1"]);
    talk.answer(applied());
    expect(talk.change.to).to.equal("done");
    expect(talk.told[0]?.parameters[0]?.value?.type).to.equal("xsd:int");
    expect(talk.learnt).to.deep.equal([{ name: A, type: "xsd:int", refused: ["xsd:unsignedInt"] }]);
  });
  it("has the types tried on disk before each call leaves", () => {
    const talk = talkOf(typed("xsd:boolean", "1")).answer(fault(9006));
    expect(talk.progress).to.deep.equal([
      { call: 1, batches: [[0]], refused: [], late: false, types: { 0: ["xsd:boolean", "xsd:string"] } },
    ]);
  });
  it("takes a 9006 for the only value of a call although the device did not name it", () => {
    expect(sent(talkOf(typed("xsd:string", "1")).answer(fault(9006)))).to.deep.equal(["xsd:string 1", "xsd:boolean 1"]);
  });
  it("tries a bounded number of types, none twice, and fails with the parameter and all of them", () => {
    const talk = talkOf(typed("xsd:unsignedInt", "1"), told("xsd:int"));
    while (talk.requests.length < 5) talk.answer(fault(9006));
    talk.answer(fault(9006));
    const tried = ["xsd:int", "xsd:unsignedInt", "xsd:string", "xsd:boolean", "xsd:unsignedLong"];
    expect(talk.change.failure?.fault?.parameters).to.deep.equal([{ name: A, faultCode: 9006, faultString: "", typesTried: tried }]);
    expect(talk.change.failure?.detail).to.include(`${A} (9006; tried ${tried.join(", ")})`);
    expect(talk.learnt).to.deep.equal([]);
  });
  it("is not tried again for the type when another value of the call is wrong in another way: the order fails", () => {
    const talk = talkOf(order([A, B])).answer(fault(9003, [A, 9006], [B, 9008]));
    expect(talk.change.failure?.fault?.parameters.map((one) => one.name)).to.deep.equal([A, B]);
  });
  it('"set-the-rest" gives up the others and goes on with another type for this one', () => {
    const both = [
      { name: A, type: "xsd:int", value: "1" },
      { name: B, type: "xsd:int", value: "1" },
    ];
    const talk = talkOf({ kind: "setParameterValues", values: both, onFault: "set-the-rest" }).answer(fault(9003, [A, 9006], [B, 9008]));
    expect(sent(talk)).to.deep.equal(["xsd:int 1,xsd:int 1", "xsd:unsignedInt 1"]);
    expect(talk.answer(applied()).change.result).to.deep.equal({ set: 1, of: 2 });
  });
  it("read-back of a call that was tried with another type teaches it, too", () => {
    const progress = { call: 1, batches: [[0]], refused: [], late: false, types: { 0: ["xsd:boolean", "xsd:string"] } };
    const talk = readBackOf(typed("xsd:boolean", "1"), {}, { progress }).answer(values(`${KEY}=01task.1`));
    expect(talk.change.to).to.equal("done");
    expect(talk.learnt).to.deep.equal([{ name: A, type: "xsd:string", refused: ["xsd:boolean"] }]);
  });
});

describe("setParameterValues with verify: what the device accepts (Status 0) is read back in the same session", () => {
  const SECRET = `${ROOT}X.Password`;
  const verified = (names: readonly string[], onFault?: OnFault) => ({ ...order(names, onFault), verify: true }) as const;

  it("is done when the values are the wanted ones; the tree has what was read", () => {
    const talk = talkOf(verified([A, B])).answer(applied());
    expect(talk.request).to.deep.equal({ kind: "GetParameterValues", names: [A, B] });
    talk.answer(values(`${A}=new a`, `${B}=new b`));
    expect([talk.change.to, talk.change.reason]).to.deep.equal(["done", "2 values set and read back"]);
    expect(talk.told.at(-1)).to.deep.include({ cause: { kind: "read", ref: "01task" } });
  });
  it("fails with name, wanted and found value when the device kept another, or does not know the parameter", () => {
    const talk = talkOf(verified([A, B, C]))
      .answer(applied())
      .answer(values(`${A}=new a`, `${B}=old`));
    expect(talk.change.failure?.code).to.equal("not-done");
    expect(talk.change.failure?.detail).to.include(`${B} (wanted "new b", found "old"), ${C} (wanted "new c", found nothing)`);
    const differing = [
      { name: B, wanted: "new b", found: "old" },
      { name: C, wanted: "new c", found: null },
    ];
    expect(talk.change.result).to.deep.equal({ set: 1, of: 3, differing });
  });
  it("takes another spelling of a value for the value", () => {
    const spelt = [
      { name: A, type: "xsd:boolean", value: "1" },
      { name: B, type: "xsd:unsignedInt", value: "007" },
      { name: C, type: "xsd:hexBinary", value: "0a" },
    ];
    const talk = talkOf({ kind: "setParameterValues", values: spelt, verify: true }).answer(applied());
    expect(talk.answer(values(`${A}=True`, `${B}=7`, `${C}=0A`)).change.to).to.equal("done");
  });
  it("reads no secret: it would come back empty", () => {
    const talk = talkOf(verified([A, SECRET])).answer(applied());
    expect(talk.request).to.deep.equal({ kind: "GetParameterValues", names: [A] });
    expect(talk.answer(values(`${A}=new a`)).change.reason).to.include("1 secrets");
    expect(talkOf(verified([SECRET])).answer(applied()).change.to).to.equal("done");
  });
  it("reads as many names at a time as the model takes, after the last call", () => {
    const model = { ...DEFAULT_MODEL_POLICY, valuesPerSetMax: 2, namesPerGetMax: 2 };
    const talk = talkOf(verified([A, B, C]), { model })
      .answer(applied())
      .answer(applied());
    expect(talk.request).to.deep.equal({ kind: "GetParameterValues", names: [A, B] });
    expect(talk.answer(values(`${A}=new a`, `${B}=new b`)).request).to.deep.equal({ kind: "GetParameterValues", names: [C] });
  });
  it('with "set-the-rest" tells of the refused and of the differing', () => {
    const talk = talkOf(verified([A, B], "set-the-rest"))
      .answer(fault(9003, [A, 9008]))
      .answer(applied())
      .answer(values(`${B}=old`));
    expect(talk.change.failure?.fault?.parameters.map((one) => one.name)).to.deep.equal([A]);
    expect(talk.change.failure?.detail).to.include('found "old"');
    expect(talk.change.result).to.deep.include({ set: 0, of: 2 });
  });
  it("fails when the values can't be read back: whether they are in force is not known", () => {
    expect(
      talkOf(verified([A]))
        .answer(applied())
        .answer(fault(9005)).change.failure,
    ).to.deep.include({ code: "outcome-unknown" });
  });
  it("what is not in force yet (Status 1) is looked at in the next session, as without it", () => {
    expect(talkOf(verified([A])).answer(applied(1)).change.to).to.equal("awaiting-device");
  });
  it("a session that died before the values were read is made up for after the read-back of the call", () => {
    const talk = readBackOf(verified([A])).answer(values(`${KEY}=01task`, `${A}=old`));
    expect(talk.request).to.deep.equal({ kind: "GetParameterValues", names: [A] });
    expect(talk.answer(values(`${A}=old`)).change.failure?.code).to.equal("not-done");
  });
});

describe("setParameterValues: no fault without a name", () => {
  it("tells the names of the call when the device named none", () => {
    expect(talkOf(order([A, B])).answer(fault(9003)).change.failure?.detail).to.include(`${A}, ${B}`);
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
