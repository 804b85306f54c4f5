/**
 * FileStore and SettingsStore on SQLite: both are small tables.
 * Layer: stores (sqlite).
 */
import type { Database } from "../../../common/sqlite/database.js";
import type { CatalogueFile, FileStore } from "../file-store.js";
import type { SettingsStore } from "../settings-store.js";
import type { AcsOperations } from "./operations.js";

const FILE_COLUMNS = `id, name, file_type AS fileType, model, version, size_bytes AS sizeBytes, sha256, added_at_ms AS addedAtMs,
  applies_to AS appliesTo, release_note AS releaseNote`;

type FileRow = Omit<CatalogueFile, "appliesTo"> & { readonly appliesTo: string };

const fileOf = (row: FileRow): CatalogueFile => ({ ...row, appliesTo: JSON.parse(row.appliesTo) as readonly string[] });

export function sqliteFileStore(database: Database<AcsOperations>): FileStore {
  const { queries } = database;
  const get = queries.prepare<FileRow>(`SELECT ${FILE_COLUMNS} FROM files WHERE id = ?`);
  const list = queries.prepare<FileRow>(`SELECT ${FILE_COLUMNS} FROM files ORDER BY name, id`);
  const wanted = queries.prepare<{ version: string }>("SELECT version FROM wanted_versions WHERE model = ?");
  const allWanted = queries.prepare<{ model: string; version: string }>("SELECT model, version FROM wanted_versions ORDER BY model");
  return {
    add: (file, events) => database.write("addFile", { file, events }),
    get: (id) =>
      database.read(() => {
        const row = get.get(id);
        return row === undefined ? undefined : fileOf(row);
      }),
    list: () => database.read(() => list.all().map(fileOf)),
    remove: (id, events) => database.write("removeFile", { id, events }),
    setWantedVersion: (model, version) => database.write("setWantedVersion", { model, version }),
    wantedVersion: (model) => database.read(() => wanted.get(model)?.version),
    wantedVersions: () => database.read(() => allWanted.all()),
  };
}

export function sqliteSettingsStore(database: Database<AcsOperations>): SettingsStore {
  const get = database.queries.prepare<{ value: string }>("SELECT value FROM settings WHERE name = ?");
  return {
    get: (name) => database.read(() => get.get(name)?.value),
    set: (name, value) => database.write("setSetting", { name, value }),
    setOnce: (name, value) => database.write("setSettingOnce", { name, value }),
  };
}
