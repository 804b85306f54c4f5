/** What a lost session did: nothing is repeated before it is known. */
import { expect } from "chai";
import type { Task, TaskState } from "../../../../acs/tasks/task.js";
import { advanceTask, beginUnknown } from "../../../../acs/tasks/task-run.js";
import type { DeviceAnswer, SendContext, TaskStep } from "../../../../acs/tasks/task-step.js";
import { aContext, aTask, NOW_MS } from "../../../support/builders.js";

const NAME = "InternetGatewayDevice.Time.NTPServer1";
const SECRET = "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.KeyPassphrase";
const KEY = "InternetGatewayDevice.ManagementServer.ParameterKey";
const WANTED = [{ name: NAME, type: "xsd:string", value: "ntp.example" }] as const;

const set = (more: Partial<Task> = {}): Task => aTask({ kind: "setParameterValues", values: WANTED }, { state: "unknown", ...more });
const values = (read: Readonly<Record<string, string>>): DeviceAnswer => ({
  kind: "GetParameterValuesResponse",
  values: Object.entries(read).map(([name, text]) => ({ name, type: "xsd:string", text })),
});
const fault = (faultCode: number): DeviceAnswer => ({ kind: "Fault", faultCode, faultString: "", setParameterValuesFaults: [] });

function answered(task: Task, answer: DeviceAnswer, context: SendContext): TaskStep {
  const begun = beginUnknown(task, context);
  if (begun.do !== "ask") throw new Error(`expected a question, got ${begun.do}`);
  return advanceTask(begun.run, answer, context);
}
function stateAfter(task: Task, answer: DeviceAnswer, context: SendContext): TaskState | "asks" | "leave" {
  const next = answered(task, answer, context);
  return next.do === "settle" ? next.change.to : next.do === "ask" ? "asks" : "leave";
}
function failureAfter(task: Task, answer: DeviceAnswer, context: SendContext): string | undefined {
  const next = answered(task, answer, context);
  return next.do === "settle" ? next.change.failure?.code : undefined;
}

describe("read-back of setParameterValues", () => {
  const context = aContext({ values: WANTED });

  it("is done when ParameterKey is the task's", () => {
    expect(stateAfter(set(), values({ [KEY]: "01task", [NAME]: "ntp.example" }), context)).to.equal("done");
  });
  it("is done by the key although somebody changed the value since", () => {
    expect(stateAfter(set(), values({ [KEY]: "01task", [NAME]: "other" }), context)).to.equal("done");
  });
  it("is queued again when the key is of another call, whatever the values", () => {
    expect(stateAfter(set(), values({ [KEY]: "before", [NAME]: "ntp.example" }), context)).to.equal("queued");
  });
  it("is queued again when the key is empty and the values are not the wanted ones", () => {
    expect(stateAfter(set(), values({ [KEY]: "", [NAME]: "other" }), context)).to.equal("queued");
  });
  it("is unknown for good when the key is empty and the values were as wanted, perhaps before", () => {
    expect(failureAfter(set(), values({ [KEY]: "", [NAME]: "ntp.example" }), context)).to.equal("outcome-unknown");
  });
  it("asks without the key when the device refuses it, and believes the values then", () => {
    const second = answered(set(), fault(9005), context);
    if (second.do !== "ask" || second.run.step !== "read-back-set") throw new Error("expected a second question");
    expect(second.request).to.deep.equal({ kind: "GetParameterValues", names: [NAME] });
    expect(advanceTask(second.run, values({ [NAME]: "ntp.example" }), context)).to.have.nested.property("change.to", "done");
    expect(advanceTask(second.run, values({ [NAME]: "other" }), context)).to.have.nested.property("change.to", "queued");
  });
  it("asks for the key alone when the device does not have a name that was to be set: then the key decides", () => {
    const second = answered(set(), fault(9005), context);
    if (second.do !== "ask") throw new Error("expected a second question");
    const third = advanceTask(second.run, fault(9005), context);
    if (third.do !== "ask") throw new Error("expected a third question");
    expect(third.request).to.deep.equal({ kind: "GetParameterValues", names: [KEY] });
    expect(advanceTask(third.run, values({ [KEY]: "before" }), context)).to.have.nested.property("change.to", "queued");
    expect(advanceTask(third.run, values({ [KEY]: "01task" }), context)).to.have.nested.property("change.to", "done");
    expect(advanceTask(third.run, values({ [KEY]: "" }), context)).to.have.nested.property("change.failure.code", "outcome-unknown");
    expect(advanceTask(third.run, fault(9005), context)).to.have.nested.property("change.failure.code", "outcome-unknown");
  });
  it("can't learn from a secret, which reads as an empty string", () => {
    const secret = aContext({ values: [{ name: SECRET, type: "xsd:string", value: "abc" }] });
    expect(failureAfter(set(), values({ [KEY]: "", [SECRET]: "" }), secret)).to.equal("outcome-unknown");
  });
  it("gives up after five sends", () => {
    expect(failureAfter(set({ sends: 5 }), values({ [KEY]: "before" }), context)).to.equal("outcome-unknown");
  });
  it("leaves values of Status 1 alone until they are in force", () => {
    const accepted = set({ state: "awaiting-device" });
    expect(stateAfter(accepted, values({ [KEY]: "01task", [NAME]: "old" }), context)).to.equal("leave");
    expect(stateAfter(accepted, values({ [KEY]: "01task", [NAME]: "ntp.example" }), context)).to.equal("done");
  });
});

