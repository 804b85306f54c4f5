/**
 * What the timeline says of a task's change.
 * Layer: tasks, pure.
 */
import type { NewEvent } from "../events/event.js";
import type { Task, TaskChange } from "./task.js";

export function taskChanged(task: Task, { atMs, to, reason, failure }: TaskChange): NewEvent {
  const data = { taskId: task.id, kind: task.order.kind, from: task.state, to, reason, ...(failure ? { failure } : {}) };
  return { atMs, kind: "task-changed", deviceId: task.deviceId, data };
}
