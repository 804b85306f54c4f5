/**
 * A task as a row.
 * Layer: stores (sqlite).
 */
import type { SqlValue } from "../../../common/sqlite/queries.js";
import { TASK_LIMITS, type Task, type TaskState } from "../../tasks/task.js";

export interface TaskRow {
  readonly id: string;
  readonly device_id: string;
  readonly state: TaskState;
  readonly revision: number;
  readonly priority: number;
  readonly created_at_ms: number;
  readonly expires_at_ms: number | null;
  readonly settle_by_ms: number | null;
  readonly sends: number;
  readonly sent_at_ms: number | null;
  readonly task_order: string;
  readonly failure: string;
  readonly transitions: string;
  readonly result: string;
  readonly progress: string | null;
}

/** Of `tasks` joined with `devices`. */
export const TASK_COLUMNS = `tasks.id, devices.id AS device_id, state, revision, priority, created_at_ms, expires_at_ms, settle_by_ms,
  sends, sent_at_ms, task_order, failure, transitions, result, progress`;

export const taskOf = (row: TaskRow): Task => ({
  id: row.id,
  deviceId: row.device_id,
  order: JSON.parse(row.task_order),
  state: row.state,
  revision: row.revision,
  priority: row.priority,
  createdAtMs: row.created_at_ms,
  expiresAtMs: row.expires_at_ms,
  settleByMs: row.settle_by_ms,
  sends: row.sends,
  sentAtMs: row.sent_at_ms,
  failure: JSON.parse(row.failure),
  transitions: JSON.parse(row.transitions),
  result: JSON.parse(row.result),
  progress: row.progress === null ? null : JSON.parse(row.progress),
});

/** Named values for the columns that a transition changes; `id` too. */
export const changedColumns = (task: Task): Readonly<Record<string, SqlValue>> => ({
  id: task.id,
  state: task.state,
  revision: task.revision,
  settle_by_ms: task.settleByMs,
  due_ms: dueMs(task),
  sends: task.sends,
  sent_at_ms: task.sentAtMs,
  failure: JSON.stringify(task.failure),
  transitions: JSON.stringify(task.transitions),
  result: boundedJson(task.result),
  progress: task.progress === null ? null : JSON.stringify(task.progress),
});

export const createdColumns = (task: Task, device: number): Readonly<Record<string, SqlValue>> => ({
  ...changedColumns(task),
  device,
  kind: task.order.kind,
  priority: task.priority,
  created_at_ms: task.createdAtMs,
  expires_at_ms: task.expiresAtMs,
  task_order: JSON.stringify(task.order),
});

/** When the clock has something to do with a task in this state. */
const dueMs = ({ state, expiresAtMs, settleByMs }: Task): number | null => (state === "queued" ? expiresAtMs : settleByMs);

/** What is too long to keep is said to be so: a task never grows the store without bound. */
function boundedJson(result: unknown): string {
  const json = JSON.stringify(result) ?? "null";
  return json.length <= TASK_LIMITS.resultCharactersMax ? json : JSON.stringify({ truncated: true, characters: json.length });
}

export const isOpen = (state: TaskState): boolean => OPEN_STATES.includes(state);

/** In the order in which they are looked at; `sent` last: such a task is in the hands of the running session. */
export const OPEN_STATES: readonly TaskState[] = ["unknown", "awaiting-device", "queued", "sent"];
