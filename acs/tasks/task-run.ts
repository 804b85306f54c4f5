/**
 * What a task says to the device: its RPCs one after another, and what the answers mean for the task and the tree.
 * Spec: TR-069 A.3.2 (the RPCs), DESIGN 4 (task states). Layer: tasks, pure.
 */
import type { AcsRequest, DeviceResponse, UnknownMethod } from "../cwmp/messages.js";
import type { Cause, ToldParameter } from "../devices/parameter-tree.js";
import { isSecretName } from "../devices/secret-names.js";
import { provisionValues } from "./provision.js";
import { beginReadBack, judgeReadBack, type ReadBackRun } from "./read-back.js";
import { TASK_LIMITS, type Task, type TaskChange, type TaskFailure, type WantedValue } from "./task.js";

/** What the ACS must know at the moment it sends. Secrets are open here, and only here. */
export interface SendContext {
  readonly nowMs: number;
  /** "InternetGatewayDevice." or "Device."; null when the device never told. */
  readonly root: string | null;
  readonly connectionRequest: { readonly username: string; readonly password: string };
  /** Spread over the fleet, so that not all call in at once. dateTime. */
  readonly periodicInformTime: string;
  /** The order's values with sealed ones opened; [] for other kinds. */
  readonly values: readonly WantedValue[];
  /** Signed URL of the order's file; null when the file is gone or the order is no download. */
  readonly fileUrl: string | null;
  /** How long the device may take to complete what it accepted. */
  readonly rebootSettleMs: number;
  readonly downloadSettleMs: number;
  /** How long a value that needs a restart (Status 1) may stay unapplied. */
  readonly applySettleMs: number;
}

export type TaskRun =
  | { readonly step: "read-values"; readonly task: Task; readonly left: readonly string[]; readonly read: readonly ReadValue[] }
  | { readonly step: "set-values"; readonly task: Task; readonly values: readonly WantedValue[] }
  | { readonly step: "discover-names"; readonly task: Task; readonly path: string }
  | { readonly step: "read-subtree"; readonly task: Task; readonly path: string; readonly names: readonly ToldParameter[] }
  | { readonly step: "reboot" | "download"; readonly task: Task }
  | ReadBackRun;

interface ReadValue {
  readonly name: string;
  readonly type: string;
  readonly value: string;
}

/** `ask`: send this and come back with the answer. `settle`: the task's next state is known. `leave`: nothing to be learnt in this session. */
export type TaskStep =
  | { readonly do: "ask"; readonly run: TaskRun; readonly request: AcsRequest; readonly told: Told | null }
  | { readonly do: "settle"; readonly change: TaskChange; readonly told: Told | null }
  | { readonly do: "leave" };

/** What a device sends where an answer is due. */
export type DeviceAnswer = DeviceResponse | UnknownMethod;

/** What goes into the tree. */
export interface Told {
  readonly parameters: readonly ToldParameter[];
  readonly cause: Cause;
  readonly completeUnder: string | null;
}

/** Names asked for in one GetParameterValues; several devices drop longer lists. */
const NAMES_PER_REQUEST_MAX = 64;

/** The first RPC of a task that is `sent`. */
export function beginTask(task: Task, context: SendContext): TaskStep {
  const { order } = task;
  switch (order.kind) {
    case "getParameterValues":
      return askValues({ step: "read-values", task, left: order.names, read: [] }, null);
    case "setParameterValues":
      return askSet(task, context.values);
    case "provision":
      if (context.root === null) return impossible(context, "the device did not tell its root object");
      return askSet(task, provisionValues({ ...context, root: context.root, intervalS: order.periodicInformIntervalS }));
    case "refresh":
      return askNames(task, order.path === "" ? (context.root ?? "") : order.path);
    case "reboot":
      return { do: "ask", run: { step: "reboot", task }, request: { kind: "Reboot", commandKey: task.id }, told: null };
    case "download":
      return askDownload(task, context);
  }
}

