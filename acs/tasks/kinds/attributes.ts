/**
 * getParameterAttributes and setParameterAttributes: which changes a device reports, and who may write. Setting them again does no
 * harm, so what a lost session set is compared, and set again where it differs.
 * Spec: TR-069 A.3.2.4, A.3.2.5. Layer: tasks, pure.
 */

import { means } from "../../cwmp/path-segments.js";
import type { ParameterAttribute } from "../../cwmp/rpc/get-parameter-attributes.js";
import type { ParameterAttributeChange } from "../../cwmp/rpc/set-parameter-attributes.js";
import type { ToldParameter } from "../../devices/parameter-tree.js";
import { batchesOf } from "../../planning/batches.js";
import { heard, repeat } from "../read-back.js";
import type { Task, TaskChange, TaskOrder } from "../task.js";
import {
  ask,
  boundedResult,
  done,
  failed,
  faultAbout,
  on,
  type SendContext,
  type Steps,
  settle,
  type TaskStep,
  type Told,
  told,
} from "../task-step.js";
import { isAnswered } from "./read-values.js";

export type AttributesRun =
  | {
      readonly step: "read-attributes";
      readonly task: Task;
      readonly asked: readonly string[];
      readonly left: readonly (readonly string[])[];
      readonly read: readonly ParameterAttribute[];
    }
  | { readonly step: "set-attributes"; readonly task: Task; readonly changes: readonly ParameterAttributeChange[] }
  /** After partial paths were set: what is in force below them now. */
  | { readonly step: "look-below"; readonly task: Task; readonly changes: readonly ParameterAttributeChange[] }
  | { readonly step: "read-back-attributes"; readonly task: Task; readonly changes: readonly ParameterAttributeChange[] };

export function beginGetAttributes(
  task: Task,
  { names }: TaskOrder & { readonly kind: "getParameterAttributes" },
  { model }: SendContext,
): TaskStep {
  const [asked = [], ...left] = batchesOf(names, model.namesPerGetMax);
  return ask({ step: "read-attributes", task, asked, left, read: [] }, { kind: "GetParameterAttributes", names: asked });
}

export function beginSetAttributes(task: Task, { attributes: changes }: TaskOrder & { readonly kind: "setParameterAttributes" }): TaskStep {
  return ask({ step: "set-attributes", task, changes }, { kind: "SetParameterAttributes", parameters: changes });
}

export function readBackAttributes(task: Task, { attributes: changes }: TaskOrder & { readonly kind: "setParameterAttributes" }): TaskStep {
  const names = [...new Set(changes.map(({ name }) => name))];
  return ask({ step: "read-back-attributes", task, changes }, { kind: "GetParameterAttributes", names });
}

export const attributesSteps: Steps<AttributesRun> = {
  "read-attributes": on(
    "GetParameterAttributesResponse",
    (run, { attributes }, context) => {
      const read = [...run.read, ...attributes];
      const what = told(run.task, "read", { parameters: attributes.map(toldAttributes) });
      const [asked, ...left] = run.left;
      if (asked !== undefined) return ask({ ...run, asked, left, read }, { kind: "GetParameterAttributes", names: asked }, what);
      return endReading(run, read, what, context);
    },
    ({ asked }, fault, context) => settle(failed(context, faultAbout(fault, asked))),
  ),
  "set-attributes": on(
    "SetParameterAttributesResponse",
    ({ task, changes }, _answer, context) => {
      const what = told(task, "set", { parameters: changes.filter(({ name }) => !name.endsWith(".")) });
      const paths = changes.map(({ name }) => name).filter((name) => name.endsWith("."));
      if (paths.length === 0) return settle(done(context, `attributes set for ${changes.length} names`), what);
      return ask({ step: "look-below", task, changes }, { kind: "GetParameterAttributes", names: paths }, what);
    },
    ({ changes }, fault, context) =>
      settle(
        failed(
          context,
          faultAbout(
            fault,
            changes.map(({ name }) => name),
          ),
        ),
      ),
  ),
  "look-below": on(
    "GetParameterAttributesResponse",
    ({ task, changes }, { attributes }, context) => {
      const what = told(task, "set", { parameters: attributes.map(toldAttributes) });
      return settle(endLooking(changes, attributes, context), what);
    },
    ({ changes }, _fault, context) => settle(done(context, `attributes set for ${changes.length} names; below them they can't be read`)),
  ),
  "read-back-attributes": heard(
    "GetParameterAttributesResponse",
    ({ task, changes }, { attributes }, context) => {
      const what = told(task, "set", { parameters: attributes.map(toldAttributes) });
      if (areInForce(changes, attributes)) return settle(done(context, "read back: the attributes are the wanted ones"), what);
      return settle(repeat(task, context, "read back: the attributes are not the wanted ones"), what);
    },
    ({ task }, _fault, context) => settle(repeat(task, context, "the attributes can't be read back; setting them again does no harm")),
  ),
};

