/** Restarts, scheduled Informs, methods, software modules. */
import { expect } from "chai";
import { NOW_MS } from "../../../../support/builders.js";
import { fault, readBackOf, talkOf, values } from "../../../../support/task-talk.js";

const UPTIME = "InternetGatewayDevice.DeviceInfo.UpTime";

describe("factoryReset (TR-069 A.4.1.6)", () => {
  const order = { kind: "factoryReset" } as const;
  it("waits for 0 BOOTSTRAP", () => {
    expect(talkOf(order).request).to.deep.equal({ kind: "FactoryReset" });
    expect(talkOf(order).answer({ kind: "FactoryResetResponse" }).change).to.deep.include({
      to: "awaiting-device",
      settleByMs: NOW_MS + 600_000,
    });
  });
  it("is never repeated: a device that did not restart did not reset itself, and else nobody knows", () => {
    const lost = () => readBackOf(order, {}, { sentAtMs: NOW_MS - 60_000 });
    expect(lost().answer(values(`${UPTIME}=3600`)).change.failure?.code).to.equal("not-done");
    expect(lost().answer(values(`${UPTIME}=5`)).change.failure?.code).to.equal("outcome-unknown");
    expect(lost().answer(fault(9005)).change.failure?.code).to.equal("outcome-unknown");
  });
});

describe("scheduleInform (TR-069 A.4.1.2)", () => {
  const order = { kind: "scheduleInform", delayS: 60 } as const;
  it("carries the task's id as CommandKey, and waits for its time to come", () => {
    expect(talkOf(order).request).to.deep.equal({ kind: "ScheduleInform", delayS: 60, commandKey: "01task" });
    const { change } = talkOf(order).answer({ kind: "ScheduleInformResponse" });
    expect(change).to.deep.include({ to: "awaiting-device", settleByMs: NOW_MS + 60_000 + 600_000 });
  });
  it("is not sent again when the answer was lost: its time will tell", () => {
    const lost = readBackOf(order, {}, { sentAtMs: NOW_MS - 1_000 });
    expect(lost.change).to.deep.include({ to: "awaiting-device", settleByMs: NOW_MS - 1_000 + 660_000 });
    expect(readBackOf(order, {}, { sentAtMs: NOW_MS - 660_000 }).change.failure?.code).to.equal("not-done");
  });
});

describe("getRpcMethods (TR-069 A.3.1.1)", () => {
  it("shows the methods; asking again does no harm", () => {
    const talk = talkOf({ kind: "getRpcMethods" }).answer({ kind: "GetRPCMethodsResponse", methods: ["Reboot", "X_EXAMPLE_Dance"] });
    expect(talk.change).to.deep.include({ to: "done", result: { methods: ["Reboot", "X_EXAMPLE_Dance"] } });
    expect(readBackOf({ kind: "getRpcMethods" }).change.to).to.equal("queued");
  });
});

describe("changeDUState (TR-069 A.4.1.10)", () => {
  const install = { operation: "Install", url: "http://files.example/u", uuid: "", username: "gw", executionEnvRef: "" } as const;
  const order = { kind: "changeDUState", operations: [{ ...install, password: "v1:sealed" }], sealed: true } as const;
  it("carries the operations with passwords open, and waits for DUStateChangeComplete", () => {
    const operations = [{ ...install, password: "open" }];
    const talk = talkOf(order, { operations });
    expect(talk.request).to.deep.equal({ kind: "ChangeDUState", operations, commandKey: "01task" });
    expect(talk.answer({ kind: "ChangeDUStateResponse" }).change.to).to.equal("awaiting-device");
  });
  it("is never sent twice: its report comes or not", () => {
    expect(readBackOf(order).left).to.equal(true);
  });
});

describe("an answer of another method (row 15)", () => {
  it("is a breach of protocol, and says that the outcome is not known, except of what changes nothing", () => {
    const detail = (kind: "reboot" | "getRpcMethods") => talkOf({ kind }).answer({ kind: "FactoryResetResponse" }).change.failure;
    expect(detail("reboot")).to.deep.include({ code: "protocol" });
    expect(detail("reboot")?.detail).to.include("not known");
    expect(detail("getRpcMethods")?.detail).not.to.include("not known");
  });
});