/** What the answer to the RPC of `run` means. The answer belongs to the request: the session has checked the method. */
export function advanceTask(run: TaskRun, answer: DeviceAnswer, context: SendContext): TaskStep {
  switch (run.step) {
    case "read-back-set":
    case "read-back-uptime":
    case "read-back-transfers":
      return judgeReadBack(run, answer, context);
  }
  if (answer.kind === "Fault") return settle(failed(context, faultOf(answer)), null);
  switch (run.step) {
    case "read-values":
      if (answer.kind !== "GetParameterValuesResponse") return wrongAnswer(run, answer, context);
      return afterValues(run, answer.values, context);
    case "set-values":
      if (answer.kind !== "SetParameterValuesResponse") return wrongAnswer(run, answer, context);
      return afterSet(run, answer.status, context);
    case "discover-names":
      if (answer.kind !== "GetParameterNamesResponse") return wrongAnswer(run, answer, context);
      return afterNames(run, answer.parameters);
    case "read-subtree":
      if (answer.kind !== "GetParameterValuesResponse") return wrongAnswer(run, answer, context);
      return afterSubtree(run, answer.values, context);
    case "reboot":
      if (answer.kind !== "RebootResponse") return wrongAnswer(run, answer, context);
      return settle(
        { ...at(context), to: "awaiting-device", reason: "the device will restart", settleByMs: context.nowMs + context.rebootSettleMs },
        null,
      );
    case "download":
      if (answer.kind !== "DownloadResponse") return wrongAnswer(run, answer, context);
      return afterDownload(answer.status, context);
  }
}

/** A task whose session died: what to ask before anything is repeated. */
export function beginUnknown(task: Task, context: SendContext): TaskStep {
  return beginReadBack(task, context);
}

function askValues(run: Extract<TaskRun, { step: "read-values" }>, told: Told | null): TaskStep {
  const names = run.left.slice(0, NAMES_PER_REQUEST_MAX);
  return { do: "ask", run: { ...run, left: run.left.slice(names.length) }, request: { kind: "GetParameterValues", names }, told };
}

function afterValues(
  run: Extract<TaskRun, { step: "read-values" }>,
  values: readonly { readonly name: string; readonly type: string; readonly text: string }[],
  context: SendContext,
): TaskStep {
  const told: Told = { parameters: values.map(toldValue), cause: { kind: "read", ref: run.task.id }, completeUnder: null };
  const read = [...run.read, ...values.map(({ name, type, text }) => ({ name, type, value: isSecretName(name) ? "" : text }))];
  if (run.left.length > 0) return askValues({ ...run, read }, told);
  return settle({ ...at(context), to: "done", reason: `${read.length} values read`, result: boundedResult(read) }, told);
}

function askSet(task: Task, values: readonly WantedValue[]): TaskStep {
  const parameters = values.map(({ name, type, value }) => ({ name, type, text: value }));
  // The key tells later whether this very call was applied (TR-069 A.3.2.1: stored on success only).
  const request: AcsRequest = { kind: "SetParameterValues", values: parameters, parameterKey: task.id };
  return { do: "ask", run: { step: "set-values", task, values }, request, told: null };
}

function afterSet(run: Extract<TaskRun, { step: "set-values" }>, status: 0 | 1, context: SendContext): TaskStep {
  if (status === 1) {
    const reason = "accepted, not all applied yet (Status 1): to be read back in the next session";
    return settle({ ...at(context), to: "awaiting-device", reason, settleByMs: context.nowMs + context.applySettleMs }, null);
  }
  return settle({ ...at(context), to: "done", reason: `${run.values.length} values set` }, toldSet(run.task, run.values));
}

/** A secret is never kept in the tree: it would read back as "" anyway. */
export function toldSet(task: Task, values: readonly WantedValue[]): Told {
  const parameters = values.map(({ name, type, value }) => ({
    name,
    writable: true,
    value: { type, text: isSecretName(name) ? "" : value },
  }));
  return { parameters, cause: { kind: "set", ref: task.id }, completeUnder: null };
}

function askNames(task: Task, path: string): TaskStep {
  return {
    do: "ask",
    run: { step: "discover-names", task, path },
    request: { kind: "GetParameterNames", path, nextLevel: false },
    told: null,
  };
}

function afterNames(
  run: Extract<TaskRun, { step: "discover-names" }>,
  parameters: readonly { readonly name: string; readonly writable: boolean }[],
): TaskStep {
  const names = parameters.filter(({ name }) => !name.endsWith("."));
  const next: TaskRun = { step: "read-subtree", task: run.task, path: run.path, names };
  return { do: "ask", run: next, request: { kind: "GetParameterValues", names: [run.path] }, told: null };
}

