/**
 * What the steps of setParameterValues and provision have in common: the order on its way to the device.
 * Spec: TR-069 A.3.2.1. Layer: tasks, pure.
 */
import { isSecretName } from "../../devices/secret-names.js";
import { planSet, type SetPlan, typeInUse } from "../../planning/set-plan.js";
import { typesToTry } from "../../planning/value-types.js";
import type { OnFault, Task, WantedValue } from "../task.js";
import { type LearntValueType, type SendContext, type Told, told } from "../task-step.js";

export interface Setting {
  readonly task: Task;
  /** All values of the order. */
  readonly values: readonly WantedValue[];
  /** The types that each may be written with, in the order to try them. */
  readonly choices: readonly (readonly string[])[];
  readonly plan: SetPlan;
  readonly onFault: OnFault;
  /** Read back once all is set. */
  readonly verifies: boolean;
}

/** Without progress the whole order was, or will be, one call: a plan of several is on disk before its first call leaves. */
export function settingOf(task: Task, values: readonly WantedValue[], context: SendContext): Setting {
  const { order } = task;
  const names = values.map(({ name }) => name);
  const stored = task.progress as SetPlan | null;
  const mayPlan = stored === null && task.state === "sent";
  return {
    task,
    values,
    choices: values.map((value) => typesToTry(value, context.typesOf(value.name))),
    plan: stored ?? (mayPlan ? planSet(names, context.model.valuesPerSetMax) : oneCall(names)),
    onFault: order.kind === "setParameterValues" ? (order.onFault ?? "fail") : "fail",
    verifies: order.kind === "setParameterValues" && order.verify === true,
  };
}

function oneCall(names: readonly string[]): SetPlan {
  return { call: 0, batches: [names.map((_, place) => place)], refused: [], late: false };
}

/** Tells the calls of one task apart: ids have 26 characters, keys up to 32 (TR-069 A.3.2.1). */
export function keyOf(task: Task, call: number): string {
  return call === 0 ? task.id : `${task.id}.${call.toString(36)}`;
}

/** A value of the call under way, with the type that it is written with. */
export type TypedValue = WantedValue & { readonly writtenType: string };

export function valuesOf({ values, choices, plan }: Setting): readonly TypedValue[] {
  return (plan.batches[0] ?? []).flatMap((place) => {
    const value = values[place];
    return value === undefined ? [] : [{ ...value, writtenType: typeInUse(plan, place, choices[place] ?? [value.type]) }];
  });
}

/** A secret is never kept in the tree: it would read back as "" anyway. */
export function toldSet(task: Task, values: readonly TypedValue[]): Told {
  const parameters = values.map(({ name, writtenType, value }) => ({
    name,
    writable: true,
    value: { type: writtenType, text: isSecretName(name) ? "" : value },
  }));
  return told(task, "set", { parameters });
}

/** Of the call that was taken: values whose first type had been refused. */
export function learntTypes({ values, plan }: Setting): readonly LearntValueType[] {
  return (plan.batches[0] ?? []).flatMap((place) => {
    const tried = plan.types?.[place] ?? [];
    const type = tried.at(-1);
    const name = values[place]?.name;
    return type === undefined || name === undefined ? [] : [{ name, type, refused: tried.slice(0, -1) }];
  });
}

/** Without what the device refused. */
export function notRefused({ values, plan }: Setting): readonly WantedValue[] {
  const refused = new Set(plan.refused.map(({ name }) => name));
  return values.filter(({ name }) => !refused.has(name));
}
