/**
 * How a diagnostic that runs on the device is taken back: its task becomes unknown with this as its progress, so that the next session
 * reads the object, and sets Canceled if the test still runs.
 * Spec: TR-181 DiagnosticsState (Canceled); docs/decisions/0025-a-diagnosis-is-a-chain-of-tasks.md. Layer: tasks, pure.
 */
import type { Task, TaskChange } from "./task.js";

const STOP = { stop: true } as const;

/** @param settleInMs How long the device may take to call in. */
export function askToStop(reason: string, nowMs: number, settleInMs: number): TaskChange {
  return { atMs: nowMs, to: "unknown", reason, progress: STOP, settleByMs: nowMs + settleInMs };
}

export function isStopAsked({ progress }: Pick<Task, "progress">): boolean {
  return typeof progress === "object" && progress !== null && "stop" in progress && progress.stop === true;
}
