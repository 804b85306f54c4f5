/**
 * setParameterValues and provision: values in as few calls as possible; a value whose type is refused is tried with others.
 * Spec: TR-069 A.3.2.1, A.5.1; cwmp.md 12 row 13. Layer: tasks, pure.
 */
import { afterApplied, afterRefused, isOnlyRetyped, refusedOf, withTypesTried } from "../../planning/set-plan.js";
import { writtenAs } from "../../planning/value-types.js";
import { provisionValues } from "../provision.js";
import type { Task, TaskOrder, WantedValue } from "../task.js";
import {
  ask,
  askAfter,
  type DeviceFault,
  failed,
  faultOf,
  impossible,
  on,
  type SendContext,
  type Steps,
  settle,
  type TaskStep,
  type Told,
  teaching,
} from "../task-step.js";
import { beginReadBack, type ReadBackSetRun, readBackSetSteps } from "./set-read-back.js";
import { endSetting, faultNames, type VerifyRun, verifySteps } from "./set-verify.js";
import { keyOf, learntTypes, type Setting, settingOf, toldSet, valuesOf } from "./setting.js";

export type SetValuesRun = ({ readonly step: "set-values" } & Setting) | ReadBackSetRun | VerifyRun;

export function beginSetValues(task: Task, _order: TaskOrder, context: SendContext): TaskStep {
  return askNext(settingOf(task, context.values, context), null, context);
}

export function beginProvision(task: Task, order: TaskOrder & { readonly kind: "provision" }, context: SendContext): TaskStep {
  const values = provisioned(order, context);
  return values === null ? noRoot(context) : askNext(settingOf(task, values, context), null, context);
}

export function readBackSetValues(task: Task, _order: TaskOrder, context: SendContext): TaskStep {
  return beginReadBack(settingOf(task, context.values, context), context);
}

export function readBackProvision(task: Task, order: TaskOrder & { readonly kind: "provision" }, context: SendContext): TaskStep {
  const values = provisioned(order, context);
  return values === null ? noRoot(context) : beginReadBack(settingOf(task, values, context), context);
}

export const setValuesSteps: Steps<SetValuesRun> = {
  "set-values": on("SetParameterValuesResponse", (run, { status }, context) => afterSet(run, status, context), afterFault),
  ...readBackSetSteps,
  ...verifySteps,
};

function provisioned(order: TaskOrder & { readonly kind: "provision" }, context: SendContext): readonly WantedValue[] | null {
  return context.root === null ? null : provisionValues({ ...context, root: context.root, intervalS: order.periodicInformIntervalS });
}

function noRoot(context: SendContext): TaskStep {
  return impossible(context, "the device did not tell its root object");
}

function askNext(setting: Setting, what: Told | null, context: SendContext): TaskStep {
  const { task, plan } = setting;
  if (plan.batches.length === 0) return endSetting(setting, what, context);
  const values = valuesOf(setting).map((value) => {
    return { name: value.name, type: value.writtenType, text: writtenAs(value.writtenType, value, context.model) };
  });
  // The key tells later whether this very call was applied: it is stored on success only.
  const parameterKey = keyOf(task, plan.call);
  const step = ask({ ...setting, step: "set-values" }, { kind: "SetParameterValues", values, parameterKey }, what);
  const isStored = plan === task.progress || (plan.call === 0 && plan.batches.length === 1);
  return isStored ? step : askAfter(plan, context, step);
}

function afterSet(run: Setting, status: 0 | 1, context: SendContext): TaskStep {
  const what = status === 0 ? toldSet(run.task, valuesOf(run)) : null;
  return teaching(learntTypes(run), askNext({ ...run, plan: afterApplied(run.plan, status) }, what, context));
}

function afterFault(run: Setting, fault: DeviceFault, context: SendContext): TaskStep {
  const { faultCode, faultString, setParameterValuesFaults: parameters } = fault;
  const names = run.values.map(({ name }) => name);
  const plan = afterRefused(run.plan, { faultCode, faultString, parameters }, names, run.choices);
  const goesOn = plan !== undefined && (run.onFault === "set-the-rest" || isOnlyRetyped(run.plan, plan));
  return goesOn ? askNext({ ...run, plan }, null, context) : settle(failedCall(run, fault, names, context));
}

function failedCall(run: Setting, fault: DeviceFault, names: readonly string[], context: SendContext) {
  const { faultCode, faultString, setParameterValuesFaults: parameters } = fault;
  const { plan, values } = run;
  const bad = refusedOf(plan.batches[0] ?? [], { faultCode, faultString, parameters }, names);
  const refused = [...plan.refused, ...withTypesTried(plan, bad, names, run.choices)];
  const failure = faultOf({ ...fault, setParameterValuesFaults: refused });
  const named = refused.length > 0 ? faultNames(failure.detail, refused) : `${failure.detail}: ${oneOf(valuesOf(run))}`;
  const set = values.length - plan.batches.flat().length - plan.refused.length;
  if (set === 0) return failed(context, { ...failure, detail: named });
  const detail = `${named}; ${set} of ${values.length} values had been set before`;
  return { ...failed(context, { ...failure, detail }), result: { set, of: values.length } };
}

const NAMES_TOLD_MAX = 10;

/** The device named none: at least the call is. */
function oneOf(values: readonly { readonly name: string }[]): string {
  const told = values.slice(0, NAMES_TOLD_MAX).map(({ name }) => name);
  return `it did not say which of ${told.join(", ")}${values.length > NAMES_TOLD_MAX ? `, and ${values.length - NAMES_TOLD_MAX} more` : ""}`;
}
