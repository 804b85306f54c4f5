/**
 * changeDUState: software modules are installed, updated, removed; the device tells the end with DUStateChangeComplete.
 * Nothing can be asked after a lost answer, and an operation is never sent twice: its report comes, or the outcome stays unknown.
 * Spec: TR-069 A.4.1.10, A.4.2.3. Layer: tasks, pure.
 */
import type { Task, TaskOrder } from "../task.js";
import { ask, awaiting, on, type SendContext, type Steps, settle, type TaskStep } from "../task-step.js";

export type DuStateRun = { readonly step: "change-du-state"; readonly task: Task };

export function beginChangeDuState(task: Task, _order: TaskOrder, { operations }: SendContext): TaskStep {
  return ask({ step: "change-du-state", task }, { kind: "ChangeDUState", operations, commandKey: task.id });
}

export function readBackDuState(): TaskStep {
  return { do: "leave" };
}

export const duStateSteps: Steps<DuStateRun> = {
  "change-du-state": on("ChangeDUStateResponse", (_run, _answer, context) =>
    settle(awaiting(context, "the device will change its software modules", context.downloadSettleMs)),
  ),
};
