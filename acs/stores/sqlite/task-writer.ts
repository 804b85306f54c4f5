/**
 * Adds and changes tasks in the transaction that is under way, and keeps the device's counts of them right.
 * Layer: stores (sqlite, writer thread).
 */
import { oncePerWriter, type Writer } from "../../../common/sqlite/operation.js";
import type { NewEvent } from "../../events/event.js";
import { type NewTask, TASK_LIMITS, type Task, type TaskChange, type TaskState, type TaskTransition } from "../../tasks/task.js";
import { changedColumns, createdColumns, isOpen, OPEN_STATES, TASK_COLUMNS, type TaskRow, taskOf } from "./task-row.js";

/** Characters of a transition's reason; a device's own words may be part of it. */
const REASON_CHARACTERS_MAX = 1_000;

const wantsWake = (state: TaskState): boolean => state === "queued" || state === "unknown";

/** How many tasks a device has; what a caller adds to the device's row. */
export interface TaskCounts {
  openTasks: number;
  wakingTasks: number;
}

export const taskWriter = oncePerWriter((writer: Writer) => {
  const get = writer.prepare<TaskRow>(`SELECT ${TASK_COLUMNS} FROM tasks JOIN devices ON devices.number = tasks.device WHERE tasks.id = ?`);
  const inState = writer.prepare<TaskRow & { kind: string }>(
    `SELECT ${TASK_COLUMNS}, kind FROM tasks JOIN devices ON devices.number = tasks.device WHERE tasks.device = ? AND state = ? ORDER BY tasks.id`,
  );
  const insert = writer.prepare(
    `INSERT INTO tasks (id, device, kind, state, revision, priority, created_at_ms, expires_at_ms, settle_by_ms, due_ms, sends, sent_at_ms,
       task_order, failure, transitions, result, progress)
     VALUES (@id, @device, @kind, @state, @revision, @priority, @created_at_ms, @expires_at_ms, @settle_by_ms, @due_ms, @sends, @sent_at_ms,
       @task_order, @failure, @transitions, @result, @progress)`,
  );
  const update = writer.prepare(
    `UPDATE tasks SET state = @state, revision = @revision, settle_by_ms = @settle_by_ms, due_ms = @due_ms, sends = @sends,
       sent_at_ms = @sent_at_ms, failure = @failure, transitions = @transitions, result = @result, progress = @progress
     WHERE id = @id`,
  );
  return {
    get(id: string): Task | undefined {
      const row = get.get(id);
      return row === undefined ? undefined : taskOf(row);
    },
    inState: (device: number, state: TaskState): readonly Task[] => inState.all(device, state).map(taskOf),
    open: (device: number): readonly Task[] => OPEN_STATES.flatMap((state) => inState.all(device, state)).map(taskOf),
    add(device: number, newTask: NewTask, counts: TaskCounts): Task {
      const task = created(newTask);
      insert.run(createdColumns(task, device));
      counts.openTasks++;
      counts.wakingTasks++;
      return task;
    },
    change(task: Task, change: TaskChange, counts: TaskCounts): Task {
      const next = changed(task, change);
      update.run(changedColumns(next));
      counts.openTasks += Number(isOpen(next.state)) - Number(isOpen(task.state));
      counts.wakingTasks += Number(wantsWake(next.state)) - Number(wantsWake(task.state));
      return next;
    },
  };
});

/** Adds a task of the ACS's own, unless the device has too many open ones. Returns the events of it. */
export function taskAdder(writer: Writer) {
  const tasks = taskWriter(writer);
  return (device: TaskCounts & { readonly number: number }, newTask: NewTask): readonly NewEvent[] => {
    if (device.openTasks >= TASK_LIMITS.openPerDeviceMax) return [];
    const { id, deviceId, order, priority, createdAtMs } = tasks.add(device.number, newTask, device);
    return [{ atMs: createdAtMs, kind: "task-created", deviceId, data: { taskId: id, kind: order.kind, priority } }];
  };
}

function created(task: NewTask): Task {
  return {
    ...task,
    state: "queued",
    revision: 0,
    settleByMs: null,
    sends: 0,
    sentAtMs: null,
    failure: null,
    result: null,
    progress: task.progress ?? null,
    transitions: [{ atMs: task.createdAtMs, to: "queued", reason: "created" }],
  };
}

function changed(task: Task, change: TaskChange): Task {
  const isTimed = isOpen(change.to) && change.to !== "queued";
  const settleByMs = change.settleByMs === undefined ? task.settleByMs : change.settleByMs;
  return {
    ...task,
    state: change.to,
    revision: task.revision + 1,
    settleByMs: isTimed ? settleByMs : null,
    sends: task.sends + (change.sends === true ? 1 : 0),
    sentAtMs: change.sends === true ? change.atMs : task.sentAtMs,
    failure: change.failure === undefined ? task.failure : change.failure,
    result: change.result === undefined ? task.result : change.result,
    progress: isOpen(change.to) ? (change.progress === undefined ? task.progress : change.progress) : null,
    transitions: change.to === task.state ? task.transitions : appended(task.transitions, transitionOf(change)),
  };
}

function transitionOf({ atMs, to, reason }: TaskChange): TaskTransition {
  return { atMs, to, reason: reason.slice(0, REASON_CHARACTERS_MAX) };
}

/** The first says where the task came from, the newest where it is; what is dropped lies between. */
function appended(transitions: readonly TaskTransition[], transition: TaskTransition): readonly TaskTransition[] {
  const all = [...transitions, transition];
  return all.length <= TASK_LIMITS.transitionsMax ? all : [...all.slice(0, 1), ...all.slice(all.length - TASK_LIMITS.transitionsMax + 1)];
}
