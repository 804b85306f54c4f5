/**
 * getParameterValues: reads what was asked for, in as few calls as the model takes. One unknown name fails a whole call, so it is
 * looked for, forgotten, and looked up in its parent; the others are read all the same, and the task ends as failed with its name.
 * Spec: TR-069 A.3.2.2, A.3.2.3; cwmp.md 1.11 row 10, 12 rows 20, 24. Layer: tasks, pure.
 */
import type { ParameterValue } from "../../cwmp/parameter-value.js";
import { hasWildcard, isPattern, means } from "../../cwmp/path-segments.js";
import { type ToldParameter, toldValue } from "../../devices/parameter-tree.js";
import { isSecretName } from "../../devices/secret-names.js";
import { batchesOf, halvesOf } from "../../planning/batches.js";
import { isDiscovered, leavesOf, parentOf } from "../../planning/discovered-names.js";
import type { Task, TaskOrder } from "../task.js";
import {
  ask,
  boundedResult,
  type DeviceFault,
  done,
  failed,
  faultAbout,
  faultOf,
  on,
  type SendContext,
  type Steps,
  settle,
  type TaskStep,
  type Told,
  told,
} from "../task-step.js";

interface Reading {
  readonly task: Task;
  /** Names of the call under way. */
  readonly asked: readonly string[];
  /** Names of the calls to come. */
  readonly left: readonly (readonly string[])[];
  readonly read: readonly ReadValue[];
  readonly missing: readonly string[];
  /** Names that their parent listed after the device had refused them: those get one more try. */
  readonly retried: readonly string[];
}

export type ReadValuesRun = ({ readonly step: "read-values" } & Reading) | ({ readonly step: "rediscover" } & Reading);

interface ReadValue {
  readonly name: string;
  readonly type: string;
  readonly value: string;
}

/** CWMP fault code: invalid parameter name. */
const INVALID_NAME = 9005;
/** Unknown names that a task looks for one by one; with more of them it ends with the device's fault. */
const MISSING_MAX = 16;

export function beginReadValues(
  task: Task,
  { names }: TaskOrder & { readonly kind: "getParameterValues" },
  context: SendContext,
): TaskStep {
  const left = batchesOf(names, context.model.namesPerGetMax);
  return next({ task, asked: [], left, read: [], missing: [], retried: [] }, null, context);
}

export const readValuesSteps: Steps<ReadValuesRun> = {
  "read-values": on("GetParameterValuesResponse", (run, { values }, context) => afterValues(run, values, context), afterFault),
  rediscover: on(
    "GetParameterNamesResponse",
    (run, { parameters }, context) => {
      const [name = ""] = run.asked;
      const known = leavesOf(parameters).map(({ name: child, writable }): ToldParameter => ({ name: child, writable }));
      const again = isDiscovered(parameters, name);
      const what = told(run.task, "read", { parameters: known, gone: again ? [] : [name] });
      if (!again) return next(withMissing(run, [name]), what, context);
      return next({ ...run, left: [[name], ...run.left], retried: [...run.retried, name] }, what, context);
    },
    (run, _fault, context) => next(withMissing(run, run.asked), told(run.task, "read", { gone: run.asked }), context),
  ),
};

function next(reading: Reading, what: Told | null, context: SendContext): TaskStep {
  const [asked, ...left] = reading.left;
  if (asked === undefined) return end(reading, what, context);
  return ask({ ...reading, step: "read-values", asked, left }, { kind: "GetParameterValues", names: asked }, what);
}

function afterValues(run: Reading, values: readonly ParameterValue[], context: SendContext): TaskStep {
  const answered = new Set(values.map(({ name }) => name));
  // Row 20: what is left out of an answer is gone. A partial path may well have nothing below it.
  const leftOut = run.asked.filter((name) => !name.endsWith(".") && !isAnswered(name, answered));
  const what = told(run.task, "read", { parameters: values.map(toldValue), gone: leftOut });
  const read = [...run.read, ...values.map(({ name, type, text }) => ({ name, type, value: isSecretName(name) ? "" : text }))];
  return next({ ...withMissing(run, leftOut), read }, what, context);
}

/** By its own name, or an alias by the number that it stands for. A wildcard may well mean nothing. */
export function isAnswered(name: string, answered: ReadonlySet<string>): boolean {
  if (!isPattern(name)) return answered.has(name);
  return hasWildcard(name) || [...answered].some((other) => means(name, other));
}

function afterFault(run: Reading, fault: DeviceFault, context: SendContext): TaskStep {
  const { asked, left, missing, retried, task } = run;
  const [name = ""] = asked;
  if (fault.faultCode !== INVALID_NAME) return settle(failed(context, faultWith(fault, asked)));
  if (missing.length >= MISSING_MAX) return settle(failed(context, faultAbout(fault, [...missing, ...asked])));
  if (asked.length > 1) return next({ ...run, left: [...halvesOf(asked), ...left] }, null, context);
  const parent = parentOf(name);
  if (parent === "" || retried.includes(name)) return next(withMissing(run, [name]), told(task, "read", { gone: [name] }), context);
  return ask({ ...run, step: "rediscover" }, { kind: "GetParameterNames", path: parent, nextLevel: true });
}

/** A call of one name needs no list to say which name was wrong. */
function faultWith(fault: DeviceFault, asked: readonly string[]) {
  return asked.length === 1 ? faultAbout(fault, asked) : faultOf(fault);
}

function withMissing(run: Reading, names: readonly string[]): Reading {
  return names.length === 0 ? run : { ...run, missing: [...run.missing, ...names] };
}

function end({ read, missing }: Reading, what: Told | null, context: SendContext): TaskStep {
  const result = boundedResult("values", read, ({ name, value }) => name.length + value.length);
  if (missing.length === 0) return settle(done(context, `${read.length} values read`, result), what);
  const failure = faultAbout({ faultCode: INVALID_NAME, faultString: "Invalid parameter name" }, missing);
  const detail = `the device does not have ${missing.length === 1 ? "this parameter" : "these parameters"}: ${missing.join(", ")}`;
  return settle({ ...failed(context, { ...failure, detail }), result }, what);
}
