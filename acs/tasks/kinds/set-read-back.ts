/**
 * Read-back of setParameterValues and provision: what became of a call whose answer was lost, and whether a late one is in force by now.
 * Spec: TR-069 A.3.2.1 (ParameterKey is stored on success only), docs/decisions/0004-tasks-are-read-back.md. Layer: tasks, pure.
 */
import { isSecretName } from "../../devices/secret-names.js";
import { batchesOf } from "../../planning/batches.js";
import { afterApplied } from "../../planning/set-plan.js";
import { isSameValue } from "../../planning/write-form.js";
import { textsRead } from "../addressed-step.js";
import { describe, heard, repeat, unlearnt } from "../read-back.js";
import type { TaskChange, WantedValue } from "../task.js";
import { ask, type DeviceFault, done, type SendContext, type Steps, settle, type TaskStep, teaching } from "../task-step.js";
import { endSetting } from "./set-verify.js";
import { keyOf, learntTypes, type Setting, toldSet, valuesOf } from "./setting.js";

export type ReadBackSetRun = { readonly step: "read-back-set" } & Setting & ReadBack;

interface ReadBack {
  /** null: the device does not have it. */
  readonly keyName: string | null;
  /** The values to compare; [] once the device has refused to read them. */
  readonly visible: readonly WantedValue[];
  /** Names of the calls to come. */
  readonly left: readonly (readonly string[])[];
  readonly read: readonly { readonly name: string; readonly text: string }[];
}

export const readBackSetSteps: Steps<ReadBackSetRun> = {
  "read-back-set": heard("GetParameterValuesResponse", (run, { values }, context) => afterRead(run, values, context), afterReadFault),
};

export function beginReadBack(setting: Setting, context: SendContext): TaskStep {
  const asked = setting.task.state === "awaiting-device" ? setting.values : valuesOf(setting);
  const keyName = `${context.root ?? rootOf(setting.values)}ManagementServer.ParameterKey`;
  return askValues(setting, { keyName, visible: asked.filter(({ name }) => !isSecretName(name)) }, context);
}

function rootOf(values: readonly WantedValue[]): string {
  const name = values[0]?.name ?? "";
  return name.slice(0, name.indexOf(".") + 1);
}

function askValues(setting: Setting, what: Pick<ReadBack, "keyName" | "visible">, context: SendContext): TaskStep {
  const names = [...(what.keyName === null ? [] : [what.keyName]), ...what.visible.map(({ name }) => name)];
  if (names.length === 0) return unlearnt(context, "secrets can't be read back, and ParameterKey does not tell");
  return askBatch({ ...setting, ...what, step: "read-back-set", left: batchesOf(names, context.model.namesPerGetMax), read: [] }, context);
}

function askBatch(run: ReadBackSetRun, context: SendContext): TaskStep {
  const [names, ...left] = run.left;
  return names === undefined ? judge(run, context) : ask({ ...run, left }, { kind: "GetParameterValues", names });
}

function afterRead(
  run: ReadBackSetRun,
  values: readonly { readonly name: string; readonly text: string }[],
  context: SendContext,
): TaskStep {
  return askBatch({ ...run, read: [...run.read, ...values] }, context);
}

/** One unknown name fails a whole call: first without the key, which some devices do not have; then the key alone. */
function afterReadFault(run: ReadBackSetRun, fault: DeviceFault, context: SendContext): TaskStep {
  const { keyName, visible } = run;
  if (keyName !== null && visible.length > 0) return askValues(run, { keyName: null, visible }, context);
  if (keyName === null)
    return askValues(run, { keyName: `${context.root ?? rootOf(run.values)}ManagementServer.ParameterKey`, visible: [] }, context);
  return unlearnt(context, `the read-back was answered with ${describe(fault)}`);
}

/** The key decides where the device keeps one; else the values do. */
function judge(run: ReadBackSetRun, context: SendContext): TaskStep {
  const { task, keyName, plan } = run;
  const read = new Map(run.read.map(({ name, text }) => [name, text]));
  if (task.state === "awaiting-device") return judgeApplied(run, read, context);
  const key = keyName === null ? undefined : read.get(keyName);
  if (key === keyOf(task, plan.call)) return goOn(run, "read back: ParameterKey is this task's", context);
  if (key !== undefined && key !== "" && key !== "(null)") {
    return settle(repeat(task, context, `read back: ParameterKey is ${key}, so the call was not applied`));
  }
  return judgeByValues(run, read, context);
}

/** The call was applied. What follows it is set in a call of the same session. */
function goOn(run: ReadBackSetRun, reason: string, context: SendContext): TaskStep {
  return teaching(learntTypes(run), afterFound(run, reason, context));
}

function afterFound(run: ReadBackSetRun, reason: string, context: SendContext): TaskStep {
  const what = toldSet(run.task, valuesOf(run));
  const plan = afterApplied(run.plan, 0);
  if (plan.batches.length > 0) {
    const change: TaskChange = {
      atMs: context.nowMs,
      to: "queued",
      reason: `${reason}; the rest is to be set`,
      settleByMs: null,
      progress: plan,
    };
    return settle(change, what);
  }
  if (plan.refused.length > 0 || plan.late || run.verifies) return endSetting({ ...run, plan }, what, context);
  return settle(done(context, reason), what);
}

/** Status 1 said "committed, not applied": applied is when all readable values are the wanted ones. */
function judgeApplied(run: ReadBackSetRun, read: ReadonlyMap<string, string>, context: SendContext): TaskStep {
  if (run.visible.length === 0 || !areWanted(run, read)) return { do: "leave" };
  return settle(done(context, "read back: the values are in force"), toldSet(run.task, allTyped(run)));
}

function areWanted({ task, visible }: ReadBackSetRun, read: ReadonlyMap<string, string>): boolean {
  return visible.every(({ name, type, value }) => textsRead(task, name, read).some((text) => isSameValue(type, text, value)));
}

function judgeByValues(run: ReadBackSetRun, read: ReadonlyMap<string, string>, context: SendContext): TaskStep {
  if (run.visible.length === 0) return unlearnt(context, "secrets can't be read back, and ParameterKey does not tell");
  if (!areWanted(run, read)) return settle(repeat(run.task, context, "read back: the values are not the wanted ones"));
  // They may have been as wanted before the call; who keeps a key but shows it empty has not applied any.
  if (run.keyName !== null) return unlearnt(context, "the values are the wanted ones, but ParameterKey is empty");
  return goOn(run, "read back: the values are the wanted ones", context);
}

/** Each value with the type that it was taken with. */
function allTyped(run: Setting) {
  return valuesOf({ ...run, plan: { ...run.plan, batches: [run.values.map((_, place) => place)] } });
}
