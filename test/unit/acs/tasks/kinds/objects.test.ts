/** addObject and deleteObject: an instance is made once, or it is said that this can't be known. */
import { expect } from "chai";
import type { Task } from "../../../../../acs/tasks/task.js";
import { fault, names, readBackOf, talkOf, values } from "../../../../support/task-talk.js";

const TABLE = "InternetGatewayDevice.Layer3Forwarding.Forwarding.";
const ADD = { kind: "addObject", path: TABLE } as const;
const DELETE = { kind: "deleteObject", path: `${TABLE}2.` } as const;
const KEY = "InternetGatewayDevice.ManagementServer.ParameterKey";

describe("addObject (TR-069 A.3.2.6)", () => {
  it("notes the instances that there are, then asks for one more with the task's id as ParameterKey", () => {
    const talk = talkOf(ADD);
    expect(talk.request).to.deep.equal({ kind: "GetParameterNames", path: TABLE, nextLevel: true });
    talk.answer(names(`${TABLE}1.`, `${TABLE}7.`));
    expect(talk.progress).to.deep.equal([{ before: [1, 7] }]);
    expect(talk.request).to.deep.equal({ kind: "AddObject", objectName: TABLE, parameterKey: "01task" });
    talk.answer({ kind: "AddObjectResponse", instanceNumber: 8, status: 0 });
    expect(talk.change).to.deep.include({ to: "done", result: { instanceNumber: 8, path: `${TABLE}8.` } });
  });
  it("asks for it although the table can't be listed; the device's own fault names the path then", () => {
    const talk = talkOf(ADD).answer(fault(9005));
    expect(talk.progress).to.deep.equal([{ before: null }]);
    talk.answer(fault(9005));
    expect(talk.change.failure).to.deep.include({ code: "device-fault" });
    expect(talk.change.failure?.fault?.parameters[0]?.name).to.equal(TABLE);
  });
  it("tells the instance without its alias where the order named one", () => {
    const talk = talkOf({ kind: "addObject", path: "Device.Bridging.Bridge.[guests]." }).answer(names());
    talk.answer({ kind: "AddObjectResponse", instanceNumber: 3, status: 0 });
    expect(talk.change.result).to.deep.equal({ instanceNumber: 3, path: "Device.Bridging.Bridge.3." });
  });
  it("looks for the instance in later sessions after Status 1 (row 12)", () => {
    const talk = talkOf(ADD).answer(names()).answer({ kind: "AddObjectResponse", instanceNumber: 1, status: 1 });
    expect(talk.change).to.deep.include({ to: "awaiting-device", result: { instanceNumber: 1, path: `${TABLE}1.` } });
    const later = () => readBackOf(ADD, {}, { state: "awaiting-device", result: { instanceNumber: 1, path: `${TABLE}1.` } });
    expect(later().request).to.deep.equal({ kind: "GetParameterNames", path: `${TABLE}1.`, nextLevel: true });
    expect(later().answer(fault(9005)).left).to.equal(true);
    expect(later().answer(names(`${TABLE}1.Enable`)).change.to).to.equal("done");
  });
});

describe("read-back of addObject: it is never repeated blindly", () => {
  const lost = (more: Partial<Task> = {}) => readBackOf(ADD, {}, { progress: { before: [1] }, ...more });

  it("is sent again when nothing was on disk before its RPC: then it had not left", () => {
    expect(readBackOf(ADD).change.to).to.equal("queued");
  });
  it("asks for ParameterKey, and is sent again when the key is of another call", () => {
    expect(lost().request).to.deep.equal({ kind: "GetParameterValues", names: [KEY] });
    expect(lost().answer(values(`${KEY}=before`)).change.to).to.equal("queued");
  });
  it("is done when the key is the task's; the table tells which instance it was", () => {
    const talk = lost().answer(values(`${KEY}=01task`));
    expect(talk.request).to.deep.equal({ kind: "GetParameterNames", path: TABLE, nextLevel: true });
    talk.answer(names(`${TABLE}1.`, `${TABLE}4.`));
    expect(talk.change).to.deep.include({ to: "done", result: { instanceNumber: 4, path: `${TABLE}4.` } });
  });
  it("is done when the key is the task's, although nobody can tell which instance", () => {
    for (const answer of [names(`${TABLE}1.`, `${TABLE}4.`, `${TABLE}5.`), names(), fault(9002)]) {
      const talk = lost()
        .answer(values(`${KEY}=01task`))
        .answer(answer);
      expect(talk.change).to.deep.include({ to: "done", result: { instanceNumber: null, path: null } });
    }
  });
  for (const [what, answer] of [
    ["empty", values(`${KEY}=`)],
    ["(null)", values(`${KEY}=(null)`)],
    ["not there", fault(9005)],
  ] as const) {
    it(`goes by the table when the key is ${what}`, () => {
      const table = (...now: readonly string[]) =>
        lost()
          .answer(answer)
          .answer(names(...now)).change;
      expect(table(`${TABLE}1.`).to, "as before").to.equal("queued");
      expect(table(`${TABLE}1.`, `${TABLE}2.`), "one more").to.deep.include({
        to: "done",
        result: { instanceNumber: 2, path: `${TABLE}2.` },
      });
      expect(table(`${TABLE}1.`, `${TABLE}2.`, `${TABLE}3.`).failure?.code, "two more").to.equal("outcome-unknown");
      expect(lost().answer(answer).answer(fault(9002)).change.failure?.code, "not to be listed").to.equal("outcome-unknown");
    });
  }
  it("stays unknown when neither the key nor the table as it was is known", () => {
    const talk = lost({ progress: { before: null } })
      .answer(values(`${KEY}=`))
      .answer(names(`${TABLE}1.`));
    expect(talk.change.failure?.code).to.equal("outcome-unknown");
  });
});

describe("deleteObject (TR-069 A.3.2.7)", () => {
  it("is done at Status 0, and the tree forgets the instance", () => {
    const talk = talkOf(DELETE);
    expect(talk.request).to.deep.equal({ kind: "DeleteObject", objectName: `${TABLE}2.`, parameterKey: "01task" });
    talk.answer({ kind: "DeleteObjectResponse", status: 0 });
    expect(talk.change.to).to.equal("done");
    expect(talk.told[0]).to.deep.include({ gone: [`${TABLE}2.`], parameters: [] });
  });
  it("fails with the path when the device does not have it", () => {
    expect(talkOf(DELETE).answer(fault(9005)).change.failure?.detail).to.include(`${TABLE}2.`);
  });
  it("read-back: gone is done, there is sent again, anything else stays unknown", () => {
    const lost = () => readBackOf(DELETE);
    expect(lost().request).to.deep.equal({ kind: "GetParameterNames", path: `${TABLE}2.`, nextLevel: true });
    expect(lost().answer(fault(9005)).change.to).to.equal("done");
    expect(lost().answer(names(`${TABLE}2.Enable`)).change.to).to.equal("queued");
    expect(lost().answer(fault(9002)).change.failure?.code).to.equal("outcome-unknown");
  });
  it("waits for the instance to go after Status 1", () => {
    expect(talkOf(DELETE).answer({ kind: "DeleteObjectResponse", status: 1 }).change.to).to.equal("awaiting-device");
    const later = () => readBackOf(DELETE, {}, { state: "awaiting-device" });
    expect(later().answer(names(`${TABLE}2.Enable`)).left).to.equal(true);
    expect(later().answer(fault(9005)).change.to).to.equal("done");
    expect(later().answer(fault(9002)).left).to.equal(true);
  });
});
