/**
 * Writes of the received-file store.
 * Layer: stores (sqlite, writer thread).
 */
import type { Writer } from "../../../common/sqlite/operation.js";
import type { NewEvent } from "../../events/event.js";
import { awaitsFile } from "../../tasks/own-upload.js";
import type { DroppedFile, ReceivedFile } from "../received-file-store.js";
import { deviceNumbers, eventWriter } from "./event-writer.js";
import { taskWriter } from "./task-writer.js";

/** What a task under way has brought is not dropped: the task's end is judged by it. */
const NOT_AWAITED = "NOT EXISTS (SELECT 1 FROM tasks WHERE tasks.id = task AND state IN ('sent', 'awaiting-device', 'unknown'))";
const DROPPED = "id, size_bytes AS sizeBytes";

export interface AddReceivedFile {
  readonly file: ReceivedFile;
  readonly keptMax: number;
  readonly events: readonly NewEvent[];
}

export function addReceivedFile(writer: Writer) {
  const numbers = deviceNumbers(writer);
  const tasks = taskWriter(writer);
  const append = eventWriter(writer);
  const earlier = writer.prepare<DroppedFile>(`SELECT ${DROPPED} FROM received_files WHERE task = ?`);
  const beyond = writer.prepare<DroppedFile>(
    `SELECT ${DROPPED} FROM received_files WHERE device = ? AND file_type = ? AND ${NOT_AWAITED} ORDER BY id DESC LIMIT -1 OFFSET ?`,
  );
  const remove = writer.prepare("DELETE FROM received_files WHERE id = ?");
  const insert = writer.prepare(
    `INSERT INTO received_files (id, device, task, file_type, size_bytes, sha256, content_coding, received_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  return ({ file, keptMax, events }: AddReceivedFile): { replaced: boolean; dropped: readonly DroppedFile[] } | "over" => {
    const task = tasks.get(file.taskId);
    if (task === undefined || task.deviceId !== file.deviceId || !awaitsFile(task)) return "over";
    const device = numbers.give(file.deviceId);
    const replaced = earlier.all(file.taskId);
    for (const { id } of replaced) remove.run(id);
    // The new one is of a task under way, so it is not counted among those before it.
    const old = beyond.all(device, file.fileType, Math.max(0, keptMax - 1));
    for (const { id } of old) remove.run(id);
    const { id, taskId, fileType, sizeBytes, sha256, contentCoding, receivedAtMs } = file;
    insert.run(id, device, taskId, fileType, sizeBytes, sha256, contentCoding, receivedAtMs);
    append(events);
    return { replaced: replaced.length > 0, dropped: [...replaced, ...old] };
  };
}

export function removeReceivedFile(writer: Writer) {
  const append = eventWriter(writer);
  const get = writer.prepare<DroppedFile>(`SELECT ${DROPPED} FROM received_files WHERE id = ?`);
  const remove = writer.prepare("DELETE FROM received_files WHERE id = ?");
  return ({ id, events }: { readonly id: string; readonly events: readonly NewEvent[] }): DroppedFile | "unknown" => {
    const found = get.get(id);
    if (found === undefined) return "unknown";
    remove.run(id);
    append(events);
    return found;
  };
}

export function pruneReceivedFiles(writer: Writer) {
  const old = writer.prepare<DroppedFile>(
    `SELECT ${DROPPED} FROM received_files WHERE received_at_ms < ? AND ${NOT_AWAITED} ORDER BY received_at_ms LIMIT ?`,
  );
  const remove = writer.prepare("DELETE FROM received_files WHERE id = ?");
  return ({ beforeMs, limit }: { readonly beforeMs: number; readonly limit: number }): readonly DroppedFile[] => {
    const dropped = old.all(beforeMs, Math.max(0, limit));
    for (const { id } of dropped) remove.run(id);
    return dropped;
  };
}