describe("read-back of reads", () => {
  it("asks nothing: reading again does no harm", () => {
    const begun = beginUnknown(aTask({ kind: "refresh", path: "" }, { state: "unknown" }), aContext());
    expect(begun).to.have.nested.property("change.to", "queued");
  });
});

describe("read-back of reboot", () => {
  const reboot = (more: Partial<Task> = {}): Task => aTask({ kind: "reboot" }, { state: "unknown", sentAtMs: NOW_MS - 60_000, ...more });
  const uptime = (text: string): DeviceAnswer => values({ "InternetGatewayDevice.DeviceInfo.UpTime": text });

  it("is queued again when the device is up for longer than the request is old", () => {
    expect(stateAfter(reboot(), uptime("3600"), aContext())).to.equal("queued");
  });
  it("is unknown for good when the device restarted without saying for what, or in a moment that can't be told apart", () => {
    expect(failureAfter(reboot(), uptime("5"), aContext())).to.equal("outcome-unknown");
    expect(failureAfter(reboot(), uptime("61"), aContext())).to.equal("outcome-unknown");
  });
  it("is unknown for good when UpTime can't be read", () => {
    expect(failureAfter(reboot(), fault(9005), aContext())).to.equal("outcome-unknown");
    expect(failureAfter(reboot(), uptime("soon"), aContext())).to.equal("outcome-unknown");
  });
  it("did not happen when the device had accepted it and is still up", () => {
    const accepted = reboot({ transitions: [{ atMs: 0, to: "awaiting-device", reason: "" }] });
    expect(failureAfter(accepted, uptime("3600"), aContext())).to.equal("not-done");
  });
});

describe("read-back of download", () => {
  const file = { fileType: "1 Firmware Upgrade Image", url: "http://files.example/f", fileSizeBytes: 1, targetFileName: "" };
  const download = aTask({ kind: "download", file }, { state: "unknown" });
  const transfers = (...keys: readonly string[]): DeviceAnswer => ({
    kind: "GetAllQueuedTransfersResponse",
    transfers: keys.map((commandKey) => ({ commandKey, state: 2, isDownload: true, fileType: "", fileSizeBytes: 0, targetFileName: "" })),
  });

  it("goes on when the device has the transfer in its queue", () => {
    expect(stateAfter(download, transfers("other", "01task"), aContext())).to.equal("awaiting-device");
  });
  it("is never sent a second time: a transfer that is not listed was never taken, or has ended", () => {
    expect(failureAfter(download, transfers("other"), aContext())).to.equal("outcome-unknown");
  });
  it("waits for TransferComplete when the device can't list its transfers, neither by GetAllQueuedTransfers nor by GetQueuedTransfers", () => {
    const second = answered(download, fault(9000), aContext());
    if (second.do !== "ask") throw new Error("expected a second question");
    expect(second.request).to.deep.equal({ kind: "GetQueuedTransfers" });
    expect(advanceTask(second.run, fault(9000), aContext())).to.deep.equal({ do: "leave" });
    const listed: DeviceAnswer = { kind: "GetQueuedTransfersResponse", transfers: [{ commandKey: "01task", state: 2 }] };
    expect(advanceTask(second.run, listed, aContext())).to.have.nested.property("change.to", "awaiting-device");
    expect(stateAfter(download, fault(9002), aContext())).to.equal("leave");
  });
});
