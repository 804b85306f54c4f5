/**
 * TaskStore on SQLite.
 * Layer: stores (sqlite).
 */
import type { Database } from "../../../common/sqlite/database.js";
import type { Queries } from "../../../common/sqlite/queries.js";
import { FINAL_STATES, type Task } from "../../tasks/task.js";
import type { TaskFilter, TaskStore } from "../task-store.js";
import type { AcsOperations } from "./operations.js";
import { OPEN_STATES, TASK_COLUMNS, type TaskRow, taskOf } from "./task-row.js";

/** Greater than every task id: ids are ASCII. */
const AFTER_ALL_IDS = "\uffff";
const ALL_STATES = [...OPEN_STATES, ...FINAL_STATES];
const DEVICE_NUMBER = "(SELECT number FROM device_numbers WHERE id = @deviceId)";
const OPEN_STATES_SQL = OPEN_STATES.map((state) => `'${state}'`).join(", ");
const SELECT_TASKS = `SELECT ${TASK_COLUMNS} FROM tasks JOIN devices ON devices.number = tasks.device`;

export function sqliteTaskStore(database: Database<AcsOperations>): TaskStore {
  const { queries } = database;
  const get = queries.prepare<TaskRow>(`${SELECT_TASKS} WHERE tasks.id = ?`);
  const due = queries.prepare<TaskRow>(`${SELECT_TASKS} WHERE due_ms <= ? ORDER BY due_ms, tasks.id LIMIT ?`);
  const nextDue = queries.prepare<{ due_ms: number }>("SELECT due_ms FROM tasks WHERE due_ms > ? ORDER BY due_ms LIMIT 1");
  const list = taskLists(queries);
  const open = openTasks(queries);
  const anyOpen = queries.prepare(`SELECT 1 FROM tasks WHERE device = ${DEVICE_NUMBER} AND state IN (${OPEN_STATES_SQL}) LIMIT 1`);
  /** Most sessions find nothing to do: they pay for one look-up, not for a snapshot. */
  const hasOpen = (deviceId: string): Promise<boolean> => database.read(() => anyOpen.get({ deviceId }) !== undefined);
  return {
    add: (task, events) => database.write("addTask", { task, events }),
    get: (id) =>
      database.read(() => {
        const row = get.get(id);
        return row === undefined ? undefined : taskOf(row);
      }),
    list: (filter) => database.snapshot(() => list(filter)),
    open: async (deviceId) => ((await hasOpen(deviceId)) ? database.snapshot(() => open(deviceId)) : []),
    change: (id, revision, change, options) => database.write("changeTask", { id, revision, change, options }),
    prune: (beforeMs, limit) => database.write("pruneTasks", { beforeMs, limit }),
    due: (nowMs, limit) => database.read(() => due.all(nowMs, Math.max(0, limit)).map(taskOf)),
    nextDueMs: (nowMs) => database.read(() => nextDue.get(nowMs)?.due_ms),
  };
}

/** The newest of each state come from an index, already in order, and are merged: no listing reads more than it shows per state. */
function taskLists(queries: Queries): (filter: TaskFilter) => readonly Task[] {
  const newest = "tasks.id < @beforeId ORDER BY tasks.id DESC LIMIT @limit";
  const ofAll = queries.prepare<TaskRow>(`${SELECT_TASKS} WHERE ${newest}`);
  const ofState = queries.prepare<TaskRow>(`${SELECT_TASKS} WHERE state = @state AND ${newest}`);
  const ofDevice = queries.prepare<TaskRow>(`${SELECT_TASKS} WHERE tasks.device = ${DEVICE_NUMBER} AND state = @state AND ${newest}`);
  return ({ deviceId, states, beforeId = AFTER_ALL_IDS, limit: limitAsked }) => {
    const limit = Math.max(0, limitAsked);
    if (deviceId === undefined && states === undefined) return ofAll.all({ beforeId, limit }).map(taskOf);
    const rows = [...new Set(states ?? ALL_STATES)].flatMap((state) =>
      deviceId === undefined ? ofState.all({ beforeId, limit, state }) : ofDevice.all({ beforeId, limit, state, deviceId }),
    );
    return rows
      .sort((a, b) => (a.id < b.id ? 1 : -1))
      .slice(0, limit)
      .map(taskOf);
  };
}

function openTasks(queries: Queries): (deviceId: string) => readonly Task[] {
  const inState = queries.prepare<TaskRow>(`${SELECT_TASKS} WHERE tasks.device = ${DEVICE_NUMBER} AND state = @state ORDER BY tasks.id`);
  return (deviceId) =>
    OPEN_STATES.flatMap((state) => {
      const tasks = inState.all({ deviceId, state }).map(taskOf);
      return state === "queued" ? tasks.sort((a, b) => b.priority - a.priority) : tasks;
    });
}
