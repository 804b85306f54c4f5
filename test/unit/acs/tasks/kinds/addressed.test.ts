/**
 * Tasks whose names have aliases or wildcards: what is asked first, what the tree is told, what the result says.
 * Spec: TR-069 3.6.1, 3.6.2, A.3.2.1. Layer: unit.
 */
import { expect } from "chai";
import type { Addressing, TaskOrder } from "../../../../../acs/tasks/task.js";
import { fault, names, readBackOf, talkOf, values } from "../../../../support/task-talk.js";

const T = "Device.X.";
const set = (name: string, addressing: Omit<Addressing, "asked">): TaskOrder => ({
  kind: "setParameterValues",
  values: [{ name, value: "v", type: "xsd:string" }],
  addressing: { asked: [`${T}[a].P`], ...addressing },
});
const BY_TREE = set(`${T}1.P`, { by: "tree", aliases: { [`${T}1.Alias`]: "a" } });
const SET = { kind: "SetParameterValuesResponse", status: 0 } as const;

describe("a change by the tree", () => {
  it("first asks whether the row is called so still, then is sent", () => {
    const talk = talkOf(BY_TREE);
    expect(talk.request).to.deep.equal({ kind: "GetParameterValues", names: [`${T}1.Alias`] });
    talk.answer(values(`${T}1.Alias=a`));
    expect(talk.request).to.have.nested.property("values[0].name", `${T}1.P`);
    talk.answer(SET);
    expect(talk.change).to.deep.include({ to: "done", result: { addressing: { by: "tree" } } });
  });
  it("changes nothing when the row is called otherwise, is gone, or left out of the answer", () => {
    for (const answer of [values(`${T}1.Alias=b`), values(), fault(9005)]) {
      const talk = talkOf(BY_TREE).answer(answer);
      expect(talk.change).to.have.nested.property("failure.code", "not-possible");
      expect(talk.change.failure?.detail).to.match(/nothing was changed; refresh the table and retry the task$/);
      expect(talk.requests).to.have.length(1);
    }
  });
  it("asks about many rows in calls of the model's size", () => {
    const aliases = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`${T}${i + 1}.Alias`, "a"]));
    const talk = talkOf(set(`${T}1.P`, { by: "tree", aliases }));
    talk.answer(values(...Array.from({ length: 64 }, (_, i) => `${T}${i + 1}.Alias=a`)));
    expect(talk.request).to.deep.equal({ kind: "GetParameterValues", names: [`${T}65.Alias`] });
  });
  it("a read is sent at once: it does no harm", () => {
    const addressing = { by: "tree", asked: [`${T}[a].P`], aliases: { [`${T}1.Alias`]: "a" } } as const;
    expect(talkOf({ kind: "getParameterValues", names: [`${T}1.P`], addressing }).request).to.deep.include({ names: [`${T}1.P`] });
  });
});

describe("a change by the device", () => {
  const asItIs = (more: Partial<Addressing> = {}) => set(`${T}[a].P`, { by: "device", inTree: {}, ...more });

  it("tells the tree by the name that it has there, and nothing when it has none", () => {
    const known = talkOf(asItIs({ inTree: { [`${T}[a].P`]: `${T}1.P` } })).answer(SET);
    expect(known.told[0]?.parameters.map(({ name }) => name)).to.deep.equal([`${T}1.P`]);
    expect(talkOf(asItIs()).answer(SET).told[0]?.parameters).to.deep.equal([]);
  });
  it("looks for a row that it may create, and says that it did", () => {
    const talk = talkOf(asItIs({ mayCreate: [`${T}[a].`] }));
    expect(talk.request).to.deep.equal({ kind: "GetParameterNames", path: `${T}[a].`, nextLevel: true });
    talk.answer(fault(9005));
    expect(talk.request).to.have.nested.property("values[0].name", `${T}[a].P`);
    expect(talk.answer(SET).change.result).to.deep.equal({ addressing: { by: "device", created: [`${T}[a].`] } });
  });
  it("or that it did not", () => {
    const talk = talkOf(asItIs({ mayCreate: [`${T}[a].`] })).answer(names(`${T}4.P`));
    expect(talk.answer(SET).change.result).to.deep.equal({ addressing: { by: "device", created: [] } });
  });
  it("of many it says only how many there may be", () => {
    const mayCreate = Array.from({ length: 17 }, (_, i) => `${T}[r${i}].`);
    expect(talkOf(asItIs({ mayCreate })).answer(SET).change.result).to.deep.equal({ addressing: { by: "device", mayHaveCreated: 17 } });
  });
  it("names the parameter as it was asked for when the device refuses it by its number", () => {
    const talk = talkOf(asItIs()).answer(fault(9003, [`${T}1.P`, 9007]));
    expect(talk.change.failure?.fault?.parameters[0]).to.include({ name: `${T}[a].P`, faultCode: 9007 });
  });
  it("is read back by the number that the device answers with", () => {
    const late = readBackOf(asItIs(), { root: "Device." }, { state: "awaiting-device" });
    late.answer(values("Device.ManagementServer.ParameterKey=01task", `${T}1.P=v`));
    expect(late.change.to).to.equal("done");
  });
  it("and verified so: two rows each by the number that the tree knows", () => {
    const rows = { [`${T}[a].P`]: `${T}1.P`, [`${T}[b].P`]: `${T}2.P` };
    const order: TaskOrder = {
      kind: "setParameterValues",
      values: Object.keys(rows).map((name) => ({ name, value: name, type: "xsd:string" })),
      verify: true,
      addressing: { by: "device", asked: Object.keys(rows), inTree: rows },
    };
    const told = (one: string, two: string) =>
      talkOf(order)
        .answer(SET)
        .answer(values(`${T}1.P=${one}`, `${T}2.P=${two}`)).change;
    expect(told(`${T}[a].P`, `${T}[b].P`).to).to.equal("done");
    expect(told(`${T}[b].P`, `${T}[a].P`))
      .to.have.nested.property("result.differing")
      .that.has.length(2);
  });
  it("a row that was deleted is gone under both of its names", () => {
    const addressing = { by: "device", asked: [`${T}[a].`], inTree: { [`${T}[a].`]: `${T}1.` } } as const;
    const talk = talkOf({ kind: "deleteObject", path: `${T}[a].`, addressing }).answer({ kind: "DeleteObjectResponse", status: 0 });
    expect(talk.told[0]?.gone).to.deep.equal([`${T}[a].`, `${T}1.`]);
  });
});

