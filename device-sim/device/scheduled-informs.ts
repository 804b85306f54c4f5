/**
 * Sessions that the ACS has ordered for later: kept over reboots until their time.
 * Spec: TR-069 A.4.1.6 (ScheduleInform). Layer: device, pure.
 */
import { RpcFault } from "./rpc-fault.js";

export interface ScheduledInform {
  readonly dueAtMs: number;
  readonly commandKey: string;
}

export const SCHEDULE_LIMITS = { informsMax: 16 } as const;

/** @throws {RpcFault} 9003: no delay. 9004: too many. */
export function scheduleInform(
  scheduled: readonly ScheduledInform[],
  delayS: number,
  commandKey: string,
  nowMs: number,
): readonly ScheduledInform[] {
  if (delayS < 1) throw new RpcFault(9003, "DelaySeconds must be more than 0");
  if (scheduled.length >= SCHEDULE_LIMITS.informsMax) throw new RpcFault(9004, "too many scheduled Informs");
  return [...scheduled, { dueAtMs: nowMs + delayS * 1_000, commandKey }].toSorted((a, b) => a.dueAtMs - b.dueAtMs);
}
