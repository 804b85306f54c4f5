/**
 * What is remembered of a diagnostic beside its state, as its progress: that an end of a test was told, and that its test is to stop.
 * Spec: docs/decisions/0013-diagnostics-are-awaited.md, 0025-a-diagnosis-is-a-chain-of-tasks.md. Layer: tasks, pure.
 */
import type { Task, TaskChange } from "./task.js";

const END_TOLD = { endTold: true } as const;
const STOP = { stop: true } as const;

/** Of an awaited one: an Inform told that a test has ended, or that all are lost. It is read in that session or, if that one dies, in the next. */
export function endTold(nowMs: number): TaskChange {
  return { atMs: nowMs, to: "awaiting-device", reason: "", progress: END_TOLD };
}

/** The end was another test's: it waits on. */
export function waitOn(nowMs: number): TaskChange {
  return { atMs: nowMs, to: "awaiting-device", reason: "", progress: null };
}

export function isEndTold({ progress }: Pick<Task, "progress">): boolean {
  return has(progress, "endTold");
}

/**
 * Taken back while it runs on the device: the next session reads the object, and sets Canceled (TR-181 DiagnosticsState) if the test still runs.
 * @param settleInMs How long the device may take to call in.
 */
export function askToStop(reason: string, nowMs: number, settleInMs: number): TaskChange {
  return { atMs: nowMs, to: "unknown", reason, progress: STOP, settleByMs: nowMs + settleInMs };
}

export function isStopAsked({ progress }: Pick<Task, "progress">): boolean {
  return has(progress, "stop");
}

function has(progress: unknown, mark: string): boolean {
  return typeof progress === "object" && progress !== null && Object.hasOwn(progress, mark);
}
