/**
 * diagnostic: arguments and "Requested" in one call; the device begins after the session and tells its end with 8 DIAGNOSTICS COMPLETE,
 * which carries no key: so the object is read, and its state tells. A state that stays "Requested" over its time is given up.
 * Spec: TR-106 DiagnosticsState; cwmp.md 8.1, 1.11 row 27, 12 row 57; docs/decisions/0013-diagnostics-are-awaited.md. Layer: tasks, pure.
 */
import type { ParameterValue } from "../../cwmp/parameter-value.js";
import { toldValue } from "../../devices/parameter-tree.js";
import { isSecretName } from "../../devices/secret-names.js";
import { type DiagnosticObject, diagnosticObject } from "../../diagnostics/diagnostic-objects.js";
import { type Progress, progressOf, resultOf } from "../../diagnostics/diagnostic-outcome.js";
import { isSameValue, writeForm } from "../../planning/write-form.js";
import { describe, heard, repeat, unlearnt, wasAccepted } from "../read-back.js";
import { type DiagnosticOrder, TASK_LIMITS, type Task, type TaskChange } from "../task.js";
import {
  ask,
  awaiting,
  done,
  failed,
  faultOf,
  on,
  type SendContext,
  type Steps,
  settle,
  type TaskStep,
  type Told,
  told,
} from "../task-step.js";
import { isStopAsked, waitOn } from "../test-marks.js";
import { faultNames } from "./set-verify.js";
import { keyOf, toldSet } from "./setting.js";

interface Diagnosing {
  readonly task: Task;
  readonly order: DiagnosticOrder;
}

export type DiagnosticRun =
  | ({ readonly step: "request-diagnostic" } & Diagnosing)
  /** `keyName`: ParameterKey is asked for as well. */
  | ({ readonly step: "read-diagnostic"; readonly keyName: string | null } & Diagnosing)
  /** `verdict`: how the task ends, whatever the device answers. */
  | ({ readonly step: "cancel-diagnostic"; readonly verdict: TaskChange } & Diagnosing);

const SECOND_MS = 1_000;

/** The order was checked: its object has a state. */
function objectOf({ path }: DiagnosticOrder): DiagnosticObject {
  const object = diagnosticObject(path);
  if (object === undefined) throw new RangeError(`${path} has no state`);
  return object;
}

/** "Requested" is processed after the arguments of the same call; it stands last for devices that go by the order. */
export function beginDiagnostic(task: Task, order: DiagnosticOrder, context: SendContext): TaskStep {
  const { stateParameter, requestValue } = objectOf(order);
  const texts = context.values.map(({ name, type, value }) => ({ name, type, text: writeForm(type, value, context.model) }));
  const values = [...texts, { name: order.path + stateParameter, type: "xsd:string", text: requestValue }];
  return ask({ step: "request-diagnostic", task, order }, { kind: "SetParameterValues", values, parameterKey: keyOf(task, 0) });
}

/** After a lost answer, after 8 DIAGNOSTICS COMPLETE or a restart, and when the time is over. */
export function readBackDiagnostic(task: Task, order: DiagnosticOrder, context: SendContext): TaskStep {
  const keyName = isLost(task) && context.root !== null ? `${context.root}ManagementServer.ParameterKey` : null;
  return askObject({ task, order }, keyName);
}

/** The answer to the request was lost: whether the device took it is not known. */
const isLost = (task: Task): boolean => task.state === "unknown" && !wasAccepted(task);

function askObject({ task, order }: Diagnosing, keyName: string | null): TaskStep {
  const names = [...(keyName === null ? [] : [keyName]), order.path];
  return ask({ step: "read-diagnostic", task, order, keyName }, { kind: "GetParameterValues", names });
}

export const diagnosticSteps: Steps<DiagnosticRun> = {
  "request-diagnostic": on(
    "SetParameterValuesResponse",
    (run, _answer, context) => settle(awaitingEnd(run, "the device begins when the session has ended", context), toldRequest(run)),
    (_run, fault, context) => {
      const failure = faultOf(fault);
      const { setParameterValuesFaults: refused } = fault;
      return settle(failed(context, refused.length === 0 ? failure : { ...failure, detail: faultNames(failure.detail, refused) }));
    },
  ),
  "read-diagnostic": heard(
    "GetParameterValuesResponse",
    (run, { values }, context) => judge(run, values, context),
    // One unknown name fails a whole call, and some devices have no ParameterKey.
    (run, fault, context) =>
      run.keyName === null ? unlearnt(context, `the object can't be read: ${describe(fault)}`) : askObject(run, null),
  ),
  "cancel-diagnostic": on(
    "SetParameterValuesResponse",
    ({ verdict }) => settle(verdict),
    ({ verdict }) => settle(verdict), // Canceled is optional: 9007
  ),
};

/** Counted from the request: what a lost session cost is not added. */
function deadlineMs({ task, order }: Diagnosing, nowMs: number): number {
  return (task.sentAtMs ?? nowMs) + order.timeoutS * SECOND_MS;
}

function awaitingEnd({ order }: Diagnosing, reason: string, context: SendContext): TaskChange {
  return awaiting(context, reason, order.timeoutS * SECOND_MS);
}

