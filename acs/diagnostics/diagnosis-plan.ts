/**
 * What a running diagnosis does next, now that its task is as it is. Total; never throws.
 * Spec: docs/decisions/0025-a-diagnosis-is-a-chain-of-tasks.md. Layer: diagnostics, pure.
 */

import type { Task } from "../tasks/task.js";
import { isStopAsked } from "../tasks/test-marks.js";
import { DIAGNOSIS_LIMITS, type Diagnosis, type DiagnosisFailure, type DiagnosisOutcome, type DiagnosisState } from "./diagnosis.js";
import { verdictOf } from "./diagnosis-verdict.js";
import { diagnosticObject } from "./diagnostic-objects.js";
import { type DiagnosticResult, progressOf } from "./diagnostic-outcome.js";

export type NextStep =
  /** Until the task changes. */
  | { readonly do: "wait" }
  /** What was missing has been read: look for the object again, and go on. */
  | { readonly do: "locate" }
  /** Take the task back: nothing has begun, or the data model has no word for it. */
  | { readonly do: "cancel-task"; readonly reason: string }
  /** The device is to be asked to stop. */
  | { readonly do: "stop-test" }
  | { readonly do: "end"; readonly state: DiagnosisState; readonly outcome: DiagnosisOutcome };

const INVALID_NAME = 9005;

/** @param task Of the diagnosis; undefined: it is gone. */
export function nextStep(diagnosis: Diagnosis, task: Task | undefined): NextStep {
  if (task === undefined) return failure("not-learnt", "its task is gone");
  switch (task.state) {
    case "done":
      return diagnosis.path === null ? afterLooking(diagnosis) : ended(diagnosis, task);
    case "failed":
    case "expired":
    case "cancelled":
      return unlessCanceled(diagnosis, task, () => (diagnosis.path === null ? notFound(task) : ended(diagnosis, task)));
    default:
      return diagnosis.cancelAskedAtMs === null ? { do: "wait" } : cancelling(diagnosis, task);
  }
}

function cancelling({ path }: Diagnosis, task: Task): NextStep {
  if (task.state === "queued") return { do: "cancel-task", reason: "its diagnosis was cancelled" };
  if (task.state === "sent" || isStopAsked(task)) return { do: "wait" };
  if (path === null) return { do: "wait" }; // a read is soon over, and nothing follows it
  const hasWord = diagnosticObject(path)?.cancelValue != null;
  if (hasWord || task.state === "unknown") return { do: "stop-test" };
  return {
    do: "cancel-task",
    reason: "its diagnosis was cancelled; the data model has no Canceled, so the device ends the test by itself",
  };
}

function afterLooking({ cancelAskedAtMs }: Diagnosis): NextStep {
  return cancelAskedAtMs === null ? { do: "locate" } : canceled("cancelled before the test began");
}

/** What ended well all the same is told as it ended. */
function unlessCanceled({ cancelAskedAtMs, path }: Diagnosis, task: Task, otherwise: () => NextStep): NextStep {
  const hasEnded = path !== null && task.failure?.code === "diagnostic-error";
  return cancelAskedAtMs === null || hasEnded ? otherwise() : canceled(lastReason(task));
}

const lastReason = ({ transitions }: Task): string => transitions.at(-1)?.reason ?? "";

function canceled(detail: string): NextStep {
  return { ...failure("canceled", detail), state: "canceled" };
}

function failure(code: DiagnosisFailure, detail: string): NextStep & { readonly do: "end" } {
  const kept = detail.slice(0, DIAGNOSIS_LIMITS.detailCharactersMax);
  return { do: "end", state: "failed", outcome: { kind: "failure", code, detail: kept } };
}

/** The refresh that was to find the object did not come to its end. */
function notFound(task: Task): NextStep {
  if (task.state === "expired") return failure("expired", lastReason(task));
  if (task.state === "cancelled") return { ...failure("canceled", lastReason(task)), state: "canceled" };
  const isUnknownName = task.failure?.fault?.faultCode === INVALID_NAME;
  return isUnknownName ? { do: "locate" } : failure("not-learnt", task.failure?.detail ?? "");
}

function ended({ path, wish }: Diagnosis, task: Task): NextStep {
  const object = diagnosticObject(path ?? "");
  const told = toldResult(task.result);
  const detail = task.failure?.detail ?? lastReason(task);
  if (object !== undefined && told !== undefined) {
    const progress = progressOf(object, told.state);
    if (progress === "complete" || progress === "error") return { do: "end", state: "done", outcome: verdictOf(wish.test, object, told) };
    if (progress === "running") return failure("timed-out", detail);
    return failure(progress === "canceled" ? "canceled" : "lost", detail);
  }
  if (task.state === "expired") return failure("expired", detail);
  if (task.state === "cancelled") return canceled(detail);
  if (task.failure?.code !== "device-fault") return failure("not-learnt", detail);
  const isUnknownName = task.failure.fault?.faultCode === INVALID_NAME;
  return failure(isUnknownName ? "not-supported" : "refused", detail);
}

/** The result of a diagnostic task; undefined: there is none, or it was too long to keep. */
function toldResult(result: unknown): DiagnosticResult | undefined {
  const isOne = typeof result === "object" && result !== null && "state" in result && "values" in result && "tables" in result;
  return isOne ? (result as DiagnosticResult) : undefined;
}
