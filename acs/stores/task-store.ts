/**
 * Tasks. The task in the store is the truth; queues and timers only say "look at this device" (DESIGN 7).
 * Adapters: sqlite/. Contract: test/contracts/task-store.contract.ts. Writes are on disk when their promise is fulfilled.
 * Layer: stores (interface).
 */
import type { NewEvent } from "../events/event.js";
import type { NewTask, Task, TaskChange, TaskState } from "../tasks/task.js";

export interface TaskFilter {
  readonly deviceId?: string;
  readonly states?: readonly TaskState[];
  /** Tasks created before this one (ids sort by age): newest first. */
  readonly beforeId?: string;
  readonly limit: number;
}

export interface TaskStore {
  /** Adds a queued task. "unknown-device"; "too-many": TASK_LIMITS.openPerDeviceMax are open. */
  add(task: NewTask, events: readonly NewEvent[]): Promise<Task | "unknown-device" | "too-many">;
  get(id: string): Promise<Task | undefined>;
  /** Newest first. */
  list(filter: TaskFilter): Promise<readonly Task[]>;
  /** Open tasks of a device in the order in which they are to be looked at: unknown first (oldest first), then awaiting-device, then queued by priority (high first) and age. */
  open(deviceId: string): Promise<readonly Task[]>;
  /**
   * One transition, if the task is still at `revision` and (when `lease` is given) the device's lease is still that one.
   * "fenced": a newer session has taken over. "stale": the task moved on. Nothing is stored then.
   */
  change(id: string, revision: number, change: TaskChange, options: ChangeOptions): Promise<Task | "stale" | "fenced">;
  /** Queued tasks whose expiresAtMs has passed, and awaiting-device or unknown ones whose settleByMs has passed; oldest first. */
  due(nowMs: number, limit: number): Promise<readonly Task[]>;
  /** Removes finished tasks that were created before `beforeMs`, the oldest first, at most `limit` of each final state. Returns how many. */
  prune(beforeMs: number, limit: number): Promise<number>;
  /** The earliest time at which `due` will return something it does not return at `nowMs`; undefined: nothing is timed. */
  nextDueMs(nowMs: number): Promise<number | undefined>;
}

export interface ChangeOptions {
  readonly lease?: number;
  readonly events: readonly NewEvent[];
}
