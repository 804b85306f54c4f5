/**
 * addObject and deleteObject: instances of a table. A second AddObject would make a second instance, so it is never sent before the
 * device has told that the first was not carried out: by ParameterKey, else by the table as it was before.
 * Spec: TR-069 A.3.2.6, A.3.2.7; docs/decisions/0004-tasks-are-read-back.md. Layer: tasks, pure.
 */
import { aliasOf, rowOf } from "../../cwmp/path-segments.js";
import { type Instance, instancesOf } from "../../planning/discovered-names.js";
import { heard, repeat, unlearnt } from "../read-back.js";
import type { Task, TaskOrder } from "../task.js";
import {
  ask,
  askAfter,
  awaiting,
  done,
  failed,
  faultAbout,
  on,
  type RunOf,
  type SendContext,
  type Steps,
  settle,
  type TaskStep,
  told,
} from "../task-step.js";

export type ObjectsRun =
  | RunOf<"list-before" | "add-object" | "delete-object", Target>
  | RunOf<"read-back-key" | "read-back-instance", Target>
  | RunOf<"read-back-table", Target & { readonly keySaysAdded: boolean }>
  /** Status 1: is it there, or gone, in a later session? */
  | RunOf<"look-for-added" | "look-for-deleted", Target>;

interface Target {
  readonly task: Task;
  /** Of the table, or of the instance that is to be deleted. */
  readonly path: string;
}

/** On disk before AddObject leaves: without it, AddObject has not left. */
interface AddProgress {
  /** null: the device did not list them. */
  readonly before: readonly Instance[] | null;
}

interface Added {
  /** null: not learnt, or the device tells aliases in place of numbers. */
  readonly instanceNumber: number | null;
  readonly path: string | null;
}

const INVALID_NAME = 9005;

export function beginAddObject(task: Task, { path }: TaskOrder & { readonly kind: "addObject" }): TaskStep {
  return ask({ step: "list-before", task, path }, { kind: "GetParameterNames", path: tableOf(path), nextLevel: true });
}

export function beginDeleteObject(task: Task, { path }: TaskOrder & { readonly kind: "deleteObject" }): TaskStep {
  return ask({ step: "delete-object", task, path }, { kind: "DeleteObject", objectName: path, parameterKey: task.id });
}

export function readBackAddObject(task: Task, { path }: TaskOrder & { readonly kind: "addObject" }, context: SendContext): TaskStep {
  if (task.state === "awaiting-device") return lookForAdded(task, context);
  if (task.progress === null) return settle(repeat(task, context, "the session died before AddObject was sent"));
  const names = [`${context.root ?? path.slice(0, path.indexOf(".") + 1)}ManagementServer.ParameterKey`];
  return ask({ step: "read-back-key", task, path }, { kind: "GetParameterValues", names });
}

export function readBackDeleteObject(task: Task, { path }: TaskOrder & { readonly kind: "deleteObject" }): TaskStep {
  const step = task.state === "awaiting-device" ? "look-for-deleted" : "read-back-instance";
  return ask({ step, task, path }, { kind: "GetParameterNames", path, nextLevel: true });
}

