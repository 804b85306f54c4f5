/**
 * getParameterNames: which parameters and objects there are below a path, and which can be written. No values are read: a refresh does both.
 * Spec: TR-069 A.3.2.3; cwmp.md 12 rows 21, 22. Layer: tasks, pure.
 */
import type { ToldParameter } from "../../devices/parameter-tree.js";
import { leavesOf } from "../../planning/discovered-names.js";
import type { Task, TaskOrder } from "../task.js";
import {
  ask,
  boundedResult,
  type DeviceFault,
  done,
  failed,
  faultAbout,
  on,
  type SendContext,
  type Steps,
  settle,
  type TaskStep,
  told,
} from "../task-step.js";

export type ReadNamesRun = { readonly step: "read-names"; readonly task: Task; readonly path: string };

const INVALID_NAME = 9005;

export function beginReadNames(
  task: Task,
  { path, nextLevel }: TaskOrder & { readonly kind: "getParameterNames" },
  { root }: SendContext,
): TaskStep {
  // Row 21: many devices refuse the empty path. All that is below the root is the same.
  const asked = path === "" && !nextLevel && root !== null ? root : path;
  return ask({ step: "read-names", task, path: asked }, { kind: "GetParameterNames", path: asked, nextLevel });
}

export const readNamesSteps: Steps<ReadNamesRun> = {
  "read-names": on(
    "GetParameterNamesResponse",
    ({ task }, { parameters }, context) => {
      const leaves = leavesOf(parameters).map(({ name, writable }): ToldParameter => ({ name, writable }));
      const result = boundedResult("names", parameters, ({ name }) => name.length);
      return settle(done(context, `${parameters.length} names read`, result), told(task, "read", { parameters: leaves }));
    },
    afterFault,
  ),
};

/** Row 10 of cwmp.md 1.11: the path is remembered, perhaps, and not there any more. */
function afterFault({ task, path }: ReadNamesRun, fault: DeviceFault, context: SendContext): TaskStep {
  const isGone = fault.faultCode === INVALID_NAME && path !== "" && path !== context.root;
  return settle(failed(context, faultAbout(fault, [path])), isGone ? told(task, "read", { gone: [path] }) : null);
}
