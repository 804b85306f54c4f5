/**
 * What a device tells by itself about tasks that it completes later: M Reboot in an Inform, TransferComplete, or nothing in time.
 * Spec: TR-069 A.3.2.9 (Reboot), A.3.3.2 (TransferComplete), events of 3.7.1.5. Layer: tasks, pure.
 */
import type { Inform } from "../cwmp/rpc/inform.js";
import type { TransferComplete } from "../cwmp/rpc/transfer-complete.js";
import type { Task, TaskChange } from "./task.js";
import { failed } from "./task-run.js";

export interface Settled {
  readonly task: Task;
  readonly change: TaskChange;
}

const NO_FAULT = 0;

/** Event codes are matched by their number or letter prefix, whatever spaces and case the device uses (cwmp.md 4.2). */
export function hasEvent(inform: Inform, prefix: string): boolean {
  return inform.events.some(({ code }) => eventPrefix(code) === prefix);
}

function eventPrefix(code: string): string {
  const [first = "", second = ""] = code.trim().toUpperCase().split(/\s+/, 2);
  return first === "M" ? `M ${second}` : first;
}

/** Reboots that this Inform completes. A restart without M Reboot completes one that the device had accepted; else its cause is unknown. */
export function settleByInform(open: readonly Task[], inform: Inform, nowMs: number): readonly Settled[] {
  const keys = new Set(inform.events.filter(({ code }) => eventPrefix(code) === "M REBOOT").map(({ commandKey }) => commandKey));
  const restarted = hasEvent(inform, "1");
  const settled: Settled[] = [];
  for (const task of open) {
    if (task.order.kind !== "reboot" || task.state === "queued") continue;
    if (keys.has(task.id)) settled.push({ task, change: done(nowMs, "the device restarted (M Reboot)") });
    else if (restarted && keys.size === 0 && task.state === "awaiting-device") {
      settled.push({ task, change: done(nowMs, "the device restarted (1 BOOT, without M Reboot)") });
    }
  }
  return settled;
}

/** The download that this message ends; undefined: none of ours. An empty key means the only one under way (cwmp.md 12 row 26). */
export function settleByTransferComplete(open: readonly Task[], message: TransferComplete, nowMs: number): Settled | undefined {
  const downloads = open.filter(({ order, state }) => order.kind === "download" && state !== "queued");
  const named = downloads.find(({ id }) => id === message.commandKey);
  const task = named ?? (message.commandKey === "" && downloads.length === 1 ? downloads[0] : undefined);
  if (task === undefined) return undefined;
  const { faultCode, faultString } = message.fault;
  if (faultCode === NO_FAULT) {
    const result = { startTime: message.startTime, completeTime: message.completeTime };
    return { task, change: { ...done(nowMs, "the device completed the transfer"), result } };
  }
  const detail = `the transfer ended with fault ${faultCode} ${faultString}`.trimEnd();
  return { task, change: failed({ nowMs }, { code: "device-fault", detail, fault: { faultCode, faultString, parameters: [] } }) };
}

export interface DeadlinePolicy {
  /** How long a task may stay unknown before it is given up. */
  readonly unknownSettleMs: number;
}

/** What becomes of a task whose time has come: see TaskStore.due. */
export function settleByTime(task: Task, nowMs: number, { unknownSettleMs }: DeadlinePolicy): TaskChange {
  switch (task.state) {
    case "queued":
      return { atMs: nowMs, to: "expired", reason: "the device did not call in before the task expired" };
    case "sent":
      return { atMs: nowMs, to: "unknown", reason: "no answer in time: to be read back", settleByMs: nowMs + unknownSettleMs };
    case "awaiting-device":
      return {
        atMs: nowMs,
        to: "unknown",
        reason: "the device did not report the end in time: to be read back",
        settleByMs: nowMs + unknownSettleMs,
      };
    default:
      return failed({ nowMs }, { code: "outcome-unknown", detail: "outcome unknown: nothing was learnt in time" });
  }
}

function done(atMs: number, reason: string): TaskChange {
  return { atMs, to: "done", reason, settleByMs: null };
}
