/**
 * Writes what a device took.
 * Layer: stores (SQLite adapter, writer thread).
 */
import type { Writer } from "../../../common/sqlite/operation.js";

export const EVENT_MEMORY_TABLE = `CREATE TABLE event_memory (
     key TEXT PRIMARY KEY,
     event TEXT NOT NULL,
     at_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX event_memory_by_age ON event_memory (at_ms);`;

const KEPT_MS = 400 * 86_400_000;
/** Each write takes that many old ones away: more than it adds. */
const PRUNED = 4;

export function rememberEvent(writer: Writer) {
  const put = writer.prepare("INSERT OR REPLACE INTO event_memory VALUES (?, ?, ?)");
  const prune = writer.prepare(
    "DELETE FROM event_memory WHERE key IN (SELECT key FROM event_memory WHERE at_ms < ? ORDER BY at_ms LIMIT ?)",
  );
  return ({ keys, event, nowMs }: { readonly keys: readonly string[]; readonly event: string; readonly nowMs: number }): void => {
    for (const key of keys) put.run(key, event, nowMs);
    prune.run(nowMs - KEPT_MS, PRUNED);
  };
}
