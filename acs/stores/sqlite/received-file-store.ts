/**
 * ReceivedFileStore on SQLite.
 * Layer: stores (sqlite).
 */
import type { Database } from "../../../common/sqlite/database.js";
import type { DroppedFile, ReceivedFile, ReceivedFileStore } from "../received-file-store.js";
import type { AcsOperations } from "./operations.js";

/** Greater than every id: ids are ASCII. */
const AFTER_ALL_IDS = "\uffff";
const SELECT_FILES = `SELECT received_files.id, device_numbers.id AS deviceId, task AS taskId, file_type AS fileType, size_bytes AS sizeBytes,
  sha256, content_coding AS contentCoding, received_at_ms AS receivedAtMs
  FROM received_files JOIN device_numbers ON device_numbers.number = received_files.device`;

export function sqliteReceivedFileStore(database: Database<AcsOperations>): ReceivedFileStore {
  const { queries } = database;
  const get = queries.prepare<ReceivedFile>(`${SELECT_FILES} WHERE received_files.id = ?`);
  const ofTask = queries.prepare<ReceivedFile>(`${SELECT_FILES} WHERE task = ?`);
  const ofDevice = queries.prepare<ReceivedFile>(
    `${SELECT_FILES} WHERE received_files.device = (SELECT number FROM device_numbers WHERE id = @deviceId) AND received_files.id < @beforeId
     ORDER BY received_files.id DESC LIMIT @limit`,
  );
  const all = queries.prepare<DroppedFile>("SELECT id, size_bytes AS sizeBytes FROM received_files ORDER BY id");
  return {
    add: (file, keptMax, events) => database.write("addReceivedFile", { file, keptMax, events }),
    get: (id) => database.read(() => get.get(id)),
    ofTask: (taskId) => database.read(() => ofTask.get(taskId)),
    list: (deviceId, { limit, beforeId = AFTER_ALL_IDS }) =>
      database.read(() => ofDevice.all({ deviceId, beforeId, limit: Math.max(0, limit) })),
    all: () => database.read(() => all.all()),
    remove: (id, events) => database.write("removeReceivedFile", { id, events }),
    prune: (beforeMs, limit) => database.write("pruneReceivedFiles", { beforeMs, limit }),
  };
}
