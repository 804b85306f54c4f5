/**
 * One device's conversation as a state machine: who speaks, what is answered, which task is asked.
 * Spec: TR-069 3.7.1-3.7.2; the rows of cwmp.md 1.11 are named where they are obeyed. Layer: session, pure.
 */
import { acsFault } from "../cwmp/faults.js";
import type { AcsMessage, AcsRequest, DeviceMessage, DeviceRequest, UnknownMethod } from "../cwmp/messages.js";
import type { Inform } from "../cwmp/rpc/inform.js";
import type { TransferComplete } from "../cwmp/rpc/transfer-complete.js";
import type { Task, TaskChange } from "../tasks/task.js";
import { advanceTask, type TaskRun } from "../tasks/task-run.js";
import { failed, type LearntValueType, protocolFailure, type SendContext, type TaskStep, type Told } from "../tasks/task-step.js";
import { type DeviceReport, REPORT_RESPONSES } from "./device-report.js";

export type Session =
  | { readonly phase: "awaiting-inform" }
  /** The device sends what it has; its empty POST hands over. */
  | { readonly phase: "device-speaks" }
  /** One request of ours is outstanding. */
  | { readonly phase: "acs-speaks"; readonly run: TaskRun }
  /** Our last answer was empty. The device closes, or still has something to say (row 8). */
  | { readonly phase: "acs-done" }
  | { readonly phase: "ended"; readonly why: string };

export type Input =
  | { readonly kind: "message"; readonly message: DeviceMessage; readonly context: SendContext | null }
  | { readonly kind: "empty" }
  /** Bytes that are no message. */
  | { readonly kind: "malformed"; readonly why: string }
  /** The answer to `take-task`. null: no task is left for this session. */
  | { readonly kind: "next-task"; readonly begun: { readonly task: Task; readonly step: TaskStep } | null }
  /** Silence for too long (row 21), or the ACS stops: `why` says which. */
  | { readonly kind: "silence"; readonly why?: string };

export type Effect =
  | { readonly do: "record-inform"; readonly inform: Inform }
  | { readonly do: "record-transfer-complete"; readonly message: TransferComplete }
  /** Told without having been asked for; kept for people to read. */
  | { readonly do: "record-device-report"; readonly message: DeviceReport }
  /** Stores what the device told and, with it, the task's change: one transaction. */
  | { readonly do: "store"; readonly task: Task; readonly told: Told | null; readonly change: TaskChange | null }
  /** Types that worked after others were refused. */
  | { readonly do: "learn-types"; readonly task: Task; readonly types: readonly LearntValueType[] }
  /** The task's outcome is not known: it is read back in a later session. */
  | { readonly do: "lose-task"; readonly task: Task; readonly why: string }
  | { readonly do: "take-task" }
  | { readonly do: "ask"; readonly request: AcsRequest }
  | { readonly do: "answer"; readonly message: AcsMessage }
  | { readonly do: "send-empty" }
  | { readonly do: "refuse"; readonly why: string };

export interface Step {
  readonly session: Session;
  readonly effects: readonly Effect[];
}

/** TR-069 A.3.1.1: the methods that a device may call on this ACS. */
const ACS_METHODS: readonly DeviceRequest["kind"][] = [
  "Inform",
  "GetRPCMethods",
  "TransferComplete",
  "AutonomousTransferComplete",
  "RequestDownload",
  "Kicked",
  "DUStateChangeComplete",
  "AutonomousDUStateChangeComplete",
];

/** One turn of the conversation. Total: every phase answers every input. Never throws. TR-069 3.7.2. */
export function step(session: Session, input: Input): Step {
  switch (input.kind) {
    case "message":
      return onMessage(session, input.message, input.context);
    case "empty":
      return onEmpty(session);
    case "next-task":
      return onNextTask(session, input.begun);
    case "malformed":
      return end(session, input.why, { do: "refuse", why: input.why });
    case "silence":
      return end(session, input.why ?? "the device fell silent");
  }
}

function onMessage(session: Session, message: DeviceMessage, context: SendContext | null): Step {
  if (session.phase === "ended") return to(session, { do: "refuse", why: session.why });
  // A second Inform starts anew, in a running session too (rows 3, 17).
  if (message.kind === "Inform") return onInform(message);
  if (session.phase === "awaiting-inform") return refuse(session, `${message.kind} before Inform`); // row 16
  if (isDeviceRequest(message)) return onDeviceRequest(session, message, context);
  if (session.phase === "acs-speaks" && context !== null) return onStep(session.run.task, advanceTask(session.run, message, context));
  // An answer that nothing asked for, e.g. after our 204: nothing depends on it.
  return to({ phase: "acs-done" }, { do: "send-empty" });
}

function onInform(inform: Inform): Step {
  return to(
    { phase: "device-speaks" },
    { do: "record-inform", inform },
    { do: "answer", message: { kind: "InformResponse", maxEnvelopes: 1 } },
  );
}

