/**
 * The next version of notes-operations.ts: a column more.
 * Layer: test support (loaded by the writer thread).
 */
import type { Writer } from "../../../common/sqlite/operation.js";
import { migrations as first } from "./notes-operations.js";

export { applicationId } from "./notes-operations.js";
export const migrations = [
  ...first,
  "ALTER TABLE notes ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0; UPDATE notes SET pinned = 1 WHERE name = 'old'",
];

function pinned(writer: Writer) {
  const query = writer.prepare<{ name: string }>("SELECT name FROM notes WHERE pinned = 1");
  return (): readonly string[] => query.all().map(({ name }) => name);
}

export const operations = { pinned } as const;
export type NewerNoteOperations = typeof operations;
