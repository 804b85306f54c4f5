/**
 * rotatePassword: what is sent, what an answer proves, and what becomes of a call whose answer was lost.
 * Layer: unit test. Spec: TR-069 3.4.4; docs/decisions/0011-per-device-secrets.md.
 */
import { expect } from "chai";
import type { TaskTransition } from "../../../../../acs/tasks/task.js";
import { advanceTask, beginTask } from "../../../../../acs/tasks/task-run.js";
import { aContext, aTask, NOW_MS } from "../../../../support/builders.js";
import { fault, readBackOf, talkOf, values } from "../../../../support/task-talk.js";

const ORDER = { kind: "rotatePassword" } as const;
const SERVER = "InternetGatewayDevice.ManagementServer.";
const PENDING = { newPassword: { username: null, needsUsername: false, password: "new" } } as const;
const PENDING_WITH_NAME = { newPassword: { username: "0A1B2C-VG2000-1", needsUsername: false, password: "new" } } as const;
const answered = { kind: "SetParameterValuesResponse", status: 0 } as const;

const through = (...states: readonly TaskTransition["to"][]): { readonly transitions: readonly TaskTransition[] } => ({
  transitions: states.map((to) => ({ atMs: NOW_MS, to, reason: "" })),
});

describe("task rotatePassword", () => {
  it("sets the password in a call of its own, whose ParameterKey is the task's", () => {
    expect(talkOf(ORDER, PENDING).request).to.deep.equal({
      kind: "SetParameterValues",
      values: [{ name: `${SERVER}Password`, type: "xsd:string", text: "new" }],
      parameterKey: "01task",
    });
  });

  it("sets the user name with it where that is to change", () => {
    const { request } = talkOf(ORDER, PENDING_WITH_NAME);
    expect(request.kind === "SetParameterValues" && request.values.map(({ name, text }) => [name, text])).to.deep.equal([
      [`${SERVER}Username`, "0A1B2C-VG2000-1"],
      [`${SERVER}Password`, "new"],
    ]);
  });

  it("sets the password alone on a device that refuses the user name", () => {
    const talk = talkOf(ORDER, PENDING_WITH_NAME).answer(fault(9003, [`${SERVER}Username`, 9008]));
    const { request } = talk;
    expect(request.kind === "SetParameterValues" && request.values.map(({ name }) => name)).to.deep.equal([`${SERVER}Password`]);
    expect(talk.answer(answered).change.to).to.equal("awaiting-device");
  });

  it("fails instead where the password is of no use under the name that the device has: one of a whole batch", () => {
    const newPassword = { ...PENDING_WITH_NAME.newPassword, needsUsername: true };
    expect(talkOf(ORDER, { newPassword }).answer(fault(9003, [`${SERVER}Username`, 9008])).change.to).to.equal("failed");
  });

  it("is not done by the device's answer: it waits for the device to use the new password", () => {
    const { change } = talkOf(ORDER, PENDING).answer(answered);
    expect(change).to.include({ to: "awaiting-device", settleByMs: NOW_MS + 3_600_000 });
  });

  it("is done when the device has used it already, on a new connection for this very answer", () => {
    const step = beginTask(aTask(ORDER), aContext(PENDING));
    if (step.do !== "ask") throw new Error("nothing is asked");
    expect(advanceTask(step.run, answered, aContext())).to.have.nested.property("change.to", "done");
  });

  it("is done in the session in which the device comes with the new password", () => {
    expect(readBackOf(ORDER, { newPassword: null }, { state: "awaiting-device" }).change.to).to.equal("done");
  });

  it("fails when the device refuses the password, and says that it keeps the old one", () => {
    const { change } = talkOf(ORDER, PENDING).answer(fault(9003, [`${SERVER}Password`, 9007]));
    expect(change.to).to.equal("failed");
    expect(change.failure?.detail).to.include("keeps its password");
  });

  it("is left alone while a device that took the password may still change over", () => {
    expect(readBackOf(ORDER, PENDING, { state: "awaiting-device" }).left).to.equal(true);
  });

  it("after a lost answer is done if the device uses the new password", () => {
    expect(readBackOf(ORDER, { newPassword: null }).change.to).to.equal("done");
  });

  it("after a lost answer waits if ParameterKey says that it was applied", () => {
    const talk = readBackOf(ORDER, PENDING, through("queued", "sent", "unknown"));
    expect(talk.request).to.deep.equal({ kind: "GetParameterValues", names: [`${SERVER}ParameterKey`] });
    expect(talk.answer(values(`${SERVER}ParameterKey=01task`)).change.to).to.equal("awaiting-device");
  });

  it("after a lost answer is sent again if ParameterKey is another one, or is not told", () => {
    for (const answer of [values(`${SERVER}ParameterKey=other`), values(), fault(9005)])
      expect(readBackOf(ORDER, PENDING, through("queued", "sent", "unknown")).answer(answer).change.to).to.equal("queued");
  });

  it("is sent again when the time is over in which the device should have used it", () => {
    const { change, requests } = readBackOf(ORDER, PENDING, through("queued", "sent", "awaiting-device", "unknown"));
    expect([change.to, requests]).to.deep.equal(["queued", []]);
    expect(change.reason).to.include("the same one is sent again");
  });

  it("gives up after five times, and both passwords stay good", () => {
    const { change } = readBackOf(ORDER, PENDING, { sends: 5, ...through("queued", "sent", "awaiting-device", "unknown") });
    expect([change.to, change.failure?.code]).to.deep.equal(["failed", "not-done"]);
    expect(change.failure?.detail).to.include("Both passwords are accepted");
  });

  it("can't be carried out on a device without a root object, nor once the new password was dropped", () => {
    expect(talkOf(ORDER, { ...PENDING, root: null }).change.failure?.code).to.equal("not-possible");
    expect(talkOf(ORDER).change.failure?.code).to.equal("not-possible");
  });
});
