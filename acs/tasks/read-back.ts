/**
 * Read-back: a session died after a task was sent. What did the device do? Nothing is repeated before that is known.
 * Spec: DESIGN 4 (task states), TR-069 A.3.2.1 (ParameterKey is stored on success only), A.4.1.7 (GetAllQueuedTransfers).
 * Layer: tasks, pure.
 */
import { isSecretName } from "../devices/secret-names.js";
import { provisionValues } from "./provision.js";
import type { Task, TaskChange, WantedValue } from "./task.js";
import { type DeviceAnswer, failed, type SendContext, settle, type TaskStep, toldSet } from "./task-run.js";

export type ReadBackRun =
  | { readonly step: "read-back-set"; readonly task: Task; readonly values: readonly WantedValue[]; readonly keyName: string | null }
  | { readonly step: "read-back-uptime"; readonly task: Task }
  | { readonly step: "read-back-transfers"; readonly task: Task };

/** RPCs of one task that may be sent in all; a device that loses every session must not be asked for ever. */
const SENDS_MAX = 5;
/** UpTime counts whole seconds, and device and ACS start to count at different moments. */
const UPTIME_SLACK_S = 2;

export function beginReadBack(task: Task, context: SendContext): TaskStep {
  const { order } = task;
  switch (order.kind) {
    case "getParameterValues":
    case "refresh":
      return settle(repeat(task, context, "the session died; reading again does no harm"), null);
    case "setParameterValues":
      return askKeyAndValues(task, context.values, context);
    case "provision":
      if (context.root === null)
        return settle(failed(context, { code: "not-possible", detail: "the device did not tell its root object" }), null);
      return askKeyAndValues(task, provisionValues({ ...context, root: context.root, intervalS: order.periodicInformIntervalS }), context);
    case "reboot": {
      const name = `${context.root ?? ""}DeviceInfo.UpTime`;
      return { do: "ask", run: { step: "read-back-uptime", task }, request: { kind: "GetParameterValues", names: [name] }, told: null };
    }
    case "download":
      return { do: "ask", run: { step: "read-back-transfers", task }, request: { kind: "GetAllQueuedTransfers" }, told: null };
  }
}

export function judgeReadBack(run: ReadBackRun, answer: DeviceAnswer, context: SendContext): TaskStep {
  switch (run.step) {
    case "read-back-set":
      return judgeSet(run, answer, context);
    case "read-back-uptime":
      return judgeUptime(run.task, answer, context);
    case "read-back-transfers":
      return judgeTransfers(run.task, answer, context);
  }
}

function askKeyAndValues(task: Task, values: readonly WantedValue[], context: SendContext): TaskStep {
  const keyName = `${context.root ?? rootOf(values)}ManagementServer.ParameterKey`;
  return askValues({ step: "read-back-set", task, values, keyName });
}

function askValues(run: Extract<ReadBackRun, { step: "read-back-set" }>): TaskStep {
  const names = [...(run.keyName === null ? [] : [run.keyName]), ...run.values.map(({ name }) => name)];
  return { do: "ask", run, request: { kind: "GetParameterValues", names }, told: null };
}

function rootOf(values: readonly WantedValue[]): string {
  const name = values[0]?.name ?? "";
  return name.slice(0, name.indexOf(".") + 1);
}

/** The key decides where the device keeps one; else the values do. */
function judgeSet(run: Extract<ReadBackRun, { step: "read-back-set" }>, answer: DeviceAnswer, context: SendContext): TaskStep {
  const { task, values, keyName } = run;
  // One unknown name fails the whole GetParameterValues: ask again without the key.
  if (answer.kind === "Fault" && keyName !== null) return askValues({ ...run, keyName: null });
  if (answer.kind !== "GetParameterValuesResponse") return unlearnt(context, `the read-back was answered with ${describe(answer)}`);
  const read = new Map(answer.values.map(({ name, text }) => [name, text]));
  if (task.state === "awaiting-device") return judgeApplied(run, read, context);
  const key = keyName === null ? undefined : read.get(keyName);
  if (key === task.id) return settle(done(context, "read back: ParameterKey is this task's"), toldSet(task, values));
  if (key !== undefined && key !== "" && key !== "(null)") {
    return settle(repeat(task, context, `read back: ParameterKey is ${key}, so the call was not applied`), null);
  }
  return judgeByValues(run, read, context);
}