export const objectsSteps: Steps<ObjectsRun> = {
  "list-before": on(
    "GetParameterNamesResponse",
    (run, { parameters }, context) => askAdd(run, instancesOf(parameters, tableOf(run.path)), context),
    // A table that can't be listed may take an instance all the same; if not, AddObject's own fault says why.
    (run, _fault, context) => askAdd(run, null, context),
  ),
  "add-object": on(
    "AddObjectResponse",
    ({ path }, { instanceNumber, status }, context) => {
      const result = added(path, instanceNumber);
      if (status === 0) return settle(done(context, `instance ${instanceNumber} was added`, result));
      const reason = `instance ${instanceNumber} was added, not in force yet (Status 1): to be looked for in the next session`;
      return settle(awaiting(context, reason, context.applySettleMs, result));
    },
    ({ path }, fault, context) => settle(failed(context, faultAbout(fault, [path]))),
  ),
  "delete-object": on(
    "DeleteObjectResponse",
    ({ task, path }, { status }, context) => {
      if (status === 0) return settle(done(context, "the instance was deleted"), told(task, "set", { gone: [path] }));
      const reason = "the instance was deleted, not in force yet (Status 1): to be looked for in the next session";
      return settle(awaiting(context, reason, context.applySettleMs));
    },
    ({ path }, fault, context) => settle(failed(context, faultAbout(fault, [path]))),
  ),
  "read-back-key": heard(
    "GetParameterValuesResponse",
    (run, { values }, context) => {
      const key = values[0]?.text.trim() ?? "";
      if (key === run.task.id) return listTable(run, true);
      if (key === "" || key === "(null)") return listTable(run, false);
      return settle(repeat(run.task, context, `read back: ParameterKey is ${key}, so the call was not applied`));
    },
    (run) => listTable(run, false),
  ),
  "read-back-table": heard(
    "GetParameterNamesResponse",
    ({ task, path, keySaysAdded }, { parameters }, context) =>
      judgeTable(task, path, keySaysAdded, instancesOf(parameters, tableOf(path)), context),
    ({ keySaysAdded }, _fault, context) =>
      keySaysAdded
        ? settle(doneByKey(null, context))
        : unlearnt(context, "neither ParameterKey nor the table tells whether the instance was added"),
  ),
  "read-back-instance": heard(
    "GetParameterNamesResponse",
    ({ task, path }, { parameters }, context) => {
      if (parameters.length === 0) return gone(task, path, context);
      return settle(repeat(task, context, "read back: the instance is still there"));
    },
    (run, fault, context) =>
      fault.faultCode === INVALID_NAME
        ? gone(run.task, run.path, context)
        : unlearnt(context, `the read-back was answered with fault ${fault.faultCode}`),
  ),
  "look-for-added": heard(
    "GetParameterNamesResponse",
    (_run, { parameters }, context) =>
      parameters.length === 0 ? { do: "leave" } : settle(done(context, "read back: the instance is there")),
    () => ({ do: "leave" }),
  ),
  "look-for-deleted": heard(
    "GetParameterNamesResponse",
    ({ task, path }, { parameters }, context) => (parameters.length === 0 ? gone(task, path, context) : { do: "leave" }),
    ({ task, path }, fault, context) => (fault.faultCode === INVALID_NAME ? gone(task, path, context) : { do: "leave" }),
  ),
};

function askAdd({ task, path }: Target, before: readonly Instance[] | null, context: SendContext): TaskStep {
  const progress: AddProgress = { before };
  const step = ask({ step: "add-object", task, path }, { kind: "AddObject", objectName: path, parameterKey: task.id });
  return askAfter(progress, context, step);
}

function listTable({ task, path }: Target, keySaysAdded: boolean): TaskStep {
  return ask({ step: "read-back-table", task, path, keySaysAdded }, { kind: "GetParameterNames", path: tableOf(path), nextLevel: true });
}

/** The key says whether; the table says which. Without the key, one instance more than before is ours, and several are anybody's. */
function judgeTable(task: Task, path: string, keySaysAdded: boolean, now: readonly Instance[], context: SendContext): TaskStep {
  const { before } = task.progress as AddProgress;
  const more = before === null ? null : now.filter((instance) => !before.includes(instance));
  const [only] = more?.length === 1 ? more : [];
  if (keySaysAdded) return settle(doneByKey(only === undefined ? null : added(path, only), context));
  if (only !== undefined) return settle(done(context, `read back: instance ${only} is new`, added(path, only)));
  if (more?.length === 0) return settle(repeat(task, context, "read back: the table is as it was before"));
  return unlearnt(context, "ParameterKey does not tell, and the table does not tell which instance is new");
}

function doneByKey(result: Added | null, context: SendContext) {
  const which = result === null ? "which instance it made can't be learnt" : `it made instance ${rowOf(result.path ?? "")?.segment}`;
  return done(context, `read back: ParameterKey is this task's; ${which}`, result ?? { instanceNumber: null, path: null });
}

function lookForAdded(task: Task, context: SendContext): TaskStep {
  const { path } = task.result as Added;
  if (path === null) return settle(done(context, "the device accepted it"));
  return ask({ step: "look-for-added", task, path }, { kind: "GetParameterNames", path, nextLevel: true });
}

function gone(task: Task, path: string, context: SendContext): TaskStep {
  return settle(done(context, "read back: the instance is gone"), told(task, "set", { gone: [path] }));
}

function added(path: string, instance: Instance): Added {
  return { instanceNumber: typeof instance === "number" ? instance : null, path: `${tableOf(path)}${instance}.` };
}

/** Alias addressing: the alias at the end stands for the new instance, below the table itself (TR-069 A.3.2.6). */
function tableOf(path: string): string {
  const row = rowOf(path);
  return row === undefined || aliasOf(row.segment) === undefined ? path : row.table;
}
