/**
 * EventStore on SQLite.
 * Layer: stores (sqlite).
 */
import type { Database } from "../../../common/sqlite/database.js";
import type { Queries } from "../../../common/sqlite/queries.js";
import type { StoredEvent } from "../../events/event.js";
import type { EventFilter, EventStore } from "../event-store.js";
import { ALL_KIND_CODES, type EventRow, eventOf, kindCode } from "./event-row.js";
import type { AcsOperations } from "./operations.js";

export type EventListener = (events: readonly StoredEvent[]) => void;

/** @param listeners Called by whoever opened the database, after each transaction with events. */
export function sqliteEventStore(database: Database<AcsOperations>, listeners: Set<EventListener>): EventStore {
  const { queries } = database;
  const newest = queries.prepare<{ id: number }>("SELECT id FROM events ORDER BY id DESC LIMIT 1");
  const list = eventLists(queries);
  return {
    append: (events) => database.write("appendEvents", { events }),
    list: (filter) => database.snapshot(() => list(filter)),
    newestId: () => database.read(() => newest.get()?.id ?? 0),
    prune: (beforeMs, limit) => database.write("pruneEvents", { beforeMs, limit }),
    onStored(listener) {
      const own: EventListener = (events) => listener(events); // so that one function may listen twice
      listeners.add(own);
      return () => listeners.delete(own);
    },
  };
}

const SELECT_EVENTS =
  "SELECT events.id, at_ms, kind, device_numbers.id AS device_id, data FROM events LEFT JOIN device_numbers ON number = device";

/** Each kind comes from an index, already in order, and they are merged: a rare kind is found without reading the frequent ones. */
function eventLists(queries: Queries): (filter: EventFilter) => readonly StoredEvent[] {
  const forward = preparedLists(queries, "events.id > @from ORDER BY events.id LIMIT @limit");
  const backward = preparedLists(queries, "events.id < @from ORDER BY events.id DESC LIMIT @limit");
  return (filter) => {
    const limit = Math.max(0, filter.limit);
    if (filter.afterId !== undefined)
      return forward(filter, filter.afterId, limit)
        .sort((a, b) => a.id - b.id)
        .slice(0, limit)
        .map(eventOf);
    const rows = backward(filter, filter.beforeId ?? Number.MAX_SAFE_INTEGER, limit);
    return rows
      .sort((a, b) => b.id - a.id)
      .slice(0, limit)
      .map(eventOf);
  };
}

function preparedLists(queries: Queries, range: string): (filter: EventFilter, from: number, limit: number) => EventRow[] {
  const ofAll = queries.prepare<EventRow>(`${SELECT_EVENTS} WHERE ${range}`);
  const ofKind = queries.prepare<EventRow>(`${SELECT_EVENTS} WHERE kind = @kind AND ${range}`);
  const ofDevice = queries.prepare<EventRow>(
    `${SELECT_EVENTS} WHERE device = (SELECT number FROM device_numbers WHERE id = @deviceId) AND kind = @kind AND ${range}`,
  );
  return ({ deviceId, kinds }, from, limit) => {
    if (deviceId === undefined && kinds === undefined) return ofAll.all({ from, limit });
    const codes = kinds === undefined ? ALL_KIND_CODES : [...new Set(kinds.map(kindCode))];
    return codes.flatMap((kind) =>
      deviceId === undefined ? ofKind.all({ from, limit, kind }) : ofDevice.all({ from, limit, kind, deviceId }),
    );
  };
}
