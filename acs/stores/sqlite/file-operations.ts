/**
 * Writes of the file store and of the settings.
 * Layer: stores (sqlite, writer thread).
 */
import type { Writer } from "../../../common/sqlite/operation.js";
import type { NewEvent } from "../../events/event.js";
import type { CatalogueFile } from "../file-store.js";
import { eventWriter } from "./event-writer.js";

export function addFile(writer: Writer) {
  const append = eventWriter(writer);
  const insert = writer.prepare(
    `INSERT INTO files (id, name, file_type, model, version, size_bytes, sha256, added_at_ms, applies_to, release_note)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (file_type, model, version) DO NOTHING`,
  );
  return ({ file, events }: { readonly file: CatalogueFile; readonly events: readonly NewEvent[] }): "added" | "exists" => {
    const { id, name, fileType, model, version, sizeBytes, sha256, addedAtMs, appliesTo, releaseNote } = file;
    const told = [JSON.stringify(appliesTo), releaseNote] as const;
    if (insert.run(id, name, fileType, model, version, sizeBytes, sha256, addedAtMs, ...told) === 0) return "exists";
    append(events);
    return "added";
  };
}

export function removeFile(writer: Writer) {
  const append = eventWriter(writer);
  const remove = writer.prepare("DELETE FROM files WHERE id = ?");
  return ({ id, events }: { readonly id: string; readonly events: readonly NewEvent[] }): "removed" | "unknown" => {
    if (remove.run(id) === 0) return "unknown";
    append(events);
    return "removed";
  };
}

export function setWantedVersion(writer: Writer) {
  const set = writer.prepare(
    "INSERT INTO wanted_versions (model, version) VALUES (?, ?) ON CONFLICT (model) DO UPDATE SET version = excluded.version",
  );
  const remove = writer.prepare("DELETE FROM wanted_versions WHERE model = ?");
  return ({ model, version }: { readonly model: string; readonly version: string | null }): void => {
    if (version === null) remove.run(model);
    else set.run(model, version);
  };
}

interface Setting {
  readonly name: string;
  readonly value: string;
}

export function setSetting(writer: Writer) {
  const set = writer.prepare("INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value");
  return ({ name, value }: Setting): void => {
    set.run(name, value);
  };
}

export function setSettingOnce(writer: Writer) {
  const insert = writer.prepare("INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING");
  const get = writer.prepare<{ value: string }>("SELECT value FROM settings WHERE name = ?");
  return ({ name, value }: Setting): string => {
    insert.run(name, value);
    return get.get(name)?.value ?? value;
  };
}
