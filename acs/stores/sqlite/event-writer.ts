/**
 * Adds events to the transaction that is under way, and announces them for when it is on disk.
 * Layer: stores (sqlite, writer thread).
 */
import { oncePerWriter, type Writer } from "../../../common/sqlite/operation.js";
import type { NewEvent, StoredEvent } from "../../events/event.js";
import { kindCode } from "./event-row.js";

/** Numbers of device ids kept in memory. */
const NUMBERS_CACHED_MAX = 100_000;

export const deviceNumbers = oncePerWriter((writer: Writer) => {
  const find = writer.prepare<{ number: number }>("SELECT number FROM device_numbers WHERE id = ?");
  const insert = writer.prepare("INSERT INTO device_numbers (id) VALUES (?)");
  const cached = new Map<string, number>();
  writer.onRollback(() => cached.clear());
  const keep = (id: string, number: number): number => {
    if (cached.size === NUMBERS_CACHED_MAX) cached.clear();
    cached.set(id, number);
    return number;
  };
  const known = (id: string): number | undefined => {
    const number = cached.get(id) ?? find.get(id)?.number;
    return number === undefined ? undefined : keep(id, number);
  };
  return {
    known,
    /** A number for ever, also when the device is removed and registered again. */
    give: (id: string): number => known(id) ?? keep(id, insert.insert(id)),
  };
});

export type AppendEvents = (events: readonly NewEvent[]) => readonly StoredEvent[];

export const eventWriter = oncePerWriter((writer: Writer): AppendEvents => {
  const numbers = deviceNumbers(writer);
  const insert = writer.prepare("INSERT INTO events (at_ms, kind, device, data) VALUES (?, ?, ?, ?)");
  const append = ({ atMs, kind, deviceId, data }: NewEvent): StoredEvent => {
    const device = deviceId === null ? null : numbers.give(deviceId);
    const stored = { id: insert.insert(atMs, kindCode(kind), device, JSON.stringify(data)), atMs, kind, deviceId, data };
    writer.announce(stored);
    return stored;
  };
  return (events) => events.map(append);
});