function afterSubtree(
  run: Extract<TaskRun, { step: "read-subtree" }>,
  values: readonly { readonly name: string; readonly type: string; readonly text: string }[],
  context: SendContext,
): TaskStep {
  const parameters = new Map<string, ToldParameter>(run.names.map((told) => [told.name, told]));
  for (const value of values) parameters.set(value.name, { ...parameters.get(value.name), ...toldValue(value) });
  const told: Told = { parameters: [...parameters.values()], cause: { kind: "read", ref: run.task.id }, completeUnder: run.path };
  return settle(
    { ...at(context), to: "done", reason: `${values.length} values read`, result: { values: values.length, names: parameters.size } },
    told,
  );
}

function askDownload(task: Task, context: SendContext): TaskStep {
  if (task.order.kind !== "download") return { do: "leave" };
  const { file } = task.order;
  const url = file.catalogueId === undefined ? (file.url ?? null) : context.fileUrl;
  if (url === null) return impossible(context, "the file is no longer in the catalogue");
  const request: AcsRequest = {
    kind: "Download",
    commandKey: task.id,
    fileType: file.fileType,
    url,
    username: "",
    password: "",
    fileSizeBytes: file.fileSizeBytes,
    targetFileName: file.targetFileName,
    delayS: 0,
    successUrl: "",
    failureUrl: "",
  };
  return { do: "ask", run: { step: "download", task }, request, told: null };
}

/** TR-069 A.3.2.8: Status 0 is a transfer that is complete and applied; 1 owes a TransferComplete. */
function afterDownload(status: 0 | 1, context: SendContext): TaskStep {
  if (status === 0) return settle({ ...at(context), to: "done", reason: "transferred and applied (Status 0)" }, null);
  const settleByMs = context.nowMs + context.downloadSettleMs;
  return settle({ ...at(context), to: "awaiting-device", reason: "the device will fetch the file", settleByMs }, null);
}

function toldValue({ name, type, text }: { readonly name: string; readonly type: string; readonly text: string }): ToldParameter {
  return { name, value: { type, text } };
}

/** JSON around each value: quotes, names of the fields, a comma. */
const VALUE_OVERHEAD_CHARACTERS = 40;

function boundedResult(values: readonly ReadValue[]): unknown {
  let room = TASK_LIMITS.resultCharactersMax;
  const kept = values.filter(({ name, value }) => {
    room -= name.length + value.length + VALUE_OVERHEAD_CHARACTERS;
    return room >= 0;
  });
  return kept.length === values.length ? { values } : { values: kept, leftOut: values.length - kept.length };
}

export function faultOf(fault: Extract<DeviceAnswer, { kind: "Fault" }>): TaskFailure {
  const { faultCode, faultString, setParameterValuesFaults: parameters } = fault;
  return {
    code: "device-fault",
    detail: `the device answered fault ${faultCode} ${faultString}`.trimEnd(),
    fault: { faultCode, faultString, parameters },
  };
}

/** A response of another method is a breach of protocol: the task fails, the session ends (cwmp.md 1.11 row 15). */
function wrongAnswer(run: TaskRun, answer: DeviceAnswer, context: SendContext): TaskStep {
  return settle(failed(context, protocolFailure(run.task, `the device answered ${run.step} with ${answer.kind}`)), null);
}

/** The RPC had left: what it was to change may have changed. */
export function protocolFailure({ order }: Task, detail: string): TaskFailure {
  const changesNothing = order.kind === "getParameterValues" || order.kind === "refresh";
  return { code: "protocol", detail: changesNothing ? detail : `${detail}; whether it was carried out is not known` };
}

export function failed(context: { readonly nowMs: number }, failure: TaskFailure): TaskChange {
  return { atMs: context.nowMs, to: "failed", reason: failure.detail, failure };
}

function impossible(context: SendContext, detail: string): TaskStep {
  return settle(failed(context, { code: "not-possible", detail }), null);
}

function at(context: SendContext): { readonly atMs: number } {
  return { atMs: context.nowMs };
}

export function settle(change: TaskChange, told: Told | null): TaskStep {
  return { do: "settle", change, told };
}
