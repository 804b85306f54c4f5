/**
 * Sessions that the ACS has ordered for later.
 * Spec: TR-069 A.4.1.6; 3.7.1.5 (3 SCHEDULED).
 */
import { expect } from "chai";
import { type Device, newDevice, powerDown, raiseDueInforms } from "../../../../device-sim/device/device.js";
import { indexModel } from "../../../../device-sim/device/model-index.js";
import { RpcFault } from "../../../../device-sim/device/rpc-fault.js";
import { SCHEDULE_LIMITS, scheduleInform } from "../../../../device-sim/device/scheduled-informs.js";
import { tr098VoiceGateway } from "../../../../schemas/data-models/tr098-voice-gateway.js";

const NOW_MS = 1_000;
const fresh = newDevice(indexModel(tr098VoiceGateway), new Map());
const ordered = (...orders: readonly (readonly [number, string])[]): Device => ({
  ...fresh,
  scheduledInforms: orders.reduce((all: Device["scheduledInforms"], [delayS, key]) => scheduleInform(all, delayS, key, NOW_MS), []),
});
const told = ({ events }: Device) => events.waiting.map(({ code, commandKey }) => (commandKey === "" ? code : `${code}=${commandKey}`));

describe("TR-069 A.4.1.6: ScheduleInform", () => {
  it("several wait beside each other, the earliest first", () => {
    expect(ordered([60, "b"], [10, "a"]).scheduledInforms).to.deep.equal([
      { dueAtMs: 11_000, commandKey: "a" },
      { dueAtMs: 61_000, commandKey: "b" },
    ]);
  });
  it("those that are due are told once, and the others go on waiting", () => {
    const device = raiseDueInforms(ordered([10, "a"], [10, "b"], [60, "c"]), 11_000);
    expect(told(device)).to.deep.equal(["3 SCHEDULED", "M ScheduleInform=a", "M ScheduleInform=b"]);
    expect(device.scheduledInforms.map(({ commandKey }) => commandKey)).to.deep.equal(["c"]);
    expect(raiseDueInforms(device, 11_000)).to.equal(device);
  });
  it("a loss of power changes nothing of it", () => {
    expect(powerDown(ordered([60, "a"])).scheduledInforms).to.have.length(1);
    expect(told(powerDown(raiseDueInforms(ordered([10, "a"]), 11_000)))).to.deep.equal(["3 SCHEDULED", "M ScheduleInform=a"]);
  });
  it("no delay is 9003, too many are 9004", () => {
    expect(() => scheduleInform([], 0, "a", NOW_MS)).to.throw(RpcFault, /^9003/);
    const full = Array.from({ length: SCHEDULE_LIMITS.informsMax }, () => ({ dueAtMs: 1, commandKey: "" }));
    expect(() => scheduleInform(full, 1, "a", NOW_MS)).to.throw(RpcFault, /^9004/);
  });
});
