/**
 * Whose turn it is: a task may have to wait until another one of its device has ended.
 * Spec: docs/decisions/0004-tasks-are-read-back.md, 0013-diagnostics-are-awaited.md. Layer: tasks, pure.
 */
import { isDiagnostic, isKeyed } from "./kind-traits.js";
import { wasAccepted } from "./read-back.js";
import type { Task } from "./task.js";

/** @param open All unfinished tasks of the device, this one among them. */
export function waitsForAnother(task: Task, open: readonly Task[]): boolean {
  return open.some(
    (other) => other.id !== task.id && (wouldHideKey(task, other) || wouldVoid(task, other) || isAboutPassword(task, other)),
  );
}

/** ParameterKey tells of the last call only: none is made that sets it while it has yet to tell what became of an earlier one. */
function wouldHideKey(task: Task, other: Task): boolean {
  const setsKey = isKeyed(task) && (task.state === "queued" || isOverdue(task));
  return setsKey && other.state === "unknown" && isKeyed(other) && !isOverdue(other);
}

/** A diagnostic that the device took, and whose end it did not tell: its state decides, no key; it may be set to Canceled. */
function isOverdue(task: Task): boolean {
  return isDiagnostic(task) && task.state === "unknown" && wasAccepted(task);
}

/** A reset brings the password of the factory back: no other may be on its way meanwhile, nor the other way round. */
function isAboutPassword({ order, state }: Task, other: Task): boolean {
  const pair = order.kind === "factoryReset" ? "rotatePassword" : order.kind === "rotatePassword" ? "factoryReset" : undefined;
  return state === "queued" && other.state !== "queued" && other.order.kind === pair;
}

/** New arguments would make the results of a test of the same object void (TR-106 DiagnosticsState). */
function wouldVoid({ order, state }: Task, other: Task): boolean {
  if (order.kind !== "diagnostic" || other.order.kind !== "diagnostic") return false;
  return state === "queued" && other.state !== "queued" && order.path === other.order.path;
}
