/**
 * Writes of the device store that replace a device's password: prepared, adopted, dropped.
 * Spec: docs/decisions/0011-per-device-secrets.md. Layer: stores (sqlite, writer thread).
 */
import type { Writer } from "../../../common/sqlite/operation.js";
import type { Device, PendingPassword } from "../../devices/device.js";
import type { NewEvent } from "../../events/event.js";
import type { TaskChange } from "../../tasks/task.js";
import { taskChanged } from "../../tasks/task-event.js";
import type { PasswordUse } from "../device-store.js";
import { deviceWriter } from "./device-writer.js";
import { eventWriter } from "./event-writer.js";
import { OPEN_STATES } from "./task-row.js";
import { taskWriter } from "./task-writer.js";

export interface PreparePassword {
  readonly id: string;
  readonly lease: number;
  readonly pending: PendingPassword;
  readonly events: readonly NewEvent[];
}

export function preparePassword(writer: Writer) {
  const devices = deviceWriter(writer);
  const append = eventWriter(writer);
  const taken = writer.prepare("SELECT 1 FROM devices WHERE (username = @username OR pending_username = @username) AND id <> @id");
  const set = writer.prepare(
    "UPDATE devices SET pending_password = @password, pending_username = @username, pending_since_ms = @sinceMs WHERE number = @number",
  );
  return ({ id, lease, pending, events }: PreparePassword): Device | "fenced" => {
    const state = devices.state(id);
    const device = devices.get(id);
    if (state === undefined || device === undefined || state.lease !== lease) return "fenced";
    if (device.pendingPassword !== null) return device;
    const isFree = pending.username !== null && taken.get({ username: pending.username, id }) === undefined;
    set.run({ ...pending, username: isFree ? pending.username : null, number: state.number });
    append(events);
    return devices.get(id) ?? "fenced";
  };
}

export interface AdoptPassword {
  readonly id: string;
  readonly used: PasswordUse;
  readonly events: readonly NewEvent[];
}

export function adoptPassword(writer: Writer) {
  const devices = deviceWriter(writer);
  const append = eventWriter(writer);
  const adopt = writer.prepare(
    `UPDATE devices SET username = @username, password = pending_password, password_is_factory = 0,
       pending_password = NULL, pending_username = NULL, pending_since_ms = NULL
     WHERE number = @number AND pending_password = @password AND @username IN (username, pending_username)`,
  );
  return ({ id, used, events }: AdoptPassword): Device | "stale" => {
    const number = devices.state(id)?.number ?? null;
    if (adopt.run({ ...used, number }) === 0) return "stale";
    append(events);
    return devices.get(id) ?? "stale";
  };
}

/** Forgets a pending password; no task may set one that was begun before. */
export function pendingPasswordDrop(writer: Writer): (id: string, atMs: number) => void {
  const devices = deviceWriter(writer);
  const tasks = taskWriter(writer);
  const append = eventWriter(writer);
  const forget = writer.prepare(
    "UPDATE devices SET pending_password = NULL, pending_username = NULL, pending_since_ms = NULL WHERE number = ?",
  );
  return (id, atMs) => {
    const state = devices.state(id);
    if (state === undefined) return;
    forget.run(state.number);
    const open = OPEN_STATES.flatMap((taskState) => tasks.inState(state.number, taskState));
    for (const task of open.filter(({ order }) => order.kind === "rotatePassword")) {
      const change: TaskChange = { atMs, to: "cancelled", reason: "the operator set another password" };
      tasks.change(task, change, state);
      append([taskChanged(task, change)]);
    }
    devices.save(state);
  };
}