describe("a read by the device", () => {
  const asked = (...all: readonly string[]) => ({ by: "device", asked: all, inTree: {} }) as const;
  const read = (...all: readonly string[]) => talkOf({ kind: "getParameterValues", names: all, addressing: asked(...all) });

  it("an alias is answered by its number, a wildcard by any", () => {
    const talk = read(`${T}[a].P`, `${T}*.Q`).answer(values(`${T}1.P=v`, `${T}1.Q=1`, `${T}2.Q=2`));
    expect(talk.change).to.deep.include({ to: "done", reason: "3 values read" });
    expect(talk.told.flatMap(({ gone }) => gone)).to.deep.equal([]);
  });
  it("an alias that is left out is missing; a wildcard may mean nothing", () => {
    expect(read(`${T}[a].P`).answer(values()).change.failure?.detail).to.match(/X\.\[a\]\.P$/);
    expect(read(`${T}*.P`).answer(values()).change.to).to.equal("done");
  });
  it("attributes likewise", () => {
    const attributes = [{ name: `${T}1.P`, notification: 1, accessList: [] }];
    const talk = talkOf({ kind: "getParameterAttributes", names: [`${T}[a].P`], addressing: asked(`${T}[a].P`) });
    expect(talk.answer({ kind: "GetParameterAttributesResponse", attributes }).change.to).to.equal("done");
  });
  it("a refresh over a wildcard forgets nothing; over an alias what is below the row", () => {
    const refresh = (path: string, inTree: Addressing["inTree"]) =>
      talkOf({ kind: "refresh", path, addressing: { by: "device", asked: [path], inTree: inTree ?? {} } })
        .answer(names(`${T}1.P`))
        .answer(values(`${T}1.P=v`));
    expect(refresh(`${T}*.`, {}).told[0]?.completeUnder).to.equal(null);
    expect(refresh(`${T}[a].`, { [`${T}[a].`]: `${T}1.` }).told[0]?.completeUnder).to.equal(`${T}1.`);
  });
});

describe("addObject with aliases (TR-069 A.3.2.6)", () => {
  const ADD = { kind: "addObject", path: `${T}[mine].`, addressing: { by: "device", asked: [`${T}[mine].`], inTree: {} } } as const;

  it("looks at the table, asks for the alias, and tells the new instance by its number", () => {
    const talk = talkOf(ADD);
    expect(talk.request).to.deep.include({ path: T });
    talk.answer(names(`${T}1.`, `${T}2.`));
    expect(talk.request).to.deep.include({ kind: "AddObject", objectName: `${T}[mine].` });
    talk.answer({ kind: "AddObjectResponse", instanceNumber: 3, status: 0 });
    expect(talk.change.result).to.deep.equal({ instanceNumber: 3, path: `${T}3.`, addressing: { by: "device" } });
  });
  it("a device that tells aliases in place of numbers: the table tells which instance is new", () => {
    const order = { kind: "addObject", path: T } as const;
    const talk = talkOf(order).answer(names(`${T}[cpe-1].`));
    expect(talk.progress).to.deep.equal([{ before: ["[cpe-1]"] }]);
    const back = readBackOf(order, {}, { progress: { before: ["[cpe-1]"] } });
    back.answer(values("x=")).answer(names(`${T}[cpe-1].`, `${T}[cpe-2].`));
    expect(back.change).to.deep.include({ to: "done", result: { instanceNumber: null, path: `${T}[cpe-2].` } });
  });
  it("in a table below an alias the instances are told below its number", () => {
    const path = `${T}[a].Y.`;
    const order = { kind: "addObject", path, addressing: { by: "device", asked: [path], inTree: {} } } as const;
    expect(talkOf(order).answer(names(`${T}1.Y.4.`)).progress).to.deep.equal([{ before: [4] }]);
  });
});
