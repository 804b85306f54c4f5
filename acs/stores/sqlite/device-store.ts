/**
 * DeviceStore on SQLite: reads on the calling thread, writes through the writer.
 * Layer: stores (sqlite).
 */
import type { Database } from "../../../common/sqlite/database.js";
import { deviceId } from "../../devices/device.js";
import type { DeviceChange, DeviceStore } from "../device-store.js";
import { DEVICE_COLUMNS, type DeviceRow, type DeviceTuple, deviceOf, rowOf } from "./device-row.js";
import type { AcsOperations } from "./operations.js";
import { treeReader } from "./tree-reader.js";

const changesCredentials = ({ password, passwordIsFactory, dropsPendingPassword }: DeviceChange): boolean =>
  password !== undefined || passwordIsFactory !== undefined || dropsPendingPassword !== undefined;

export function sqliteDeviceStore(database: Database<AcsOperations>): DeviceStore {
  const { queries } = database;
  const listeners = new Set<{ readonly tell: (id: string) => void }>();
  const changed = (id: string): void => {
    for (const { tell } of listeners) tell(id);
  };
  const joined = `SELECT ${DEVICE_COLUMNS} FROM device_numbers JOIN devices ON devices.number = device_numbers.number`;
  const get = queries.prepareTuples<DeviceTuple>(`${joined} WHERE device_numbers.id = ?`);
  // One after the other: an OR would look into both indexes each time.
  const byUsername = queries.prepareTuples<DeviceTuple>(`SELECT ${DEVICE_COLUMNS} FROM devices WHERE username = ?`);
  const byPendingUsername = queries.prepareTuples<DeviceTuple>(`SELECT ${DEVICE_COLUMNS} FROM devices WHERE pending_username = ?`);
  const list = queries.prepare<DeviceRow>(`${joined} WHERE device_numbers.id > ? ORDER BY device_numbers.id LIMIT ?`);
  const needingWake = queries.prepare<DeviceRow>(
    `SELECT ${DEVICE_COLUMNS} FROM devices WHERE (waking_tasks > 0 OR wake_state <> 'idle') AND id > ? ORDER BY id LIMIT ?`,
  );
  const tree = treeReader(queries);
  const known = (tuple: DeviceTuple | undefined) => (tuple === undefined ? undefined : deviceOf(rowOf(tuple)));
  return {
    register: (device, events) => database.write("registerDevice", { id: deviceId(device.identity), device, events }),
    async remove(id, events) {
      const removed = await database.write("removeDevice", { id, events });
      if (removed === "removed") changed(id);
      return removed;
    },
    get: (id) => database.read(() => known(get.get(id))),
    byUsername: (username) => database.read(() => known(byUsername.get(username) ?? byPendingUsername.get(username))),
    list: ({ afterId, limit }) => database.read(() => list.all(afterId ?? "", Math.max(0, limit)).map(deviceOf)),
    async update(id, change, events = []) {
      const updated = await database.write("updateDevice", { id, change, events });
      if (typeof updated === "object" && changesCredentials(change)) changed(id);
      return updated;
    },
    preparePassword: (id, lease, pending, events) => database.write("preparePassword", { id, lease, pending, events }),
    async adoptPassword(id, used, events) {
      const adopted = await database.write("adoptPassword", { id, used, events });
      if (adopted !== "stale") changed(id);
      return adopted;
    },
    expectFactoryPassword: (expectation) => database.write("expectFactoryPassword", expectation),
    onCredentialsChanged(tell) {
      const listener = { tell };
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    recordInform: (record) => database.write("recordInform", record),
    recordTold: (record) => database.write("recordTold", record),
    recordNotified: (record) => database.write("recordNotified", record),
    tree: (id, path, page) => database.snapshot(() => tree.list(id, path, page)),
    names: (id, path) => database.snapshot(() => tree.names(id, path)),
    entries: (id, names) => database.snapshot(() => tree.entries(id, names)),
    setWake: (id, expected, wake, events, signal) =>
      database.write("setWake", { id, expected, wake, events, signalledAtMs: signal?.atMs ?? null }),
    needingWake: ({ afterId, limit }) => database.read(() => needingWake.all(afterId ?? "", Math.max(0, limit)).map(deviceOf)),
  };
}
