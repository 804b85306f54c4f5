/**
 * Uploads to our own file server: what a device tells of their end is held against the file that came, or did not come.
 * Spec: TR-069 A.4.1.5, A.3.3.2; docs/decisions/0012-received-files.md. Layer: tasks, pure.
 */
import type { Task, TaskChange } from "./task.js";
import { done, failed } from "./task-step.js";

/** A file that a device has brought, whole and on disk, as a task's result shows it. */
export interface BroughtFile {
  readonly id: string;
  readonly sizeBytes: number;
  /** Of the bytes as they were sent, 64 hex digits. */
  readonly sha256: string;
  /** Content coding in which they were sent and are kept; "" for none. */
  readonly contentCoding: string;
}

export function isOwnUpload({ order }: Pick<Task, "order">): boolean {
  return order.kind === "upload" && order.url === undefined;
}

const UNDER_WAY: readonly Task["state"][] = ["sent", "awaiting-device", "unknown"];

/** While the device may still bring the file: a second one takes the place of the first. */
export function awaitsFile(task: Task): boolean {
  return isOwnUpload(task) && UNDER_WAY.includes(task.state);
}

/** @param change What the device's own word makes of the task. @param file What the task has brought so far. */
export function judgeByFile(task: Task, change: TaskChange, file: BroughtFile | null): TaskChange {
  if (!isOwnUpload(task)) return change;
  if (file !== null) return { ...change, result: resultOf(change, file) };
  if (change.to !== "done") return change;
  const detail = "the device reports success, but no file came to our file server";
  return { ...change, ...failed({ nowMs: change.atMs }, { code: "not-done", detail }) };
}

/** The device's word is lost; its file is not. */
export function doneByFile(nowMs: number, file: BroughtFile): TaskChange {
  return done({ nowMs }, "the file is here, though the device did not report the end", { receivedFile: shown(file) });
}

function resultOf({ result }: TaskChange, file: BroughtFile): unknown {
  return { ...(typeof result === "object" ? result : {}), receivedFile: shown(file) };
}

function shown({ id, sizeBytes, sha256, contentCoding }: BroughtFile): BroughtFile {
  return { id, sizeBytes, sha256, contentCoding };
}
