/**
 * When the next periodic Inform, or the next heartbeat, is due.
 * Spec: TR-069 3.2.1, ManagementServer.PeriodicInformInterval and PeriodicInformTime (TR-098), HeartbeatPolicy (TR-181). Layer: device, pure.
 */
import { type Device, isOn, setting } from "./device.js";

export interface PeriodicPlan {
  readonly enabled: boolean;
  readonly intervalS: number;
  /** PeriodicInformTime or InitiationTime. Only a phase: Informs fall on it plus or minus whole intervals. The Unknown Time leaves the phase to the device. */
  readonly time: string;
}

const UNKNOWN_TIME_YEAR = "0001-";

export function periodicPlan(device: Device): PeriodicPlan {
  return {
    enabled: isOn(device, "ManagementServer.PeriodicInformEnable"),
    intervalS: Number(setting(device, "ManagementServer.PeriodicInformInterval")),
    time: setting(device, "ManagementServer.PeriodicInformTime"),
  };
}

/** A model without HeartbeatPolicy has no heart that beats. */
export function heartbeatPlan(device: Device): PeriodicPlan {
  const policy = "ManagementServer.HeartbeatPolicy.";
  return {
    enabled: isOn(device, `${policy}Enable`),
    intervalS: Number(setting(device, `${policy}ReportingInterval`)),
    time: setting(device, `${policy}InitiationTime`),
  };
}

/**
 * @param phaseMs The device's own phase, used when none was set: when it was switched on.
 * @returns Milliseconds until the next one, more than 0 and at most the interval; `undefined`: never.
 */
export function periodicDelayMs(plan: PeriodicPlan, phaseMs: number, nowMs: number): number | undefined {
  if (!plan.enabled) return undefined;
  const intervalMs = plan.intervalS * 1_000;
  const told = plan.time.startsWith(UNKNOWN_TIME_YEAR) ? Number.NaN : Date.parse(plan.time);
  const reference = Number.isNaN(told) ? phaseMs : told;
  const since = (((nowMs - reference) % intervalMs) + intervalMs) % intervalMs;
  return intervalMs - since;
}
