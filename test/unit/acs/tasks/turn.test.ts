/** A task may have to wait until another one of its device has ended. */
import { expect } from "chai";
import type { Task, TaskOrder } from "../../../../acs/tasks/task.js";
import { waitsForAnother } from "../../../../acs/tasks/turn.js";
import { aTask, NOW_MS } from "../../../support/builders.js";

const ping: TaskOrder = { kind: "diagnostic", path: "Device.IP.Diagnostics.IPPing.", arguments: [], timeoutS: 60 };
const trace: TaskOrder = { ...ping, path: "Device.IP.Diagnostics.TraceRoute." };
const set: TaskOrder = { kind: "setParameterValues", values: [] };
const first = (order: TaskOrder, state: Task["state"], more: Partial<Task> = {}): Task => aTask(order, { id: "01first", state, ...more });
const second = (order: TaskOrder, more: Partial<Task> = {}): Task => aTask(order, { id: "02second", state: "queued", ...more });
const waits = (task: Task, other: Task): boolean => waitsForAnother(task, [other, task]);
const accepted = { transitions: [{ atMs: NOW_MS, to: "awaiting-device", reason: "" }] } as const;

describe("a task waits for another one", () => {
  it("a test of an object while another test of it goes on: new arguments would void it", () => {
    for (const state of ["sent", "awaiting-device", "unknown"] as const)
      expect(waits(second(ping), first(ping, state)), state).to.equal(true);
  });
  it("but not for a test of another object, nor for one that is queued like itself", () => {
    expect(waits(second(trace), first(ping, "awaiting-device"))).to.equal(false);
    expect(waits(second(ping), first(ping, "queued"))).to.equal(false);
  });
  it("that sets ParameterKey, while the key has yet to tell what became of another", () => {
    for (const order of [set, ping]) expect(waits(second(set), first(order, "unknown")), order.kind).to.equal(true);
    expect(waits(second(trace), first(set, "unknown")), "a test sets it, too").to.equal(true);
    expect(waits(second({ kind: "reboot" }), first(set, "unknown")), "a reboot does not").to.equal(false);
  });
  it("but not for a test that the device took: its state decides, not the key", () => {
    expect(waits(second(set), first(ping, "unknown", accepted))).to.equal(false);
  });
  it("a test whose time is over, for it may be set to Canceled, and two such tests not for each other", () => {
    const overdue = second(trace, { state: "unknown", ...accepted });
    expect(waits(overdue, first(set, "unknown"))).to.equal(true);
    expect(waits(overdue, first(ping, "unknown", accepted))).to.equal(false);
  });
  it("never for itself", () => {
    expect(waitsForAnother(first(set, "unknown"), [first(set, "unknown")])).to.equal(false);
  });
});