function toldRequest({ task, order }: Diagnosing): Told {
  const { stateParameter, requestValue } = objectOf(order);
  const values = [...order.arguments, { name: order.path + stateParameter, type: "xsd:string", value: requestValue }];
  return toldSet(
    task,
    values.map((value) => ({ ...value, writtenType: value.type })),
  );
}

type ReadRun = Extract<DiagnosticRun, { readonly step: "read-diagnostic" }>;

/** What the device says of the test. */
interface Reading {
  readonly object: DiagnosticObject;
  readonly state: string;
  readonly progress: Progress;
  readonly own: readonly ParameterValue[];
  readonly what: Told;
}

function judge(run: ReadRun, values: readonly ParameterValue[], context: SendContext): TaskStep {
  const { task, order, keyName } = run;
  const object = objectOf(order);
  const own = values.flatMap((one) => (one.name.startsWith(order.path) ? [{ ...one, name: one.name.slice(order.path.length) }] : []));
  const state = own.find(({ name }) => name === object.stateParameter)?.text.trim();
  if (state === undefined) return unlearnt(context, `the device has no ${order.path}${object.stateParameter}`);
  const what = told(task, "read", { parameters: values.map(toldValue), completeUnder: order.path });
  const reading: Reading = { object, state, progress: progressOf(object, state), own, what };
  const key = values.find(({ name }) => name === keyName)?.text.trim();
  if (!isLost(task) || wasTaken(run, key, reading)) return judgeTaken(run, reading, context);
  if (isStopAsked(task)) return settle(stopped(run, "the device had not taken the request", context), what);
  return settle(repeat(task, context, `read back: the request was not taken (the state is ${state})`), what);
}

/** ParameterKey is stored on success only; where the device keeps none, its state and our arguments tell. */
function wasTaken({ task, order }: ReadRun, key: string | undefined, { progress, own }: Reading): boolean {
  if (key !== undefined && key !== "" && key !== "(null)") return key === keyOf(task, 0);
  const read = new Map(own.map(({ name, text }) => [order.path + name, text]));
  const areOurs = order.arguments
    .filter(({ name }) => !isSecretName(name))
    .every(({ name, type, value }) => isSameValue(type, read.get(name) ?? "", value));
  return areOurs && progress !== "none" && progress !== "canceled";
}

function judgeTaken(run: ReadRun, reading: Reading, context: SendContext): TaskStep {
  const { state, object, own, what } = reading;
  switch (reading.progress) {
    case "complete": {
      const result = resultOf(object, own, TASK_LIMITS.resultCharactersMax);
      return settle(done(context, `the diagnostic ended with ${state}`, result), what);
    }
    case "error": {
      const failure = failed(context, { code: "diagnostic-error", detail: `the diagnostic ended with ${state}` });
      return settle({ ...failure, result: resultOf(object, own, TASK_LIMITS.resultCharactersMax) }, what);
    }
    case "none":
    case "canceled": {
      if (isStopAsked(run.task)) return settle(stopped(run, `the state is ${state}`, context), what);
      const detail = `the state is ${state}: the device has restarted since, or somebody changed an argument or cancelled the test; its results are lost`;
      const failure = failed(context, { code: "not-done", detail });
      return settle({ ...failure, result: resultOf(object, own, TASK_LIMITS.resultCharactersMax) }, what);
    }
    case "running":
      return whileRunning(run, reading, context);
  }
}

/** Event 8 may have been another test's. What is over its time, or is to stop, is taken back where the data model can. */
function whileRunning(run: ReadRun, reading: Reading, context: SendContext): TaskStep {
  const { object, state, what, own } = reading;
  const { task, order } = run;
  if (task.state === "awaiting-device") return settle(waitOn(context.nowMs), what);
  const leftMs = deadlineMs(run, context.nowMs) - context.nowMs;
  const mayGoOn = leftMs > 0 && !isStopAsked(task);
  if (mayGoOn) return settle(awaiting(context, `read back: the device took the request (the state is ${state})`, leftMs), what);
  const detail = `the state is still ${state}, although ${order.timeoutS} s have passed since the request`;
  const result = resultOf(object, own, TASK_LIMITS.resultCharactersMax);
  const overdue = { ...failed(context, { code: "not-done", detail }), result };
  const verdict = isStopAsked(task) ? stopped(run, `the state was ${state}`, context) : overdue;
  if (object.cancelValue === null) return settle(verdict, what);
  const values = [{ name: order.path + object.stateParameter, type: "xsd:string", text: object.cancelValue }];
  const request = { kind: "SetParameterValues", values, parameterKey: keyOf(task, 1) } as const;
  return ask({ step: "cancel-diagnostic", task, order, verdict }, request, what);
}

function stopped({ order }: Diagnosing, how: string, { nowMs }: SendContext): TaskChange {
  const word = objectOf(order).cancelValue === null ? "; the data model has no Canceled, so the device ends the test by itself" : "";
  return { atMs: nowMs, to: "cancelled", reason: `its diagnosis was cancelled (${how})${word}` };
}
