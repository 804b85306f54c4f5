/**
 * Writes of the device store that replace a device's password: prepared, adopted, dropped.
 * Spec: docs/decisions/0011-per-device-secrets.md. Layer: stores (sqlite, writer thread).
 */
import type { Writer } from "../../../common/sqlite/operation.js";
import type { Device, PendingPassword } from "../../devices/device.js";
import type { NewEvent } from "../../events/event.js";
import type { TaskChange } from "../../tasks/task.js";
import { taskChanged } from "../../tasks/task-event.js";
import type { FactoryExpectation, PasswordUse } from "../device-store.js";
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
  const set = pendingPasswordWriter(writer);
  return ({ id, lease, pending, events }: PreparePassword): Device | "fenced" => {
    const state = devices.state(id);
    const device = devices.get(id);
    if (state === undefined || device === undefined || state.lease !== lease) return "fenced";
    if (device.pendingPassword?.isFactory === false) return device;
    set(id, state.number, pending);
    append(events);
    return devices.get(id) ?? "fenced";
  };
}

/** The user name is left out if another device has it. */
function pendingPasswordWriter(writer: Writer): (id: string, number: number, pending: PendingPassword) => void {
  const taken = writer.prepare("SELECT 1 FROM devices WHERE (username = @username OR pending_username = @username) AND id <> @id");
  const set = writer.prepare(
    `UPDATE devices SET pending_password = @password, pending_username = @username, pending_since_ms = @sinceMs,
       pending_is_factory = @isFactory WHERE number = @number`,
  );
  return (id, number, { password, username, sinceMs, isFactory }) => {
    const isFree = username !== null && taken.get({ username, id }) === undefined;
    set.run({ password, username: isFree ? username : null, sinceMs, isFactory: Number(isFactory), number });
  };
}

export function expectFactoryPassword(writer: Writer) {
  const devices = deviceWriter(writer);
  const append = eventWriter(writer);
  const set = pendingPasswordWriter(writer);
  const forget = writer.prepare(`${FORGET_PENDING} AND pending_is_factory = 1`);
  return ({ id, atMs, expected, overrides, events }: FactoryExpectation): Device | "not-known" | "password-pending" => {
    const state = devices.state(id);
    const device = devices.get(id);
    if (state === undefined || device === undefined) return "not-known";
    const { factoryCredentials, pendingPassword, username } = device;
    if (!expected) {
      if (forget.run(state.number) > 0) append(events);
      return devices.get(id) ?? "not-known";
    }
    if (factoryCredentials === null) return "not-known";
    if (pendingPassword?.isFactory === false && !overrides) return "password-pending";
    const ofFactory = factoryCredentials.username === username ? null : factoryCredentials.username;
    set(id, state.number, { password: factoryCredentials.password, username: ofFactory, isFactory: true, sinceMs: atMs });
    append(events);
    return devices.get(id) ?? "not-known";
  };
}

export const FORGET_PENDING = `UPDATE devices SET pending_password = NULL, pending_username = NULL, pending_since_ms = NULL, pending_is_factory = 0
   WHERE number = ?`;

export interface AdoptPassword {
  readonly id: string;
  readonly used: PasswordUse;
  readonly events: readonly NewEvent[];
}

export function adoptPassword(writer: Writer) {
  const devices = deviceWriter(writer);
  const append = eventWriter(writer);
  const adopt = writer.prepare(
    `UPDATE devices SET username = @username, password = pending_password, password_is_factory = pending_is_factory,
       factory_username = CASE WHEN password_is_factory THEN username ELSE factory_username END,
       factory_password = CASE WHEN password_is_factory THEN password ELSE factory_password END,
       pending_password = NULL, pending_username = NULL, pending_since_ms = NULL, pending_is_factory = 0
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
  const forget = writer.prepare(FORGET_PENDING);
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
