/**
 * What is counted of the timeline.
 */
import { expect } from "chai";
import { createEventTally } from "../../../acs/event-tally.js";
import type { EventKind, StoredEvent } from "../../../acs/events/event.js";

const event = (kind: EventKind, data: Readonly<Record<string, unknown>>): StoredEvent => ({ id: 1, atMs: 0, deviceId: "d1", kind, data });
const plain = (counts: ReadonlyMap<string, ReadonlyMap<string, number>>) =>
  Object.fromEntries([...counts].map(([name, ends]) => [name, Object.fromEntries(ends)]));

describe("event tally", () => {
  it("informs by event code; what vendors invent is one series", () => {
    const tally = createEventTally();
    tally.note([event("device-informed", { events: ["2 PERIODIC", "M Reboot", "X 00D09E Made Up 1"] })]);
    tally.note([event("device-informed", { events: ["2 PERIODIC", "X 00D09E Made Up 2"] })]);
    expect(Object.fromEntries(tally.informs)).to.deep.equal({ "2 PERIODIC": 2, "M Reboot": 1, other: 2 });
  });

  it("tasks by kind and end, not by what lies between", () => {
    const tally = createEventTally();
    for (const to of ["sent", "done", "failed", "done"]) tally.note([event("task-changed", { kind: "reboot", to })]);
    expect(plain(tally.tasks)).to.deep.equal({ reboot: { done: 2, failed: 1 } });
  });

  it("diagnoses by test: good or bad where there is a verdict, else how they ended", () => {
    const tally = createEventTally();
    for (const [state, good] of [
      ["done", true],
      ["done", false],
      ["failed", null],
      ["canceled", null],
    ] as const)
      tally.note([event("diagnosis-ended", { test: "ping", state, good })]);
    expect(plain(tally.diagnoses)).to.deep.equal({ ping: { good: 1, bad: 1, failed: 1, canceled: 1 } });
  });

  it("wakes by rung and outcome; those of SIP by what the bridge tells", () => {
    const tally = createEventTally();
    tally.note([
      event("wire", { kind: "connection-request", rung: "http", next: "wait", detail: "" }),
      event("wire", { kind: "answered", status: 200, wakeId: "w1" }),
      event("wire", { kind: "udp-binding", address: "192.0.2.1:1" }),
    ]);
    expect(plain(tally.wakes)).to.deep.equal({ http: { wait: 1 }, sip: { answered: 1 } });
  });
});
