/**
 * Informs at an interval: periodic ones and heartbeats, with a phase that the ACS may set.
 * Spec: TR-069 3.2.1, TR-181 (HeartbeatPolicy).
 */
import { expect } from "chai";
import { RepeatedInform } from "../../../../device-sim/cpe/repeated-inform.js";
import { newDevice } from "../../../../device-sim/device/device.js";
import { indexModel } from "../../../../device-sim/device/model-index.js";
import { heartbeatPlan, type PeriodicPlan, periodicPlan } from "../../../../device-sim/device/periodic.js";
import { tr098VoiceGateway } from "../../../../schemas/data-models/tr098-voice-gateway.js";
import { tr181VoiceGateway } from "../../../../schemas/data-models/tr181-voice-gateway.js";
import { fakeClock } from "../../../support/fake-clock.js";

const START_MS = 1_700_000_000_000; // 2023-11-14T22:13:20Z
const UNKNOWN = "0001-01-01T00:00:00Z";

function repeated(first: PeriodicPlan) {
  const clock = fakeClock(START_MS);
  const dueS: number[] = [];
  const state = { plan: first };
  const inform = new RepeatedInform({ clock, plan: () => state.plan, onDue: () => dueS.push((clock.now() - START_MS) / 1_000) });
  return { clock, dueS, state, inform };
}

describe("device-sim: Informs at an interval", () => {
  it("T58: every interval, counted from the power-up when the phase is the device's own", async () => {
    const { clock, dueS, inform } = repeated({ enabled: true, intervalS: 30, time: UNKNOWN });
    inform.powerOn();
    await clock.advance(100_000);
    expect(dueS).to.deep.equal([30, 60, 90]);
  });
  it("T59: at the reference time plus whole intervals, wherever that lies", async () => {
    for (const time of ["2023-11-14T22:13:25Z", "1999-12-31T23:59:25Z", "2040-01-01T00:00:25Z"]) {
      const { clock, dueS, inform } = repeated({ enabled: true, intervalS: 60, time });
      inform.powerOn();
      await clock.advance(130_000);
      const phase = (((Date.parse(time) - START_MS) / 1_000) % 60) + 60;
      expect(dueS, time).to.deep.equal([phase % 60, (phase % 60) + 60, ...((phase % 60) + 120 <= 130 ? [(phase % 60) + 120] : [])]);
    }
  });
  it("T60: none when it is disabled, and none after the power is gone", async () => {
    const { clock, dueS, state, inform } = repeated({ enabled: true, intervalS: 30, time: UNKNOWN });
    inform.powerOn();
    await clock.advance(30_000);
    state.plan = { ...state.plan, enabled: false };
    inform.plan();
    await clock.advance(90_000);
    state.plan = { ...state.plan, enabled: true };
    inform.plan();
    inform.powerOff();
    await clock.advance(90_000);
    expect(dueS).to.deep.equal([30]);
  });
  it("a new interval takes effect at once", async () => {
    const { clock, dueS, state, inform } = repeated({ enabled: true, intervalS: 300, time: UNKNOWN });
    inform.powerOn();
    await clock.advance(10_000);
    state.plan = { ...state.plan, intervalS: 20 };
    inform.plan();
    await clock.advance(30_000);
    expect(dueS).to.deep.equal([20, 40]);
  });

  describe("TR-181: HeartbeatPolicy", () => {
    const device = (model: typeof tr181VoiceGateway, values: Readonly<Record<string, string>>) =>
      newDevice(
        indexModel(model),
        new Map(Object.entries(values).map(([leaf, text]) => [`${model.root}ManagementServer.HeartbeatPolicy.${leaf}`, text])),
      );
    it("is read from Enable, ReportingInterval and InitiationTime, and is off from the factory", () => {
      const set = { Enable: "1", ReportingInterval: "45", InitiationTime: "2024-01-01T00:00:00Z" };
      expect(heartbeatPlan(device(tr181VoiceGateway, set))).to.deep.equal({ enabled: true, intervalS: 45, time: "2024-01-01T00:00:00Z" });
      expect(heartbeatPlan(device(tr181VoiceGateway, {})).enabled).to.equal(false);
    });
    it("does not exist in TR-098", () => {
      expect(heartbeatPlan(device(tr098VoiceGateway, {})).enabled).to.equal(false);
    });
    it("is no part of the periodic Inform", () => {
      expect(periodicPlan(device(tr181VoiceGateway, { ReportingInterval: "45" })).intervalS).to.equal(300);
    });
  });
});
