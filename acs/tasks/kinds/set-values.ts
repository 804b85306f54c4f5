/**
 * setParameterValues and provision: values in as few calls as possible, and what became of a call whose answer was lost.
 * Spec: TR-069 A.3.2.1 (ParameterKey is stored on success only), docs/decisions/0004-tasks-are-read-back.md. Layer: tasks, pure.
 */
import { isSecretName } from "../../devices/secret-names.js";
import { batchesOf } from "../../planning/batches.js";
import { afterApplied, afterRefused, planSet, refusedOf, type SetPlan } from "../../planning/set-plan.js";
import { isSameValue, writeForm } from "../../planning/write-form.js";
import { provisionValues } from "../provision.js";
import { describe, heard, repeat, unlearnt } from "../read-back.js";
import type { OnFault, Task, TaskChange, TaskOrder, WantedValue } from "../task.js";
import {
  ask,
  askAfter,
  awaiting,
  type DeviceFault,
  done,
  failed,
  faultAbout,
  faultOf,
  impossible,
  on,
  type SendContext,
  type Steps,
  settle,
  type TaskStep,
  type Told,
  told,
} from "../task-step.js";

export type SetValuesRun = ({ readonly step: "set-values" } & Setting) | ({ readonly step: "read-back-set" } & Setting & ReadBack);

interface Setting {
  readonly task: Task;
  /** All values of the order. */
  readonly values: readonly WantedValue[];
  readonly plan: SetPlan;
  readonly onFault: OnFault;
}

interface ReadBack {
  /** null: the device does not have it. */
  readonly keyName: string | null;
  /** The values to compare; [] once the device has refused to read them. */
  readonly visible: readonly WantedValue[];
  /** Names of the calls to come. */
  readonly left: readonly (readonly string[])[];
  readonly read: readonly { readonly name: string; readonly text: string }[];
}

export function beginSetValues(task: Task, order: TaskOrder & { readonly kind: "setParameterValues" }, context: SendContext): TaskStep {
  return askNext(settingOf(task, context.values, order.onFault ?? "fail", context), null, context);
}

export function beginProvision(task: Task, order: TaskOrder & { readonly kind: "provision" }, context: SendContext): TaskStep {
  const values = provisioned(order, context);
  return values === null ? noRoot(context) : askNext(settingOf(task, values, "fail", context), null, context);
}

export function readBackSetValues(task: Task, order: TaskOrder & { readonly kind: "setParameterValues" }, context: SendContext): TaskStep {
  return beginReadBack(settingOf(task, context.values, order.onFault ?? "fail", context), context);
}

export function readBackProvision(task: Task, order: TaskOrder & { readonly kind: "provision" }, context: SendContext): TaskStep {
  const values = provisioned(order, context);
  return values === null ? noRoot(context) : beginReadBack(settingOf(task, values, "fail", context), context);
}

export const setValuesSteps: Steps<SetValuesRun> = {
  "set-values": on("SetParameterValuesResponse", (run, { status }, context) => afterSet(run, status, context), afterFault),
  "read-back-set": heard("GetParameterValuesResponse", (run, { values }, context) => afterRead(run, values, context), afterReadFault),
};

function provisioned(order: TaskOrder & { readonly kind: "provision" }, context: SendContext): readonly WantedValue[] | null {
  return context.root === null ? null : provisionValues({ ...context, root: context.root, intervalS: order.periodicInformIntervalS });
}

function noRoot(context: SendContext): TaskStep {
  return impossible(context, "the device did not tell its root object");
}

/** Without progress the whole order was, or will be, one call: a plan of several is on disk before its first call leaves. */
function settingOf(task: Task, values: readonly WantedValue[], onFault: OnFault, context: SendContext): Setting {
  const names = values.map(({ name }) => name);
  const stored = task.progress as SetPlan | null;
  const mayPlan = stored === null && task.state === "sent";
  const plan = stored ?? planSet(names, mayPlan ? context.model.valuesPerSetMax : names.length);
  return { task, values, onFault, plan: mayPlan || stored !== null ? plan : oneCall(names) };
}

function oneCall(names: readonly string[]): SetPlan {
  return { call: 0, batches: [names.map((_, place) => place)], refused: [], late: false };
}

/** Tells the calls of one task apart: ids have 26 characters, keys up to 32 (TR-069 A.3.2.1). */
export function keyOf(task: Task, call: number): string {
  return call === 0 ? task.id : `${task.id}.${call.toString(36)}`;
}

function valuesOf({ values, plan }: Setting): readonly WantedValue[] {
  return (plan.batches[0] ?? []).flatMap((place) => values[place] ?? []);
}

function askNext(setting: Setting, what: Told | null, context: SendContext): TaskStep {
  const { task, plan } = setting;
  if (plan.batches.length === 0) return end(setting, what, context);
  const values = valuesOf(setting).map(({ name, type, value }) => ({ name, type, text: writeForm(type, value, context.model) }));
  // The key tells later whether this very call was applied: it is stored on success only.
  const parameterKey = keyOf(task, plan.call);
  const step = ask({ ...setting, step: "set-values" }, { kind: "SetParameterValues", values, parameterKey }, what);
  const isStored = plan === task.progress || (plan.call === 0 && plan.batches.length === 1);
  return isStored ? step : askAfter(plan, context, step);
}

function afterSet(run: Setting, status: 0 | 1, context: SendContext): TaskStep {
  const what = status === 0 ? toldSet(run.task, valuesOf(run)) : null;
  return askNext({ ...run, plan: afterApplied(run.plan, status) }, what, context);
}