/** Row 6: a request of the device gets its response, never a request of ours in its place. */
function onDeviceRequest(session: Session, request: OtherRequest, context: SendContext | null): Step {
  if (session.phase === "acs-speaks") return breach(session.run.task, `the device sent ${request.kind} where an answer was due`, context);
  const speaking: Session = { phase: "device-speaks" };
  switch (request.kind) {
    case "TransferComplete":
      return to(
        speaking,
        { do: "record-transfer-complete", message: request },
        { do: "answer", message: { kind: "TransferCompleteResponse" } },
      );
    case "GetRPCMethods":
      return to(speaking, { do: "answer", message: { kind: "GetRPCMethodsResponse", methods: ACS_METHODS } });
    case "AutonomousTransferComplete":
    case "RequestDownload":
    case "Kicked":
    case "DUStateChangeComplete":
    case "AutonomousDUStateChangeComplete":
      return to(speaking, { do: "record-device-report", message: request }, { do: "answer", message: REPORT_RESPONSES[request.kind] });
    case "UnknownMethod":
      return to(speaking, { do: "answer", message: acsFault(8000) }); // row 13
  }
}

function onEmpty(session: Session): Step {
  switch (session.phase) {
    case "device-speaks":
      return to(session, { do: "take-task" });
    case "acs-speaks": {
      // An RPC that the device does not know may bring an empty POST in place of a fault.
      const { task } = session.run;
      return to(
        { phase: "device-speaks" },
        { do: "lose-task", task, why: "the device sent an empty POST where an answer was due" },
        { do: "take-task" },
      );
    }
    case "acs-done":
      return to(session, { do: "send-empty" }); // A superfluous empty POST, row 8.
    case "awaiting-inform":
      return refuse(session, "an empty POST before Inform");
    case "ended":
      return to(session, { do: "refuse", why: session.why });
  }
}

function onNextTask(session: Session, begun: { readonly task: Task; readonly step: TaskStep } | null): Step {
  if (session.phase === "ended") return to(session);
  if (begun === null) return to({ phase: "acs-done" }, { do: "send-empty" }); // row 5
  return onStep(begun.task, begun.step);
}

function onStep(task: Task, taskStep: TaskStep): Step {
  switch (taskStep.do) {
    case "ask": {
      const { request, told, progress = null } = taskStep;
      const session: Session = { phase: "acs-speaks", run: progress === null ? taskStep.run : withProgress(taskStep.run, progress) };
      const ask: Effect = { do: "ask", request };
      const stores: readonly Effect[] = told === null && progress === null ? [] : [{ do: "store", task, told, change: progress }];
      return to(session, ...stores, ...lessons(task, taskStep.learnt), ask);
    }
    case "settle": {
      const store: Effect = { do: "store", task, told: taskStep.told, change: taskStep.change };
      // Row 15: after a breach of protocol nothing more is asked.
      if (taskStep.change.failure?.code === "protocol") return to({ phase: "acs-done" }, store, { do: "send-empty" });
      return to({ phase: "device-speaks" }, store, ...lessons(task, taskStep.learnt), { do: "take-task" });
    }
    case "leave":
      return to({ phase: "device-speaks" }, { do: "take-task" });
  }
}

function lessons(task: Task, types: readonly LearntValueType[] = []): readonly Effect[] {
  return types.length === 0 ? [] : [{ do: "learn-types", task, types }];
}

/** The task as it is once its progress is stored. */
function withProgress(run: TaskRun, { progress }: TaskChange): TaskRun {
  return { ...run, task: { ...run.task, revision: run.task.revision + 1, progress } };
}

/** What a read-back would have told stays unknown; it is asked again in the next session. */
function breach(task: Task, detail: string, context: SendContext | null): Step {
  if (task.state !== "sent") return to({ phase: "acs-done" }, { do: "send-empty" });
  if (context === null) return to({ phase: "acs-done" }, { do: "lose-task", task, why: detail }, { do: "send-empty" });
  const change = failed(context, protocolFailure(task, detail));
  return to({ phase: "acs-done" }, { do: "store", task, told: null, change }, { do: "send-empty" });
}

/** The session is over for us; a task that was asked and not answered is unknown from now on. */
function end(session: Session, why: string, ...after: readonly Effect[]): Step {
  const lost: readonly Effect[] = session.phase === "acs-speaks" ? [{ do: "lose-task", task: session.run.task, why }] : [];
  return { session: { phase: "ended", why }, effects: [...lost, ...after] };
}

function refuse(session: Session, why: string): Step {
  return to(session, { do: "refuse", why });
}

function to(session: Session, ...effects: readonly Effect[]): Step {
  return { session, effects };
}

const REQUESTS: ReadonlySet<DeviceMessage["kind"]> = new Set(ACS_METHODS);

type OtherRequest = Exclude<DeviceRequest, Inform> | UnknownMethod;

/** A response to a method that we do not know answers nothing of ours, but it is no request either. */
export function isDeviceRequest(message: Exclude<DeviceMessage, Inform>): message is OtherRequest {
  if (message.kind === "UnknownMethod") return !message.name.endsWith("Response");
  return REQUESTS.has(message.kind);
}
