/**
 * Writes of the event store.
 * Layer: stores (sqlite, writer thread).
 */
import type { Writer } from "../../../common/sqlite/operation.js";
import type { NewEvent, StoredEvent } from "../../events/event.js";
import { eventWriter } from "./event-writer.js";

export const appendEvents =
  (writer: Writer) =>
  ({ events }: { readonly events: readonly NewEvent[] }): readonly StoredEvent[] =>
    eventWriter(writer)(events);

/** Looks at the oldest `limit` events only, so that it never reads through all of them. */
export function pruneEvents(writer: Writer) {
  const remove = writer.prepare("DELETE FROM events WHERE id IN (SELECT id FROM events ORDER BY id LIMIT ?) AND at_ms < ?");
  return ({ beforeMs, limit }: { readonly beforeMs: number; readonly limit: number }): number => remove.run(Math.max(0, limit), beforeMs);
}