function afterFault(run: Setting, fault: DeviceFault, context: SendContext): TaskStep {
  const { faultCode, faultString, setParameterValuesFaults: parameters } = fault;
  const names = run.values.map(({ name }) => name);
  const plan = run.onFault === "set-the-rest" ? afterRefused(run.plan, { faultCode, faultString, parameters }, names) : undefined;
  if (plan !== undefined) return askNext({ ...run, plan }, null, context);
  const refused = [...run.plan.refused, ...refusedOf(run.plan.batches[0] ?? [], { faultCode, faultString, parameters }, names)];
  const failure = faultOf({ ...fault, setParameterValuesFaults: refused });
  const set = countSet(run, run.plan.batches.flat().length);
  if (set === 0) return settle(failed(context, { ...failure, detail: withNames(failure.detail, refused) }));
  const detail = `${withNames(failure.detail, refused)}; ${set} of ${run.values.length} values had been set before`;
  return settle({ ...failed(context, { ...failure, detail }), result: { set, of: run.values.length } });
}

function withNames(detail: string, refused: SetPlan["refused"]): string {
  return refused.length === 0 ? detail : faultNames(detail, refused);
}

/** Names in a sentence; all of them are in the fault. */
const NAMES_TOLD_MAX = 3;

function faultNames(detail: string, refused: SetPlan["refused"]): string {
  const told = refused.slice(0, NAMES_TOLD_MAX).map(({ name, faultCode }) => `${name} (${faultCode})`);
  return `${detail}: ${told.join(", ")}${refused.length > NAMES_TOLD_MAX ? ", …" : ""}`;
}

function countSet({ values, plan }: Setting, notTried: number): number {
  return values.length - notTried - plan.refused.length;
}

/** No call is left. */
function end(setting: Setting, what: Told | null, context: SendContext): TaskStep {
  const { values, plan } = setting;
  const set = countSet(setting, 0);
  if (plan.refused.length > 0) {
    const fault = { faultCode: 9003, faultString: "Invalid arguments" };
    const failure = { ...faultAbout(fault, []), fault: { ...fault, parameters: plan.refused } };
    const detail = faultNames(`${set} of ${values.length} values set${plan.late ? " (not all in force yet)" : ""}, refused`, plan.refused);
    return settle({ ...failed(context, { ...failure, detail }), result: { set, of: values.length } }, what);
  }
  if (!plan.late) return settle(done(context, `${set} values set`), what);
  return settle(
    awaiting(context, "accepted, not all applied yet (Status 1): to be read back in the next session", context.applySettleMs),
    what,
  );
}

/** A secret is never kept in the tree: it would read back as "" anyway. */
function toldSet(task: Task, values: readonly WantedValue[]): Told {
  const parameters = values.map(({ name, type, value }) => ({
    name,
    writable: true,
    value: { type, text: isSecretName(name) ? "" : value },
  }));
  return told(task, "set", { parameters });
}

// Read-back.

function beginReadBack(setting: Setting, context: SendContext): TaskStep {
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

type ReadBackRun = SetValuesRun & { readonly step: "read-back-set" };

function askBatch(run: ReadBackRun, context: SendContext): TaskStep {
  const [names, ...left] = run.left;
  return names === undefined ? judge(run, context) : ask({ ...run, left }, { kind: "GetParameterValues", names });
}

function afterRead(run: ReadBackRun, values: readonly { readonly name: string; readonly text: string }[], context: SendContext): TaskStep {
  return askBatch({ ...run, read: [...run.read, ...values] }, context);
}

/** One unknown name fails a whole call: first without the key, which some devices do not have; then the key alone. */
function afterReadFault(run: ReadBackRun, fault: DeviceFault, context: SendContext): TaskStep {
  const { keyName, visible } = run;
  if (keyName !== null && visible.length > 0) return askValues(run, { keyName: null, visible }, context);
  if (keyName === null)
    return askValues(run, { keyName: `${context.root ?? rootOf(run.values)}ManagementServer.ParameterKey`, visible: [] }, context);
  return unlearnt(context, `the read-back was answered with ${describe(fault)}`);
}

/** The key decides where the device keeps one; else the values do. */
function judge(run: ReadBackRun, context: SendContext): TaskStep {
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
function goOn(run: ReadBackRun, reason: string, context: SendContext): TaskStep {
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
  if (plan.refused.length > 0 || plan.late) return end({ ...run, plan }, what, context);
  return settle(done(context, reason), what);
}

/** Status 1 said "committed, not applied": applied is when all readable values are the wanted ones. */
function judgeApplied(run: ReadBackRun, read: ReadonlyMap<string, string>, context: SendContext): TaskStep {
  if (run.visible.length === 0 || !areWanted(run, read)) return { do: "leave" };
  return settle(done(context, "read back: the values are in force"), toldSet(run.task, run.values));
}

function areWanted({ visible }: ReadBackRun, read: ReadonlyMap<string, string>): boolean {
  return visible.every(({ name, type, value }) => isSameValue(type, read.get(name) ?? "", value) && read.has(name));
}

function judgeByValues(run: ReadBackRun, read: ReadonlyMap<string, string>, context: SendContext): TaskStep {
  if (run.visible.length === 0) return unlearnt(context, "secrets can't be read back, and ParameterKey does not tell");
  if (!areWanted(run, read)) return settle(repeat(run.task, context, "read back: the values are not the wanted ones"));
  // They may have been as wanted before the call; who keeps a key but shows it empty has not applied any.
  if (run.keyName !== null) return unlearnt(context, "the values are the wanted ones, but ParameterKey is empty");
  return goOn(run, "read back: the values are the wanted ones", context);
}