/** Status 1 said "committed, not applied": applied is when all readable values are the wanted ones. */
function judgeApplied(
  run: Extract<ReadBackRun, { step: "read-back-set" }>,
  read: ReadonlyMap<string, string>,
  context: SendContext,
): TaskStep {
  const late = readable(run.values).filter(({ name, value }) => read.get(name) !== value);
  if (late.length > 0) return { do: "leave" };
  return settle(done(context, "read back: the values are in force"), toldSet(run.task, run.values));
}

function judgeByValues(
  run: Extract<ReadBackRun, { step: "read-back-set" }>,
  read: ReadonlyMap<string, string>,
  context: SendContext,
): TaskStep {
  const visible = readable(run.values);
  if (visible.some(({ name, value }) => read.get(name) !== value)) {
    return settle(repeat(run.task, context, "read back: the values are not the wanted ones"), null);
  }
  if (visible.length === 0) return unlearnt(context, "secrets can't be read back, and ParameterKey does not tell");
  // They may have been as wanted before the call; who keeps a key but shows it empty has not applied any.
  if (run.keyName !== null) return unlearnt(context, "the values are the wanted ones, but ParameterKey is empty");
  return settle(done(context, "read back: the values are the wanted ones"), toldSet(run.task, run.values));
}

function readable(values: readonly WantedValue[]): readonly WantedValue[] {
  return values.filter(({ name }) => !isSecretName(name));
}

/** Rebooted or not: a device that is up for longer than the request is old has not restarted since (TR-181 DeviceInfo.UpTime). */
function judgeUptime(task: Task, answer: DeviceAnswer, context: SendContext): TaskStep {
  const text = answer.kind === "GetParameterValuesResponse" ? answer.values[0]?.text.trim() : undefined;
  if (text === undefined || !/^\d{1,10}$/.test(text)) return unlearnt(context, `UpTime can't be read: ${describe(answer)}`);
  const sinceSentS = (context.nowMs - (task.sentAtMs ?? context.nowMs)) / 1_000;
  if (Number(text) <= sinceSentS + UPTIME_SLACK_S)
    return unlearnt(context, "the device restarted, but did not say that it was for this task");
  if (wasAccepted(task))
    return settle(failed(context, { code: "not-done", detail: "the device accepted the reboot and did not restart" }), null);
  return settle(repeat(task, context, "read back: the device has not restarted since"), null);
}

function wasAccepted(task: Task): boolean {
  return task.transitions.some(({ to }) => to === "awaiting-device");
}

/** A transfer is listed until TransferCompleteResponse (TR-069 A.4.1.7). Not listed: never taken, or taken and complete. */
function judgeTransfers(task: Task, answer: DeviceAnswer, context: SendContext): TaskStep {
  if (answer.kind === "Fault") return { do: "leave" }; // An optional method: TransferComplete may still tell, until settleByMs.
  if (answer.kind !== "GetAllQueuedTransfersResponse") return unlearnt(context, `the read-back was answered with ${describe(answer)}`);
  if (answer.transfers.some(({ commandKey }) => commandKey === task.id)) {
    const settleByMs = context.nowMs + context.downloadSettleMs;
    return settle(
      { atMs: context.nowMs, to: "awaiting-device", reason: "read back: the transfer is in the device's queue", settleByMs },
      null,
    );
  }
  return unlearnt(context, "read back: the device has no such transfer, so it never took it or has ended it");
}

function done(context: SendContext, reason: string): TaskChange {
  return { atMs: context.nowMs, to: "done", reason, settleByMs: null };
}

function repeat(task: Task, context: SendContext, reason: string): TaskChange {
  if (task.sends >= SENDS_MAX)
    return failed(context, {
      code: "outcome-unknown",
      detail: `outcome unknown: sent ${task.sends} times, no session lived to the answer`,
    });
  return { atMs: context.nowMs, to: "queued", reason, settleByMs: null };
}

function unlearnt(context: SendContext, why: string): TaskStep {
  return settle(failed(context, { code: "outcome-unknown", detail: `outcome unknown: ${why}` }), null);
}

function describe(answer: DeviceAnswer): string {
  return answer.kind === "Fault" ? `fault ${answer.faultCode} ${answer.faultString}`.trimEnd() : answer.kind;
}
