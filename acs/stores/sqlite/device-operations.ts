/**
 * Writes of the device store that concern the device itself.
 * Layer: stores (sqlite, writer thread).
 */
import type { Writer } from "../../../common/sqlite/operation.js";
import type { Device, WakeRecord } from "../../devices/device.js";
import type { NewEvent } from "../../events/event.js";
import type { DeviceChange, NewDevice } from "../device-store.js";
import { deviceWriter } from "./device-writer.js";
import { deviceNumbers, eventWriter } from "./event-writer.js";
import { FORGET_PENDING, pendingPasswordDrop } from "./password-operations.js";

export interface RegisterDevice {
  readonly id: string;
  readonly device: NewDevice;
  readonly events: readonly NewEvent[];
}

export function registerDevice(writer: Writer) {
  const devices = deviceWriter(writer);
  const numbers = deviceNumbers(writer);
  const append = eventWriter(writer);
  const taken = writer.prepare("SELECT 1 FROM devices WHERE username = @username OR pending_username = @username OR number = @number");
  const insert = writer.prepare(
    `INSERT INTO devices (number, id, oui, product_class, serial_number, username, password, connection_username, connection_password,
       password_is_factory, sip_address, registered_at_ms, protocol) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  return ({ id, device, events }: RegisterDevice): Device | "exists" => {
    if (taken.get({ username: device.username, number: numbers.known(id) ?? null }) !== undefined) return "exists";
    const { oui, productClass, serialNumber } = device.identity;
    const secrets = [device.username, device.password, device.connectionRequest.username, device.connectionRequest.password] as const;
    const isFactory = Number(device.passwordIsFactory);
    const rest = [device.sipAddress, device.registeredAtMs, device.protocol ?? "cwmp"] as const;
    insert.run(numbers.give(id), id, oui, productClass, serialNumber, ...secrets, isFactory, ...rest);
    append(events);
    return devices.get(id) ?? "exists";
  };
}

export function removeDevice(writer: Writer) {
  const devices = deviceWriter(writer);
  const append = eventWriter(writer);
  const ownTables = [
    "parameters",
    "tellings",
    "tasks",
    "diagnoses",
    "device_rungs",
    "udp_bindings",
    "notification_marks",
    "received_files",
    "device_tags",
  ];
  const removals = [...ownTables.map((table) => `${table} WHERE device`), "devices WHERE number"].map((what) =>
    writer.prepare(`DELETE FROM ${what} = ?`),
  );
  return ({ id, events }: { readonly id: string; readonly events: readonly NewEvent[] }): "removed" | "unknown" => {
    const state = devices.state(id);
    if (state === undefined) return "unknown";
    for (const removal of removals) removal.run(state.number);
    append(events);
    return "removed";
  };
}

export interface UpdateDevice {
  readonly id: string;
  readonly change: DeviceChange;
  readonly events: readonly NewEvent[];
}

export function updateDevice(writer: Writer) {
  const devices = deviceWriter(writer);
  const numbers = deviceNumbers(writer);
  const append = eventWriter(writer);
  const drop = pendingPasswordDrop(writer);
  const set = writer.prepare(
    `UPDATE devices SET password = coalesce(@password, password), password_is_factory = coalesce(@isFactory, password_is_factory)
     WHERE number = @number`,
  );
  const forget = writer.prepare(FORGET_PENDING);
  const setSipAddress = writer.prepare("UPDATE devices SET sip_address = ? WHERE number = ?");
  return ({ id, change, events }: UpdateDevice): Device | "password-pending" | undefined => {
    const number = numbers.known(id);
    const device = devices.get(id);
    if (number === undefined || device === undefined) return undefined;
    const { password, passwordIsFactory = password === undefined ? undefined : false, dropsPendingPassword, sipAddress } = change;
    const { pendingPassword } = device;
    if (pendingPassword?.isFactory === false && password !== undefined && dropsPendingPassword === undefined) return "password-pending";
    if (dropsPendingPassword !== undefined) drop(id, dropsPendingPassword.atMs);
    // What the operator says the device has is what it has, reset or not.
    else if (pendingPassword !== null && password !== undefined) forget.run(number);
    set.run({ number, password: password ?? null, isFactory: passwordIsFactory === undefined ? null : Number(passwordIsFactory) });
    if (sipAddress !== undefined) setSipAddress.run(sipAddress, number);
    append(events);
    return devices.get(id);
  };
}

export interface SetWake {
  readonly id: string;
  readonly expected: Pick<WakeRecord, "state" | "attempts">;
  readonly wake: WakeRecord;
  readonly events: readonly NewEvent[];
  /** The device is being signalled (voice-signalled management). null: no news of that. */
  readonly signalledAtMs: number | null;
}

export function setWake(writer: Writer) {
  const numbers = deviceNumbers(writer);
  const append = eventWriter(writer);
  const set = writer.prepare(
    `UPDATE devices SET wake_state = @state, wake_attempts = @attempts, wake_reason = @reason, wake_next_try_at_ms = @nextTryAtMs,
       nms_registrations = iif(@signalledAtMs IS NULL, nms_registrations, 0),
       nms_signalled_at_ms = coalesce(@signalledAtMs, nms_signalled_at_ms)
     WHERE number = @number AND wake_state = @expectedState AND wake_attempts = @expectedAttempts AND (quarantine IS NULL OR @state = 'idle')`,
  );
  return ({ id, expected, wake, events, signalledAtMs }: SetWake): "stored" | "stale" => {
    const number = numbers.known(id) ?? null;
    const was = { expectedState: expected.state, expectedAttempts: expected.attempts };
    if (set.run({ ...wake, ...was, number, signalledAtMs }) === 0) return "stale";
    append(events);
    return "stored";
  };
}
