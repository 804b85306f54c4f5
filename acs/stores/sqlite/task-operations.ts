/**
 * Writes of the task store.
 * Layer: stores (sqlite, writer thread).
 */
import type { Writer } from "../../../common/sqlite/operation.js";
import type { NewEvent } from "../../events/event.js";
import { FINAL_STATES, type NewTask, TASK_LIMITS, type Task, type TaskChange } from "../../tasks/task.js";
import type { ChangeOptions } from "../task-store.js";
import { deviceWriter } from "./device-writer.js";
import { eventWriter } from "./event-writer.js";
import { taskWriter } from "./task-writer.js";

export function addTask(writer: Writer) {
  const devices = deviceWriter(writer);
  const tasks = taskWriter(writer);
  const append = eventWriter(writer);
  return ({ task, events }: { readonly task: NewTask; readonly events: readonly NewEvent[] }): Task | "unknown-device" | "too-many" => {
    const state = devices.state(task.deviceId);
    if (state === undefined) return "unknown-device";
    if (state.openTasks >= TASK_LIMITS.openPerDeviceMax) return "too-many";
    const added = tasks.add(state.number, task, state);
    devices.save(state);
    append(events);
    return added;
  };
}

/** Only the oldest are looked at: a pruning that finds nothing reads no more than `limit` rows of each final state. */
export function pruneTasks(writer: Writer) {
  const remove = writer.prepare(
    "DELETE FROM tasks WHERE id IN (SELECT id FROM tasks WHERE state = @state ORDER BY id LIMIT @limit) AND created_at_ms < @beforeMs",
  );
  return ({ beforeMs, limit }: { readonly beforeMs: number; readonly limit: number }): number =>
    FINAL_STATES.reduce((removed, state) => removed + remove.run({ state, beforeMs, limit: Math.max(0, limit) }), 0);
}

export interface ChangeTask {
  readonly id: string;
  readonly revision: number;
  readonly change: TaskChange;
  readonly options: ChangeOptions;
}

export function changeTask(writer: Writer) {
  const devices = deviceWriter(writer);
  const tasks = taskWriter(writer);
  const append = eventWriter(writer);
  return ({ id, revision, change, options }: ChangeTask): Task | "stale" | "fenced" => {
    const task = tasks.get(id);
    const state = task === undefined ? undefined : devices.state(task.deviceId);
    if (task === undefined || state === undefined) return "stale";
    if (options.lease !== undefined && options.lease !== state.lease) return "fenced";
    if (task.revision !== revision) return "stale";
    const changed = tasks.change(task, change, state);
    devices.save(state);
    append(options.events);
    return changed;
  };
}
