/**
 * QuarantineStore on SQLite.
 * Layer: stores (sqlite).
 */
import type { Database } from "../../../common/sqlite/database.js";
import type { QuarantineStore } from "../quarantine-store.js";
import { DEVICE_COLUMNS, type DeviceRow, deviceOf } from "./device-row.js";
import type { AcsOperations } from "./operations.js";

export function sqliteQuarantineStore(database: Database<AcsOperations>): QuarantineStore {
  const list = database.queries.prepare<DeviceRow>(
    `SELECT ${DEVICE_COLUMNS} FROM devices
     WHERE quarantine IS NOT NULL AND (@reason IS NULL OR quarantine = @reason) AND id > @afterId ORDER BY id LIMIT @limit`,
  );
  return {
    list: ({ reason, afterId = "", limit }) => database.read(() => list.all({ reason, afterId, limit: Math.max(0, limit) }).map(deviceOf)),
    quarantine: (id, quarantine, events) => database.write("quarantineDevice", { id, quarantine, events }),
    recordCall: (id, atMs, events) => database.write("recordQuarantinedCall", { id, atMs, events }),
    release: (id, reason, events) => database.write("releaseDevice", { id, reason, events }),
    setSharedIdentity: (id, shared, events) => database.write("setSharedIdentity", { id, shared, events }),
  };
}
