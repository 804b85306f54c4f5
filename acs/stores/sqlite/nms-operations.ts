/**
 * Writes a message of a voice-signalled gateway: what it told, what it settles, what its answer carries.
 * Layer: stores (sqlite, writer thread).
 */
import type { Writer } from "../../../common/sqlite/operation.js";
import type { Task } from "../../tasks/task.js";
import type { NmsMessageRecord, NmsReceipt, TaskStep } from "../nms-store.js";
import { type DeviceState, deviceWriter } from "./device-writer.js";
import { eventWriter } from "./event-writer.js";
import { withChanged } from "./inform-operations.js";
import { taskWriter } from "./task-writer.js";
import { treeWriter } from "./tree-writer.js";

export function recordNmsMessage(writer: Writer) {
  const devices = deviceWriter(writer);
  const append = eventWriter(writer);
  const tree = treeWriter(writer);
  const tasks = taskWriter(writer);
  const save = deviceSaver(writer);

  function current(deviceId: string, { id, revision }: TaskStep): Task | undefined {
    const task = tasks.get(id);
    return task?.deviceId === deviceId && task.revision === revision ? task : undefined;
  }

  function carryOut(record: NmsMessageRecord, state: DeviceState): readonly Task[] {
    const changed = record.changes.map((step) => {
      const task = current(record.deviceId, step);
      if (task === undefined) throw new Error("a task that was current is not"); // all were looked at before, in this transaction
      return tasks.change(task, step.change, state);
    });
    if (record.added === undefined) return changed;
    const { task, change } = record.added;
    return [...changed, tasks.change(tasks.add(state.number, task, state), change, state)];
  }

  return (record: NmsMessageRecord): NmsReceipt | "stale" | "refused" => {
    const state = devices.state(record.deviceId);
    if (state === undefined || state.isQuarantined) return "refused";
    if (record.changes.some((step) => current(record.deviceId, step) === undefined)) return "stale";
    if (record.isFirstContact) tree.forgetAll(state);
    let changed = 0;
    for (const telling of record.tellings) changed += tree.merge(state, { ...telling, atMs: record.atMs, readTimes: "coarse" }).changed;
    const settled = carryOut(record, state);
    save(record, state);
    append(withChanged(record.events, changed));
    return { tasks: settled };
  };
}

function deviceSaver(writer: Writer) {
  const devices = deviceWriter(writer);
  const heard = writer.prepare(
    `UPDATE devices SET manufacturer = @manufacturer, root = @root, last_inform_at_ms = @atMs, protocol = 'nms',
       awaits_first_contact = awaits_first_contact AND NOT @isFirstContact WHERE number = @number`,
  );
  const registered = writer.prepare(
    "UPDATE devices SET nms_registered_at_ms = ?, nms_registrations = nms_registrations + 1 WHERE number = ?",
  );
  const requested = writer.prepare(
    `UPDATE devices SET nms_requests = nms_requests + 1, lease = lease + 1, wake_state = 'idle', wake_attempts = 0, wake_reason = '',
       wake_next_try_at_ms = NULL WHERE number = ?`,
  );
  return ({ kind, manufacturer, root, atMs, isFirstContact }: NmsMessageRecord, state: DeviceState): void => {
    devices.save(state);
    heard.run({ manufacturer, root, atMs, isFirstContact: Number(isFirstContact), number: state.number });
    if (kind === "registration") registered.run(atMs, state.number);
    else requested.run(state.number);
  };
}
