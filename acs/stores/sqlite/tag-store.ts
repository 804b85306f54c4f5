/**
 * TagStore on SQLite.
 * Layer: stores (sqlite).
 */
import type { Database } from "../../../common/sqlite/database.js";
import type { TagStore } from "../tag-store.js";
import type { AcsOperations } from "./operations.js";

export function sqliteTagStore(database: Database<AcsOperations>): TagStore {
  const { queries } = database;
  const ofDevice = queries.prepare<{ tag: string }>(
    "SELECT tag FROM device_tags WHERE device = (SELECT number FROM device_numbers WHERE id = ?) ORDER BY tag",
  );
  const ofTag = queries.prepare<{ id: string }>("SELECT id FROM device_tags WHERE tag = @tag AND id > @afterId ORDER BY id LIMIT @limit");
  return {
    set: (deviceId, tags) => database.write("setTags", { deviceId, tags }),
    of: (ids) => database.snapshot(() => new Map(ids.map((id) => [id, ofDevice.all(id).map(({ tag }) => tag)]))),
    devices: (tag, { afterId = "", limit }) =>
      database.read(() => ofTag.all({ tag, afterId, limit: Math.max(0, limit) }).map(({ id }) => id)),
  };
}
