/**
 * What devices and models took, in SQLite.
 * Layer: stores (SQLite adapter).
 */
import type { EventMemoryStore } from "../event-memory-store.js";
import type { BridgeDatabase } from "./bridge-database.js";

export function createEventMemoryStore(database: BridgeDatabase): EventMemoryStore {
  const find = database.queries.prepare<{ readonly event: string }>("SELECT event FROM event_memory WHERE key = ?");
  return {
    recall: (keys) => database.read(() => keys.map((key) => find.get(key)?.event).find((event) => event !== undefined)),
    remember: (keys, event, nowMs) => database.write("rememberEvent", { keys, event, nowMs }),
  };
}
