/**
 * One step of a task's talk with the device: what goes in, what comes out, and what all kinds make of a wrong answer.
 * Spec: TR-069 A.5 (faults), cwmp.md 1.11 rows 9 and 15. Layer: tasks, pure.
 */

import type { AcsRequest, DeviceResponse, UnknownMethod } from "../cwmp/messages.js";
import type { DuOperation } from "../cwmp/rpc/change-du-state.js";
import type { ModelPolicy } from "../devices/model-policy.js";
import type { Cause, ToldParameter } from "../devices/parameter-tree.js";
import type { KnownVersion } from "./judge-version.js";
import { changesNothing } from "./kind-traits.js";
import type { BroughtFile } from "./own-upload.js";
import { TASK_LIMITS, type Task, type TaskChange, type TaskFailure, type WantedValue } from "./task.js";
import type { TaskRun } from "./task-run.js";

/** What the ACS must know at the moment it sends. Secrets are open here, and only here. */
export interface SendContext {
  readonly nowMs: number;
  /** "InternetGatewayDevice." or "Device."; null when the device never told. */
  readonly root: string | null;
  readonly model: ModelPolicy;
  readonly connectionRequest: { readonly username: string; readonly password: string };
  /** Of a rotatePassword: what is to be set; null: the device uses it already, or it was dropped. */
  readonly newPassword: NewPassword | null;
  /** Spread over the fleet, so that not all call in at once. dateTime. */
  readonly periodicInformTime: string;
  /** The values of a setParameterValues, or the arguments of a diagnostic, with sealed ones opened; [] for other kinds. */
  readonly values: readonly WantedValue[];
  /** The order's password opened; "" for other kinds. */
  readonly password: string;
  /** The order's operations with their passwords opened; [] for other kinds. */
  readonly operations: readonly DuOperation[];
  /** Signed URL of our file server for the order's file, to be fetched or brought; null when there is none, or the order names a URL itself. */
  readonly fileUrl: string | null;
  /** What is known of a parameter's type, the best source first: taken by the model after a refusal, told by the device. */
  readonly typesOf: (name: string) => readonly string[];
  /** Methods that the device does not have, each with when and from whom that was learnt. */
  readonly missing: ReadonlyMap<string, string>;
  /** The device's SoftwareVersion as the tree has it; null where the task does not depend on it. */
  readonly softwareVersion: KnownVersion;
  /** What an upload to our own file server has brought so far; null for other tasks. */
  readonly brought: BroughtFile | null;
  /** How long the device may take to complete what it accepted. */
  readonly rebootSettleMs: number;
  readonly downloadSettleMs: number;
  /** How long a value that needs a restart (Status 1) may stay unapplied. */
  readonly applySettleMs: number;
  /** How long the device may go on with its old password before the new one is sent again. */
  readonly passwordUseMs: number;
  /** How long the device may take to answer one RPC. */
  readonly answerTimeoutMs: number;
}

export interface NewPassword {
  /** null: it stays. */
  readonly username: string | null;
  /** true: the password is of no use under the name that the device has. */
  readonly needsUsername: boolean;
  readonly password: string;
}

/** `ask`: send this and come back with the answer. `settle`: the task's next state is known. `leave`: nothing to be learnt in this session. */
export type TaskStep =
  | {
      readonly do: "ask";
      readonly run: TaskRun;
      readonly request: AcsRequest;
      readonly told: Told | null;
      /** Progress that is on disk before the request leaves; the state stays. `run` holds the task as it was before. */
      readonly progress?: TaskChange;
      readonly learnt?: readonly LearntValueType[];
    }
  | { readonly do: "settle"; readonly change: TaskChange; readonly told: Told | null; readonly learnt?: readonly LearntValueType[] }
  | { readonly do: "leave" };

/** A parameter was taken with a type after others were refused. */
export interface LearntValueType {
  readonly name: string;
  readonly type: string;
  readonly refused: readonly string[];
}

/** The step, and what the answer before it taught about the model. */
export function teaching(learnt: readonly LearntValueType[], step: TaskStep): TaskStep {
  return learnt.length === 0 || step.do === "leave" ? step : { ...step, learnt };
}

/** What a device sends where an answer is due. */
export type DeviceAnswer = DeviceResponse | UnknownMethod;
export type DeviceFault = Extract<DeviceAnswer, { readonly kind: "Fault" }>;

/** What goes into the tree. */
export interface Told {
  readonly parameters: readonly ToldParameter[];
  readonly cause: Cause;
  /** Parameters under this path that are not among `parameters` are gone; null: none. */
  readonly completeUnder: string | null;
  /** Parameters, or partial paths, that the device does not have any more. */
  readonly gone: readonly string[];
}

export function told(task: Task, kind: "read" | "set", more: Partial<Told>): Told {
  return { parameters: [], cause: { kind, ref: task.id }, completeUnder: null, gone: [], ...more };
}

/** A run for each of these steps, with the same fields. */
export type RunOf<S extends string, F> = S extends string ? { readonly step: S } & F : never;

