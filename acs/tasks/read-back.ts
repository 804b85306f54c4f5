/**
 * Read-back: a session died after a task was sent. What did the device do? Nothing is repeated before that is known.
 * What each kind asks is in kinds/; here is what they have in common.
 * Spec: DESIGN 4 (task states), docs/decisions/0004-tasks-are-read-back.md. Layer: tasks, pure.
 */
import type { DeviceResponse } from "../cwmp/messages.js";
import type { Task, TaskChange } from "./task.js";
import { type Advance, type DeviceAnswer, type DeviceFault, failed, isKind, type SendContext, settle, type TaskStep } from "./task-step.js";

/** RPCs of one task that may be sent in all; a device that loses every session must not be asked for ever. */
const SENDS_MAX = 5;

/** Shown not to have happened: the task goes back to the queue. */
export function repeat(task: Task, context: Pick<SendContext, "nowMs">, reason: string): TaskChange {
  if (task.sends < SENDS_MAX) return { atMs: context.nowMs, to: "queued", reason, settleByMs: null };
  const detail = `outcome unknown: sent ${task.sends} times, no session lived to the answer`;
  return failed(context, { code: "outcome-unknown", detail });
}

export function unlearnt(context: SendContext, why: string): TaskStep {
  return settle(failed(context, { code: "outcome-unknown", detail: `outcome unknown: ${why}` }));
}

/** Did the device accept it before the session died? */
export function wasAccepted(task: Task): boolean {
  return task.transitions.some(({ to }) => to === "awaiting-device");
}

/** The answer to a question of a read-back: what is neither `kind` nor a fault teaches nothing. */
export function heard<R, K extends DeviceResponse["kind"]>(
  kind: K,
  then: (run: NoInfer<R>, answer: Extract<DeviceResponse, { readonly kind: K }>, context: SendContext) => TaskStep,
  onFault: (run: NoInfer<R>, fault: DeviceFault, context: SendContext) => TaskStep = (_run, fault, context) => unlearntFrom(fault, context),
): Advance<R> {
  return (run, answer, context) => {
    if (isKind(answer, kind)) return then(run, answer, context);
    return answer.kind === "Fault" ? onFault(run, answer, context) : unlearntFrom(answer, context);
  };
}

export function unlearntFrom(answer: DeviceAnswer, context: SendContext): TaskStep {
  return unlearnt(context, `the read-back was answered with ${describe(answer)}`);
}

export function describe(answer: DeviceAnswer): string {
  return answer.kind === "Fault" ? `fault ${answer.faultCode} ${answer.faultString}`.trimEnd() : answer.kind;
}
