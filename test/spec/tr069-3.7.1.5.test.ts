/**
 * Events of the device: how they gather, what confirms them, what a failed session and a restart leave.
 * Spec: TR-069 3.7.1.5.
 */
import { expect } from "chai";
import {
  confirmInform,
  confirmReport,
  type DeviceEvent,
  list,
  NO_EVENTS,
  type PendingEvents,
  raise,
  survivors,
  unlist,
} from "../../device-sim/device/events.js";

type Raised = Parameters<typeof raise>[1];
const raised = (...codes: readonly (Raised | readonly [Raised, string])[]): PendingEvents =>
  codes.reduce((events: PendingEvents, code) => (typeof code === "string" ? raise(events, code) : raise(events, ...code)), NO_EVENTS);
const waiting = ({ waiting: events }: PendingEvents) =>
  events.map(({ code, commandKey }) => (commandKey === "" ? code : `${code}=${commandKey}`));
const listed = ({ listed: events }: PendingEvents) =>
  events.map(({ code, commandKey }) => (commandKey === "" ? code : `${code}=${commandKey}`));

describe("TR-069 3.7.1.5: events of the device", () => {
  it("a single event code appears once however often it happened", () => {
    expect(waiting(raised("2 PERIODIC", "2 PERIODIC"))).to.deep.equal(["2 PERIODIC"]);
  });
  it("an M event appears once for each command key", () => {
    expect(waiting(raised(["M Reboot", "a"], ["M Reboot", "b"], ["M Reboot", "a"]))).to.deep.equal(["M Reboot=a", "M Reboot=b"]);
  });
  it("BOOTSTRAP discards all other undelivered events, and only BOOT joins it", () => {
    const events = raise(raise(raise(raised("2 PERIODIC", ["M Reboot", "a"]), "0 BOOTSTRAP"), "1 BOOT"), "4 VALUE CHANGE");
    expect(waiting(events)).to.deep.equal(["0 BOOTSTRAP", "1 BOOT"]);
  });
  it("the list is fixed when the Inform is made: what happens later goes into the next one", () => {
    const events = raise(list(raised("2 PERIODIC")), "2 PERIODIC");
    expect(listed(events)).to.deep.equal(["2 PERIODIC"]);
    expect(waiting(unlist(confirmInform(events)))).to.deep.equal(["2 PERIODIC"]);
  });
  it("InformResponse confirms everything but 7 TRANSFER COMPLETE and its M events", () => {
    const events = confirmInform(list(raised("1 BOOT", ["M Reboot", "r"], "4 VALUE CHANGE", "7 TRANSFER COMPLETE", ["M Download", "d"])));
    expect(listed(events)).to.deep.equal(["7 TRANSFER COMPLETE", "M Download=d"]);
  });
  it("TransferCompleteResponse confirms its own M event; 7 goes with the last of them", () => {
    const events = confirmInform(list(raised("7 TRANSFER COMPLETE", ["M Download", "a"], ["M Download", "b"])));
    const both = (key: string): readonly DeviceEvent[] => [
      { code: "7 TRANSFER COMPLETE", commandKey: "" },
      { code: "M Download", commandKey: key },
    ];
    const after = confirmReport(events, both("a"), both("b"));
    expect(listed(after)).to.deep.equal(["7 TRANSFER COMPLETE", "M Download=b"]);
    expect(listed(confirmReport(after, both("b"), []))).to.deep.equal([]);
  });
  it("events that announce a request of the device are confirmed by the response to it, not by InformResponse", () => {
    const events = raised("5 KICKED", "9 REQUEST DOWNLOAD", "10 AUTONOMOUS TRANSFER COMPLETE", ["M ChangeDUState", "c"], "3 SCHEDULED");
    const informed = confirmInform(list(events));
    expect(listed(informed)).to.deep.equal(["5 KICKED", "9 REQUEST DOWNLOAD", "10 AUTONOMOUS TRANSFER COMPLETE", "M ChangeDUState=c"]);
    const after = confirmReport(informed, [{ code: "9 REQUEST DOWNLOAD", commandKey: "" }], []);
    expect(listed(after)).to.deep.equal(["5 KICKED", "10 AUTONOMOUS TRANSFER COMPLETE", "M ChangeDUState=c"]);
  });
  it("a restart loses the results of diagnostics, and with them their event", () => {
    expect(waiting(survivors(raised("8 DIAGNOSTICS COMPLETE", "3 SCHEDULED", ["M ScheduleInform", "s"])))).to.deep.equal([
      "3 SCHEDULED",
      "M ScheduleInform=s",
    ]);
  });
  it("a failed session keeps its events, but never 6 CONNECTION REQUEST", () => {
    const failed = unlist(list(raised("2 PERIODIC", "6 CONNECTION REQUEST", ["M Reboot", "r"])));
    expect(waiting(failed)).to.deep.equal(["2 PERIODIC", "M Reboot=r"]);
  });
  it("a connection request that comes during the failed session is kept: it is another one", () => {
    expect(waiting(unlist(raise(list(raised("6 CONNECTION REQUEST")), "6 CONNECTION REQUEST")))).to.deep.equal(["6 CONNECTION REQUEST"]);
  });
  it("a restart keeps what is undelivered, but BOOT is raised anew and a connection request forgotten", () => {
    const events = survivors(list(raised("1 BOOT", "2 PERIODIC", "6 CONNECTION REQUEST", "7 TRANSFER COMPLETE", ["M Download", "d"])));
    expect(waiting(events)).to.deep.equal(["2 PERIODIC", "7 TRANSFER COMPLETE", "M Download=d"]);
    expect(waiting(survivors(raised("6 CONNECTION REQUEST", "2 PERIODIC"))), "told in no Inform yet").to.deep.equal(["2 PERIODIC"]);
  });
  it("an undelivered BOOTSTRAP outlives failed sessions and restarts", () => {
    expect(waiting(survivors(unlist(list(raised("0 BOOTSTRAP")))))).to.deep.equal(["0 BOOTSTRAP"]);
  });
  it("a BOOTSTRAP raised during a session discards what that session could not deliver", () => {
    expect(waiting(unlist(raise(list(raised("7 TRANSFER COMPLETE", ["M Download", "d"])), "0 BOOTSTRAP")))).to.deep.equal(["0 BOOTSTRAP"]);
  });
  it("of more than 64 events the oldest M events are dropped", () => {
    const many = Array.from({ length: 70 }, (_, at) => ["M Reboot", `r${at}`] as const);
    const events = listed(list(raised("1 BOOT", ...many)));
    expect(events).to.have.length(64);
    expect(events.slice(0, 2)).to.deep.equal(["1 BOOT", "M Reboot=r7"]);
  });
  it("13 WAKEUP and 14 HEARTBEAT wait again after a failed session; a restart forgets the wake, not the heartbeat", () => {
    const events = raised("13 WAKEUP", "14 HEARTBEAT");
    expect(waiting(unlist(list(events)))).to.deep.equal(["13 WAKEUP", "14 HEARTBEAT"]);
    expect(waiting(survivors(events))).to.deep.equal(["14 HEARTBEAT"]);
    expect(listed(confirmInform(list(events)))).to.deep.equal([]);
  });
});
