/**
 * refresh: a subtree as the device has it now: names, then values. What the device does not tell any more is forgotten.
 * Spec: TR-069 A.3.2.2, A.3.2.3; cwmp.md 12 rows 21, 22, 24, 38, 53. Layer: tasks, pure.
 */
import type { ParameterValue } from "../../cwmp/parameter-value.js";
import type { ParameterInfo } from "../../cwmp/rpc/get-parameter-names.js";
import { type ToldParameter, toldValue } from "../../devices/parameter-tree.js";
import { batchesOf, halvesOf } from "../../planning/batches.js";
import { leavesOf } from "../../planning/discovered-names.js";
import type { Task, TaskOrder } from "../task.js";
import {
  ask,
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
  told,
} from "../task-step.js";

export type RefreshRun =
  /** `others`: where to begin instead if this path brings nothing. */
  | { readonly step: "discover-names"; readonly task: Task; readonly path: string; readonly others: readonly string[] }
  | { readonly step: "read-subtree"; readonly task: Task; readonly path: string; readonly names: readonly ToldParameter[] }
  | ({ readonly step: "read-leaves" } & LeafReading);

/** A subtree that is too large for one answer, or whose path the device does not take. */
interface LeafReading {
  readonly task: Task;
  readonly path: string;
  readonly names: readonly ToldParameter[];
  readonly asked: readonly string[];
  readonly left: readonly (readonly string[])[];
  readonly values: number;
  /** Listed, but not to be read. */
  readonly unread: readonly string[];
}

const ROOTS = ["InternetGatewayDevice.", "Device."];
const INVALID_NAME = 9005;
/** Listed names that can't be read; with more of them the task ends with the device's fault. */
const UNREAD_MAX = 64;

export function beginRefresh(task: Task, { path }: TaskOrder & { readonly kind: "refresh" }, { root, model }: SendContext): TaskStep {
  if (path !== "") return discover(task, path, []);
  // Row 21: many devices refuse the empty path.
  if (root !== null) return discover(task, root, []);
  const [first, ...others] = model.asksEmptyPath ? ["", ...ROOTS] : ROOTS;
  return discover(task, first ?? "", others);
}

function discover(task: Task, path: string, others: readonly string[]): TaskStep {
  return ask({ step: "discover-names", task, path, others }, { kind: "GetParameterNames", path, nextLevel: false });
}

export const refreshSteps: Steps<RefreshRun> = {
  "discover-names": on("GetParameterNamesResponse", (run, { parameters }, context) => afterNames(run, parameters, context), afterNoNames),
  "read-subtree": on(
    "GetParameterValuesResponse",
    ({ task, path, names }, { values }, context) => {
      const parameters = new Map<string, ToldParameter>(names.map((name) => [name.name, name]));
      for (const value of values) parameters.set(value.name, { ...parameters.get(value.name), ...toldValue(value) });
      const what = told(task, "read", { parameters: [...parameters.values()], completeUnder: path });
      return settle(done(context, `${values.length} values read`, { values: values.length, names: parameters.size }), what);
    },
    (run, fault, context) => {
      // Row 24: refused a moment after it was listed. Its parameters may be taken one by one.
      if (fault.faultCode !== INVALID_NAME || run.names.length === 0) return settle(failed(context, faultAbout(fault, [run.path])));
      return readLeaves(run, context);
    },
  ),
  "read-leaves": on("GetParameterValuesResponse", (run, { values }, context) => afterLeaves(run, values, context), afterLeafFault),
};

function afterNames(
  run: RefreshRun & { readonly step: "discover-names" },
  listed: readonly ParameterInfo[],
  context: SendContext,
): TaskStep {
  const { task, path, others } = run;
  const [other, ...rest] = others;
  if (listed.length === 0 && other !== undefined) return discover(task, other, rest);
  const names = leavesOf(listed).map(({ name, writable }): ToldParameter => ({ name, writable }));
  const found = { task, path, names };
  if (names.length > context.model.leavesPerSubtreeMax) return readLeaves(found, context);
  return ask({ step: "read-subtree", ...found }, { kind: "GetParameterValues", names: [path] });
}

function afterNoNames(run: RefreshRun & { readonly step: "discover-names" }, fault: DeviceFault, context: SendContext): TaskStep {
  const [other, ...rest] = run.others;
  if (other !== undefined) return discover(run.task, other, rest);
  // Row 10: the path is remembered, perhaps, and not there any more.
  const isGone = fault.faultCode === INVALID_NAME && run.path !== context.root && run.path !== "";
  return settle(failed(context, faultAbout(fault, [run.path])), isGone ? told(run.task, "read", { gone: [run.path] }) : null);
}

function readLeaves({ task, path, names }: Pick<LeafReading, "task" | "path" | "names">, context: SendContext): TaskStep {
  const left = batchesOf(
    names.map(({ name }) => name),
    context.model.namesPerGetMax,
  );
  return nextLeaves({ task, path, names, asked: [], left, values: 0, unread: [] }, [], context);
}

/** What was read goes into the tree at once; what is gone is forgotten with the last of it. */
function nextLeaves(reading: LeafReading, parameters: readonly ToldParameter[], context: SendContext): TaskStep {
  const { task, path, names, values, unread } = reading;
  const [asked, ...left] = reading.left;
  if (asked !== undefined) {
    const run = { ...reading, step: "read-leaves", asked, left } as const;
    return ask(run, { kind: "GetParameterValues", names: asked }, parameters.length === 0 ? null : told(task, "read", { parameters }));
  }
  const result = { values, names: names.length, ...(unread.length === 0 ? {} : { unread }) };
  const what = told(task, "read", { parameters: [...names, ...parameters], completeUnder: path });
  return settle(done(context, `${values} values read`, result), what);
}

function afterLeaves(run: LeafReading, values: readonly ParameterValue[], context: SendContext): TaskStep {
  return nextLeaves({ ...run, values: run.values + values.length }, values.map(toldValue), context);
}

function afterLeafFault(run: LeafReading, fault: DeviceFault, context: SendContext): TaskStep {
  const { asked, left, unread } = run;
  if (fault.faultCode !== INVALID_NAME || unread.length >= UNREAD_MAX) return settle(failed(context, faultOf(fault)));
  if (asked.length > 1) return nextLeaves({ ...run, left: [...halvesOf(asked), ...left] }, [], context);
  return nextLeaves({ ...run, unread: [...unread, ...asked] }, [], context);
}