export type Advance<R> = (run: R, answer: DeviceAnswer, context: SendContext) => TaskStep;
/** What follows on the answer to each step of a kind. */
export type Steps<R extends { readonly step: string }> = { readonly [S in R["step"]]: Advance<Extract<R, { readonly step: S }>> };

type Then<R, A> = (run: R, answer: A, context: SendContext) => TaskStep;
type AnswerOf<K> = Extract<DeviceResponse, { readonly kind: K }>;

/** The RPC may be answered with `kind` or a fault. A response of another method is a breach of protocol (row 15). */
export function on<R extends { readonly task: Task; readonly step: string }, K extends DeviceResponse["kind"]>(
  kind: K,
  then: Then<NoInfer<R>, AnswerOf<K>>,
  onFault: Then<NoInfer<R>, DeviceFault> = (_run, fault, context) => settle(failed(context, faultOf(fault))),
): Advance<R> {
  return (run, answer, context) => {
    if (isKind(answer, kind)) return then(run, answer, context);
    if (answer.kind === "Fault") return onFault(run, answer, context);
    return settle(failed(context, protocolFailure(run.task, `the device answered ${run.step} with ${answer.kind}`)));
  };
}

export function isKind<K extends DeviceResponse["kind"]>(answer: DeviceAnswer, kind: K): answer is AnswerOf<K> {
  return answer.kind === kind;
}

export function ask(run: TaskRun, request: AcsRequest, what: Told | null = null): TaskStep {
  return { do: "ask", run, request, told: what };
}

/** As `ask`, with the task's progress on disk before the request leaves. */
export function askAfter(progress: unknown, context: SendContext, step: TaskStep): TaskStep {
  if (step.do !== "ask") return step;
  const { nowMs, answerTimeoutMs } = context;
  const to = step.run.task.state;
  const settleByMs = to === "sent" ? { settleByMs: nowMs + answerTimeoutMs } : {};
  return { ...step, progress: { to, reason: "", atMs: nowMs, progress, ...settleByMs } };
}

export function settle(change: TaskChange, what: Told | null = null): TaskStep {
  return { do: "settle", change, told: what };
}

export function done(context: { readonly nowMs: number }, reason: string, result?: unknown): TaskChange {
  return { atMs: context.nowMs, to: "done", reason, settleByMs: null, ...(result === undefined ? {} : { result }) };
}

export function awaiting(context: SendContext, reason: string, settleInMs: number, result?: unknown): TaskChange {
  const settleByMs = context.nowMs + settleInMs;
  return { atMs: context.nowMs, to: "awaiting-device", reason, settleByMs, ...(result === undefined ? {} : { result }) };
}

export function failed(context: { readonly nowMs: number }, failure: TaskFailure): TaskChange {
  return { atMs: context.nowMs, to: "failed", reason: failure.detail, failure };
}

export function impossible(context: SendContext, detail: string): TaskStep {
  return settle(failed(context, { code: "not-possible", detail }));
}

export function faultOf({ faultCode, faultString, setParameterValuesFaults: parameters }: DeviceFault): TaskFailure {
  return {
    code: "device-fault",
    detail: `the device answered fault ${faultCode} ${faultString}`.trimEnd(),
    fault: { faultCode, faultString, parameters },
  };
}

/** A fault that is about these names, said so. */
export function faultAbout(fault: Pick<DeviceFault, "faultCode" | "faultString">, names: readonly string[]): TaskFailure {
  const { faultCode, faultString } = fault;
  const about = names.slice(0, NAMES_TOLD_MAX).join(", ") + (names.length > NAMES_TOLD_MAX ? ", …" : "");
  return {
    code: "device-fault",
    detail: `the device answered fault ${faultCode} ${faultString}`.trimEnd().concat(`: ${about}`),
    fault: { faultCode, faultString, parameters: names.map((name) => ({ name, faultCode, faultString })) },
  };
}

/** Names in a sentence; all of them are in the fault. */
const NAMES_TOLD_MAX = 3;

/** The RPC had left: what it was to change may have changed. */
export function protocolFailure(task: Task, detail: string): TaskFailure {
  return { code: "protocol", detail: changesNothing(task) ? detail : `${detail}; whether it was carried out is not known` };
}

/** JSON around each entry: quotes, names of the fields, a comma. */
const ENTRY_OVERHEAD_CHARACTERS = 40;

/** As many entries as a result may hold, under `name`, and how many were left out. */
export function boundedResult<T>(name: string, entries: readonly T[], characters: (entry: T) => number): Readonly<Record<string, unknown>> {
  let room: number = TASK_LIMITS.resultCharactersMax;
  const kept = entries.filter((entry) => {
    room -= characters(entry) + ENTRY_OVERHEAD_CHARACTERS;
    return room >= 0;
  });
  return kept.length === entries.length ? { [name]: entries } : { [name]: kept, leftOut: entries.length - kept.length };
}
