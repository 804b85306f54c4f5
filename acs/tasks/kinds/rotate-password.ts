/**
 * rotatePassword: a new ManagementServer.Password in a call of its own. The device's answer is not the proof, for it may keep the old one
 * all the same: the task is done when the device has used the new password. Until then both are accepted, so that no lost answer locks
 * the device out, and what is sent again is the same password.
 * Spec: TR-069 3.4.4; docs/decisions/0011-per-device-secrets.md. Layer: tasks, pure.
 */
import { heard } from "../read-back.js";
import type { Task, TaskOrder } from "../task.js";
import type { TaskStep } from "../task-step.js";
import {
  ask,
  awaiting,
  type DeviceFault,
  done,
  failed,
  faultOf,
  impossible,
  type NewPassword,
  on,
  type SendContext,
  type Steps,
  settle,
} from "../task-step.js";

export type RotatePasswordRun =
  | { readonly step: "rotate-password"; readonly task: Task; readonly hasUsername: boolean }
  | { readonly step: "read-back-password"; readonly task: Task };

type Order = TaskOrder & { readonly kind: "rotatePassword" };

/** Times that a device is sent the same new password before the task gives up. Both are accepted then, too. */
const SENDS_MAX = 5;

export function beginRotatePassword(task: Task, _order: Order, context: SendContext): TaskStep {
  const { newPassword, root } = context;
  if (root === null) return impossible(context, "the device did not tell its root object");
  if (newPassword === null) return impossible(context, "the new password was dropped");
  return send(task, newPassword.username !== null, root, newPassword);
}

export function readBackPassword(task: Task, _order: Order, context: SendContext): TaskStep {
  if (context.newPassword === null) return inUse(context);
  // The device has proved itself with the old password in this session. It may change over later: after a restart, say.
  if (task.state === "awaiting-device") return { do: "leave" };
  if (wasAccepted(task)) return again(task, context, "the device took the new password and went on with the old one");
  if (context.root === null) return again(task, context, "the device did not tell its root object");
  return ask({ step: "read-back-password", task }, { kind: "GetParameterValues", names: [`${context.root}ManagementServer.ParameterKey`] });
}

export const rotatePasswordSteps: Steps<RotatePasswordRun> = {
  "rotate-password": on("SetParameterValuesResponse", (_run, _answer, context) => accepted(context), afterFault),
  // Setting the same password again does no harm: what can't be learnt is sent again.
  "read-back-password": heard(
    "GetParameterValuesResponse",
    ({ task }, { values }, context) =>
      values.some(({ name, text }) => name.endsWith(".ParameterKey") && text === task.id)
        ? accepted(context)
        : again(task, context, "read back: ParameterKey is another one, so the call was not applied"),
    ({ task }, _fault, context) => again(task, context, "read back: the device does not tell its ParameterKey"),
  ),
};

function send(task: Task, hasUsername: boolean, root: string, { username, password }: NewPassword): TaskStep {
  const server = `${root}ManagementServer.`;
  const values = [
    ...(hasUsername && username !== null ? [{ name: `${server}Username`, type: "xsd:string", text: username }] : []),
    { name: `${server}Password`, type: "xsd:string", text: password },
  ];
  return ask({ step: "rotate-password", task, hasUsername }, { kind: "SetParameterValues", values, parameterKey: task.id });
}

/** A device whose user name can't be changed keeps it: what counts is the password. */
function afterFault(run: RotatePasswordRun & { readonly step: "rotate-password" }, fault: DeviceFault, context: SendContext): TaskStep {
  const { root, newPassword } = context;
  if (run.hasUsername && root !== null && newPassword?.needsUsername === false) return send(run.task, false, root, newPassword);
  const failure = faultOf(fault);
  return settle(failed(context, { ...failure, detail: `${failure.detail}; the device keeps its password` }));
}

function accepted(context: SendContext): TaskStep {
  if (context.newPassword === null) return inUse(context);
  return settle(awaiting(context, "the device took the new password; done when it uses it", context.passwordUseMs));
}

function inUse(context: SendContext): TaskStep {
  return settle(done(context, "the device has used the new password"));
}

/** Did the device accept it before this task became unknown? Then it became so by time, not because a session died. */
function wasAccepted({ transitions }: Task): boolean {
  return transitions.at(-2)?.to === "awaiting-device";
}

function again(task: Task, context: SendContext, why: string): TaskStep {
  if (task.sends < SENDS_MAX) {
    return settle({ atMs: context.nowMs, to: "queued", reason: `${why}: the same one is sent again`, settleByMs: null });
  }
  const detail = `${why}; it was sent ${task.sends} times. Both passwords are accepted`;
  return settle(failed(context, { code: "not-done", detail }));
}
