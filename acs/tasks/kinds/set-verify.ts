/**
 * The end of a setParameterValues: what was refused, what waits, and, where the order wants it, a look at what the device made of values
 * that it says are in force (Status 0). Some accept a value and keep another.
 * Spec: TR-069 A.3.2.1, A.3.2.2. Layer: tasks, pure.
 */

import { toldValue } from "../../devices/parameter-tree.js";
import { isSecretName } from "../../devices/secret-names.js";
import { batchesOf } from "../../planning/batches.js";
import type { SetPlan } from "../../planning/set-plan.js";
import { isSameValue } from "../../planning/write-form.js";
import { textsRead } from "../addressed-step.js";
import type { Task, TaskChange, TaskFailure, WantedValue } from "../task.js";
import {
  ask,
  awaiting,
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
import { notRefused, type Setting } from "./setting.js";

export type VerifyRun = { readonly step: "verify-set" } & Setting & Verifying;

interface Verifying {
  readonly asked: readonly string[];
  /** Names of the calls to come. */
  readonly left: readonly (readonly string[])[];
  /** What the device has in place of what it was given. */
  readonly differing: readonly Differing[];
}

interface Differing {
  readonly name: string;
  readonly wanted: string;
  /** null: the device left the parameter out of its answer. */
  readonly found: string | null;
}

/** Of a value that differs, so much is told. */
const TEXT_CHARACTERS_MAX = 256;
/** Names in a sentence; all of them are in the fault or in the result. */
const NAMES_TOLD_MAX = 3;

/** No call is left. @param what What the last call told, to be stored. */
export function endSetting(setting: Setting, what: Told | null, context: SendContext): TaskStep {
  const { plan, values } = setting;
  if (setting.verifies && !plan.late) return beginVerify(setting, what, context);
  if (plan.refused.length > 0) return settle(failedFor(setting, [], context), what);
  if (!plan.late) return settle(done(context, `${values.length} values set`), what);
  return settle(
    awaiting(
      context,
      "accepted, not all applied yet (Status 1): to be read back in the next session; some devices need a reboot for it",
      context.applySettleMs,
    ),
    what,
  );
}

function beginVerify(setting: Setting, what: Told | null, context: SendContext): TaskStep {
  const names = notRefused(setting).flatMap(({ name }) => (isSecretName(name) ? [] : [name]));
  return askNext({ ...setting, asked: [], left: batchesOf(names, context.model.namesPerGetMax), differing: [] }, what, context);
}

function askNext(setting: Setting & Verifying, what: Told | null, context: SendContext): TaskStep {
  const [asked, ...left] = setting.left;
  if (asked === undefined) return endVerify(setting, what, context);
  return ask({ ...setting, step: "verify-set", asked, left }, { kind: "GetParameterValues", names: asked }, what);
}

export const verifySteps: Steps<VerifyRun> = {
  "verify-set": on(
    "GetParameterValuesResponse",
    (run, { values }, context) => {
      const read = new Map(values.map(({ name, text }) => [name, text]));
      const asked = new Set(run.asked);
      const bad = run.values
        .filter((value) => asked.has(value.name) && !isInForce(run.task, value, read))
        .map((value) => differing(run.task, value, read));
      const what = told(run.task, "read", { parameters: values.map(toldValue) });
      return askNext({ ...run, differing: [...run.differing, ...bad] }, what, context);
    },
    ({ asked }, fault, context) => {
      const { detail } = faultAbout(fault, asked);
      return settle(failed(context, { code: "outcome-unknown", detail: `accepted (Status 0), but not to be read back: ${detail}` }));
    },
  ),
};

function isInForce(task: Task, { name, type, value }: WantedValue, read: ReadonlyMap<string, string>): boolean {
  return textsRead(task, name, read).some((found) => isSameValue(type, found, value));
}

function differing(task: Task, { name, value }: WantedValue, read: ReadonlyMap<string, string>): Differing {
  const [found] = textsRead(task, name, read);
  return { name, wanted: value.slice(0, TEXT_CHARACTERS_MAX), found: found?.slice(0, TEXT_CHARACTERS_MAX) ?? null };
}

function endVerify(setting: Setting & Verifying, what: Told | null, context: SendContext): TaskStep {
  const { values, plan } = setting;
  if (setting.differing.length > 0 || plan.refused.length > 0) return settle(failedFor(setting, setting.differing, context), what);
  const secrets = values.filter(({ name }) => isSecretName(name)).length;
  const but = secrets === 0 ? "" : `, but for ${secrets} secrets, which can't be read`;
  return settle(done(context, `${values.length} values set and read back${but}`), what);
}

/** Some values were refused, or are not what was set. */
function failedFor({ values, plan }: Setting, differ: readonly Differing[], context: SendContext): TaskChange {
  const set = values.length - plan.refused.length - differ.length;
  const wrong = [
    ...(plan.refused.length === 0 ? [] : [faultNames("refused", plan.refused)]),
    ...(differ.length === 0 ? [] : [`accepted (Status 0) and not in force: ${differ.slice(0, NAMES_TOLD_MAX).map(tell).join(", ")}`]),
  ];
  const more = differ.length > NAMES_TOLD_MAX ? ", …" : "";
  const detail = `${set} of ${values.length} values set${plan.late ? " (not all in force yet)" : ""}, ${wrong.join("; ")}${more}`;
  const result = { set, of: values.length, ...(differ.length === 0 ? {} : boundedResult("differing", differ, sizeOf)) };
  return { ...failed(context, failureOf(plan, detail)), result };
}

function failureOf({ refused }: SetPlan, detail: string): TaskFailure {
  if (refused.length === 0) return { code: "not-done", detail };
  return { code: "device-fault", detail, fault: { faultCode: 9003, faultString: "Invalid arguments", parameters: refused } };
}

const tell = ({ name, wanted, found }: Differing): string =>
  `${name} (wanted ${JSON.stringify(wanted)}, found ${found === null ? "nothing" : JSON.stringify(found)})`;

const sizeOf = ({ name, wanted, found }: Differing): number => name.length + wanted.length + (found?.length ?? 0);

export function faultNames(detail: string, refused: SetPlan["refused"]): string {
  const names = refused.slice(0, NAMES_TOLD_MAX).map(({ name, faultCode, typesTried }) => {
    return `${name} (${faultCode}${typesTried === undefined ? "" : `; tried ${typesTried.join(", ")}`})`;
  });
  return `${detail}: ${names.join(", ")}${refused.length > NAMES_TOLD_MAX ? ", …" : ""}`;
}
