/**
 * Writes of the device store in a session: an Inform, and what the device tells after it.
 * Layer: stores (sqlite, writer thread).
 */
import type { Writer } from "../../../common/sqlite/operation.js";
import type { NewEvent } from "../../events/event.js";
import type { NewTask, TaskChange } from "../../tasks/task.js";
import { taskChanged } from "../../tasks/task-event.js";
import type { InformReceipt, InformRecord, ToldRecord } from "../device-store.js";
import { type DeviceState, deviceWriter } from "./device-writer.js";
import { diagnosticReads } from "./diagnostic-reads.js";
import { eventWriter } from "./event-writer.js";
import { taskAdder, taskWriter } from "./task-writer.js";
import { treeWriter } from "./tree-writer.js";

export function recordInform(writer: Writer) {
  const devices = deviceWriter(writer);
  const append = eventWriter(writer);
  const tree = treeWriter(writer);
  const losesSession = sessionLoss(writer);
  const addOwnTasks = ownTasks(writer);
  const addDiagnosticReads = diagnosticReads(writer);
  const save = writer.prepare(
    `UPDATE devices SET manufacturer = @manufacturer, root = coalesce(@root, root), cwmp_namespace = @cwmpNamespace, last_inform_at_ms = @atMs, protocol = 'cwmp',
       lease = @lease, awaits_first_contact = awaits_first_contact AND NOT @bootstrap, wake_state = 'idle', wake_attempts = 0,
       wake_reason = '', wake_next_try_at_ms = NULL, open_tasks = @openTasks, waking_tasks = @wakingTasks, parameters = @parameters,
       templates_brought = @templatesBrought, tellings = @tellings
     WHERE number = @number`,
  );
  return (record: InformRecord): InformReceipt | undefined => {
    const state = devices.state(record.deviceId);
    if (state === undefined || state.isQuarantined) return undefined;
    const { manufacturer, root, cwmpNamespace, atMs } = record;
    state.lease++;
    if (record.bootstrap) tree.forgetAll(state);
    const reads = addDiagnosticReads(state, record);
    const { changed, dropped } = tree.merge(state, { ...record, readTimes: "coarse" });
    const lost = losesSession(state, record);
    const added = [...reads, ...addOwnTasks(state, record.newTasks)];
    const { isQuarantined: _, ...counts } = state;
    save.run({ ...counts, manufacturer, root, cwmpNamespace, atMs, bootstrap: Number(record.bootstrap) });
    append(withChanged(record.events, changed));
    append([...lost.map(({ event }) => event), ...added]);
    return { lease: state.lease, changed, dropped, becameUnknown: lost.map(({ task }) => task.id), hasOpenTasks: state.openTasks > 0 };
  };
}

export function withChanged([first, ...others]: readonly NewEvent[], changed: number): readonly NewEvent[] {
  return first === undefined ? [] : [{ ...first, data: { ...first.data, changed } }, ...others];
}

/** The session before this one is over: nobody will learn from it what became of the task it had sent. */
function sessionLoss(writer: Writer) {
  const tasks = taskWriter(writer);
  return (state: DeviceState, { atMs, unknownSettleMs }: InformRecord) =>
    tasks.inState(state.number, "sent").map((task) => {
      const change: TaskChange = { to: "unknown", reason: "its session ended without an answer", atMs, settleByMs: atMs + unknownSettleMs };
      tasks.change(task, change, state);
      return { task, event: taskChanged(task, change) };
    });
}

/** Adds the ACS's own tasks, but never a second open one of a kind. Returns the events of those added. */
function ownTasks(writer: Writer) {
  const tasks = taskWriter(writer);
  const add = taskAdder(writer);
  return (state: DeviceState, newTasks: readonly NewTask[]): readonly NewEvent[] => {
    if (newTasks.length === 0) return [];
    const kinds = new Set(tasks.open(state.number).map(({ order }) => order.kind));
    return newTasks.flatMap((newTask) => {
      if (kinds.has(newTask.order.kind)) return [];
      kinds.add(newTask.order.kind);
      return add(state, newTask);
    });
  };
}

export function recordTold(writer: Writer) {
  const devices = deviceWriter(writer);
  const tasks = taskWriter(writer);
  const tree = treeWriter(writer);
  const append = eventWriter(writer);
  return (record: ToldRecord): { readonly changed: number; readonly dropped: number } | "fenced" | "stale" => {
    const state = devices.state(record.deviceId);
    if (state === undefined || state.lease !== record.lease) return "fenced";
    const task = record.task === undefined ? undefined : tasks.get(record.task.id);
    if (record.task !== undefined && (task?.deviceId !== record.deviceId || task.revision !== record.task.revision)) return "stale";
    const { completeUnder, gone: named = [] } = record;
    const gone = completeUnder === null ? named : [completeUnder, ...named];
    for (const path of gone) tree.forgetUntold(state, path, record.parameters);
    const merged = tree.merge(state, { ...record, readTimes: "exact" });
    if (task !== undefined && record.task !== undefined) tasks.change(task, record.task.change, state);
    devices.save(state);
    append(record.events);
    return merged;
  };
}