/** A parameter with Forced Active Notification takes no other (TR-069 A.3.2.4): that some differ is told, that all do is a failure. */
function endLooking(
  changes: readonly ParameterAttributeChange[],
  attributes: readonly ParameterAttribute[],
  context: SendContext,
): TaskChange {
  const empty = changes.find(({ name }) => name.endsWith(".") && !attributes.some((one) => means(name, one.name)));
  if (empty !== undefined) {
    return failed(context, { code: "not-done", detail: `accepted, but the device has no parameter below ${empty.name}` });
  }
  const other = attributes.filter((one) => !isInForce(changes, one)).map(({ name }) => name);
  const inForce = attributes.length - other.length;
  const result = { inForce, ...(other.length === 0 ? {} : boundedResult("notInForce", other, (name) => name.length)) };
  if (inForce === 0) return { ...failed(context, { code: "not-done", detail: `accepted, but not in force for ${someOf(other)}` }), result };
  const but = other.length === 0 ? "" : `, but not in force for ${someOf(other)}`;
  return done(context, `attributes set for ${changes.length} names${but}`, result);
}

function endReading({ task }: { readonly task: Task }, read: readonly ParameterAttribute[], what: Told, context: SendContext): TaskStep {
  const size = ({ name, accessList }: ParameterAttribute): number => name.length + accessList.join().length;
  const asked = task.order.kind === "getParameterAttributes" ? task.order.names : [];
  const answered = new Set(read.map(({ name }) => name));
  const missing = asked.filter((name) => !name.endsWith(".") && !isAnswered(name, answered));
  const result = boundedResult("attributes", read, size);
  if (missing.length === 0) return settle(done(context, `attributes of ${read.length} parameters read`, result), what);
  const failure = faultAbout({ faultCode: INVALID_NAME, faultString: "Invalid parameter name" }, missing);
  return settle({ ...failed(context, { ...failure, detail: `left out of the device's answer: ${missing.join(", ")}` }), result }, what);
}

/** CWMP fault code: invalid parameter name. */
const INVALID_NAME = 9005;

function toldAttributes({ name, notification, accessList }: ParameterAttribute): ToldParameter {
  return { name, notification, accessList };
}

/** A parameter has what the last change wants that means it; a change that no parameter shows may not have come about. */
function areInForce(changes: readonly ParameterAttributeChange[], attributes: readonly ParameterAttribute[]): boolean {
  const isShown = ({ name: change }: ParameterAttributeChange): boolean =>
    change.endsWith(".") || attributes.some(({ name }) => isMeant(name, change));
  return changes.every(isShown) && attributes.every((attribute) => isInForce(changes, attribute));
}

const isMeant = (name: string, change: string): boolean => means(change, name);

function isInForce(changes: readonly ParameterAttributeChange[], { name, notification, accessList }: ParameterAttribute): boolean {
  const meant = changes.filter((change) => isMeant(name, change.name));
  const wantedNotification = meant.findLast((change) => change.notification !== undefined)?.notification;
  const wantedList = meant.findLast((change) => change.accessList !== undefined)?.accessList;
  return (wantedNotification ?? notification) === notification && isSameList(wantedList ?? accessList, accessList);
}

const NAMES_TOLD_MAX = 3;

function someOf(names: readonly string[]): string {
  return names.slice(0, NAMES_TOLD_MAX).join(", ") + (names.length > NAMES_TOLD_MAX ? ", …" : "");
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((entry) => b.includes(entry));
}
