/**
 * reboot, factoryReset and scheduleInform: the device answers, and acts after the session. It tells by an event that it did.
 * Spec: TR-069 A.3.2.9, A.4.1.2, A.4.1.6, 3.7.1.5 (events); TR-181 DeviceInfo.UpTime. Layer: tasks, pure.
 */
import { describe, heard, repeat, unlearnt, wasAccepted } from "../read-back.js";
import type { Task, TaskOrder } from "../task.js";
import { ask, awaiting, failed, on, type RunOf, type SendContext, type Steps, settle, type TaskStep } from "../task-step.js";

export type RestartRun = RunOf<"reboot" | "factory-reset" | "schedule-inform" | "read-back-uptime", { readonly task: Task }>;

/** UpTime counts whole seconds, and device and ACS start to count at different moments. */
const UPTIME_SLACK_S = 2;
const SECOND_MS = 1_000;

export function beginReboot(task: Task): TaskStep {
  return ask({ step: "reboot", task }, { kind: "Reboot", commandKey: task.id });
}

export function beginFactoryReset(task: Task): TaskStep {
  return ask({ step: "factory-reset", task }, { kind: "FactoryReset" });
}

export function beginScheduleInform(task: Task, { delayS }: TaskOrder & { readonly kind: "scheduleInform" }): TaskStep {
  return ask({ step: "schedule-inform", task }, { kind: "ScheduleInform", delayS, commandKey: task.id });
}

export function readBackRestart(task: Task, _order: TaskOrder, context: SendContext): TaskStep {
  const names = [`${context.root ?? ""}DeviceInfo.UpTime`];
  return ask({ step: "read-back-uptime", task }, { kind: "GetParameterValues", names });
}

/** Nothing is to be asked: whether the device took it shows when the time comes. */
export function readBackScheduleInform(
  task: Task,
  { delayS }: TaskOrder & { readonly kind: "scheduleInform" },
  context: SendContext,
): TaskStep {
  const settleByMs = (task.sentAtMs ?? context.nowMs) + delayS * SECOND_MS + context.rebootSettleMs;
  if (settleByMs <= context.nowMs) {
    return settle(failed(context, { code: "not-done", detail: "the time has passed, and the device did not call in for it" }));
  }
  const reason = "the answer was lost; whether the device took it shows when the time comes";
  return settle({ atMs: context.nowMs, to: "awaiting-device", reason, settleByMs });
}

export const restartSteps: Steps<RestartRun> = {
  reboot: on("RebootResponse", (_run, _answer, context) => settle(awaiting(context, "the device will restart", context.rebootSettleMs))),
  "factory-reset": on("FactoryResetResponse", (_run, _answer, context) =>
    settle(awaiting(context, "the device will reset itself and restart", context.rebootSettleMs)),
  ),
  "schedule-inform": on("ScheduleInformResponse", ({ task: { order } }, _answer, context) => {
    const delayMs = order.kind === "scheduleInform" ? order.delayS * SECOND_MS : 0;
    return settle(awaiting(context, "the device will call in", delayMs + context.rebootSettleMs));
  }),
  "read-back-uptime": heard(
    "GetParameterValuesResponse",
    ({ task }, { values }, context) => judgeUptime(task, values[0]?.text.trim() ?? "", context),
    (_run, fault, context) => unlearnt(context, `UpTime can't be read: ${describe(fault)}`),
  ),
};

/** A device that is up for longer than the request is old has not restarted since. */
function judgeUptime(task: Task, upTime: string, context: SendContext): TaskStep {
  const what = task.order.kind === "factoryReset" ? "the factory reset" : "the reboot";
  if (!/^\d{1,10}$/.test(upTime)) return unlearnt(context, "UpTime is no number");
  const sinceSentS = (context.nowMs - (task.sentAtMs ?? context.nowMs)) / SECOND_MS;
  if (Number(upTime) <= sinceSentS + UPTIME_SLACK_S)
    return unlearnt(context, "the device restarted, but did not say that it was for this task");
  if (wasAccepted(task)) return settle(failed(context, { code: "not-done", detail: `the device accepted ${what} and did not restart` }));
  // A factory reset costs its owner all settings: the operator says whether it is to be tried again.
  if (task.order.kind === "factoryReset") {
    return settle(failed(context, { code: "not-done", detail: "read back: the device has not restarted since" }));
  }
  return settle(repeat(task, context, "read back: the device has not restarted since"));
}
