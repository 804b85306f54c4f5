/**
 * What a device tells by itself about tasks that it completes later: events of an Inform, TransferComplete, DUStateChangeComplete, or
 * nothing in time.
 * Spec: TR-069 A.3.2.9 (Reboot), A.3.3.2 (TransferComplete), A.4.2.3, events of 3.7.1.5. Layer: tasks, pure.
 */
import { eventPrefix, hasEvent } from "../cwmp/event-codes.js";
import type { DUStateChangeComplete } from "../cwmp/rpc/du-state-change-complete.js";
import type { Inform } from "../cwmp/rpc/inform.js";
import type { TransferComplete } from "../cwmp/rpc/transfer-complete.js";
import { isTransfer } from "./kind-traits.js";
import { awaitsFile, type BroughtFile, doneByFile } from "./own-upload.js";
import type { Task, TaskChange } from "./task.js";
import { done, failed } from "./task-step.js";

export interface Settled {
  readonly task: Task;
  readonly change: TaskChange;
}

/** Codes of events that may complete a task. */
const COMPLETING = ["0", "1", "3", "M REBOOT", "M SCHEDULEINFORM"];

export function mayComplete(inform: Inform): boolean {
  return inform.events.some(({ code }) => COMPLETING.includes(eventPrefix(code)));
}

/** Tasks that this Inform completes. */
export function settleByInform(open: readonly Task[], inform: Inform, nowMs: number): readonly Settled[] {
  const sent = open.filter(({ state }) => state !== "queued");
  return [...settleReboots(sent, inform, nowMs), ...settleFactoryResets(sent, inform, nowMs), ...settleScheduled(sent, inform, nowMs)];
}

function keysOf(inform: Inform, prefix: string): ReadonlySet<string> {
  return new Set(inform.events.filter(({ code }) => eventPrefix(code) === prefix).map(({ commandKey }) => commandKey));
}

/** A restart without M Reboot completes a reboot that the device had accepted; else its cause is unknown. */
function settleReboots(sent: readonly Task[], inform: Inform, nowMs: number): readonly Settled[] {
  const keys = keysOf(inform, "M REBOOT");
  const restarted = hasEvent(inform, "1") && keys.size === 0;
  return sent
    .filter(({ order }) => order.kind === "reboot")
    .flatMap((task) => {
      if (keys.has(task.id)) return { task, change: done({ nowMs }, "the device restarted (M Reboot)") };
      if (!restarted || task.state !== "awaiting-device") return [];
      return { task, change: done({ nowMs }, "the device restarted (1 BOOT, without M Reboot)") };
    });
}

/** TR-069 A.4.1.6: the device begins anew, as at its first contact. */
function settleFactoryResets(sent: readonly Task[], inform: Inform, nowMs: number): readonly Settled[] {
  if (!hasEvent(inform, "0")) return [];
  const resets = sent.filter(({ order }) => order.kind === "factoryReset");
  return resets.map((task) => ({ task, change: done({ nowMs }, "the device was reset (0 BOOTSTRAP)") }));
}

/** 3 SCHEDULED without M ScheduleInform means the only one that the device had accepted. */
function settleScheduled(sent: readonly Task[], inform: Inform, nowMs: number): readonly Settled[] {
  const keys = keysOf(inform, "M SCHEDULEINFORM");
  const scheduled = sent.filter(({ order }) => order.kind === "scheduleInform");
  const named = scheduled.filter(({ id }) => keys.has(id));
  if (named.length > 0) return named.map((task) => ({ task, change: done({ nowMs }, "the device called in (M ScheduleInform)") }));
  const accepted = scheduled.filter(({ state }) => state === "awaiting-device");
  if (!hasEvent(inform, "3") || keys.size > 0 || accepted.length !== 1) return [];
  return accepted.map((task) => ({ task, change: done({ nowMs }, "the device called in (3 SCHEDULED, without M ScheduleInform)") }));
}

const NO_FAULT = 0;

/** The transfer that this message ends; undefined: none of ours. An empty key means the only one under way (cwmp.md 12 row 26). */
export function settleByTransferComplete(open: readonly Task[], message: TransferComplete, nowMs: number): Settled | undefined {
  const task = taskOfKey(
    open.filter((candidate) => isTransfer(candidate)),
    message.commandKey,
  );
  if (task === undefined) return undefined;
  const { faultCode, faultString } = message.fault;
  const result = { startTime: message.startTime, completeTime: message.completeTime };
  if (faultCode === NO_FAULT) return { task, change: done({ nowMs }, "the device completed the transfer", result) };
  const detail = `the transfer ended with fault ${faultCode} ${faultString}`.trimEnd();
  return { task, change: failed({ nowMs }, { code: "device-fault", detail, fault: { faultCode, faultString, parameters: [] } }) };
}

/** The ChangeDUState that this message ends. Operations are independent: one that failed fails the task, and the result tells of all. */
export function settleByDuStateChange(open: readonly Task[], message: DUStateChangeComplete, nowMs: number): Settled | undefined {
  const task = taskOfKey(
    open.filter(({ order }) => order.kind === "changeDUState"),
    message.commandKey,
  );
  if (task === undefined) return undefined;
  const { results } = message;
  const result = { results };
  const bad = results.find(({ fault }) => fault.faultCode !== NO_FAULT);
  if (bad === undefined && results.length > 0) {
    return { task, change: done({ nowMs }, `the device ended ${results.length} operations`, result) };
  }
  if (bad === undefined) return { task, change: failed({ nowMs }, { code: "outcome-unknown", detail: "the device told no results" }) };
  const { faultCode, faultString } = bad.fault;
  const detail = `an operation ended with fault ${faultCode} ${faultString}`.trimEnd();
  const failure = { code: "device-fault", detail, fault: { faultCode, faultString, parameters: [] } } as const;
  return { task, change: { ...failed({ nowMs }, failure), result } };
}

/** The transfers that `cancelling` ended: a device sends no TransferComplete for them (TR-069 A.4.1.9). */
export function settleByCancel(open: readonly Task[], cancelling: Task, nowMs: number): readonly Settled[] {
  const { order } = cancelling;
  if (order.kind !== "cancelTransfer") return [];
  const transfers = open.filter((task) => isTransfer(task) && task.id === order.commandKey && task.state !== "queued");
  const change: TaskChange = { atMs: nowMs, to: "cancelled", reason: `its transfer was cancelled by task ${cancelling.id}` };
  return transfers.map((task) => ({ task, change }));
}

/** Of those that were sent, the one with this key; an empty key means the only one. */
function taskOfKey(tasks: readonly Task[], commandKey: string): Task | undefined {
  const sent = tasks.filter(({ state }) => state !== "queued");
  return sent.find(({ id }) => id === commandKey) ?? (commandKey === "" && sent.length === 1 ? sent[0] : undefined);
}

export interface DeadlinePolicy {
  /** How long a task may stay unknown before it is given up. */
  readonly unknownSettleMs: number;
}

/** What becomes of a task whose time has come: see TaskStore.due. @param brought By an upload to our own file server. */
export function settleByTime(
  task: Task,
  nowMs: number,
  { unknownSettleMs }: DeadlinePolicy,
  brought: BroughtFile | null = null,
): TaskChange {
  if (brought !== null && awaitsFile(task)) return doneByFile(nowMs, brought);
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
