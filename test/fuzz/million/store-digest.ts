/**
 * What the store holds: of one device, as text, or of everything, as a hash. Read over a connection of its own, as another program would.
 * Layer: test (npm run fuzz).
 */
import { createHash } from "node:crypto";
import SqliteDatabase, { type Database, type Statement } from "better-sqlite3";

/** Events are not among them: that a message was refused may be noted. */
const NOTED_TABLES = ["events", "sqlite_sequence"];
/** What the wake planner writes at its own times, and counts of the task that a refusal made unknown. */
const PLANNED = ["wake_state", "wake_attempts", "wake_reason", "wake_next_try_at_ms"];
const COUNTED = ["open_tasks", "waking_tasks"];

export class StoreDigest {
  readonly #database: Database;
  readonly #device: Statement;
  readonly #rows: readonly Statement[];
  readonly #tasks: Statement;
  readonly #sent: Statement;

  constructor(file: string) {
    this.#database = new SqliteDatabase(file, { readonly: true });
    const device = "(SELECT number FROM device_numbers WHERE id = ?)";
    const all = (table: string): Statement => this.#database.prepare(`SELECT * FROM ${table} WHERE device = ${device}`).raw();
    this.#device = this.#database.prepare("SELECT * FROM devices WHERE id = ?");
    this.#rows = ["parameters", "tellings"].map(all);
    this.#tasks = this.#database.prepare(`SELECT id, state, revision, result FROM tasks WHERE device = ${device} ORDER BY id`);
    this.#sent = this.#database.prepare(`SELECT 1 FROM tasks WHERE device = ${device} AND state = 'sent'`);
  }

  /** Whether a session of the device waits for the answer to a task. */
  isAsked(deviceId: string): boolean {
    return this.#sent.get(deviceId) !== undefined;
  }

  /** All rows of the device as text. @param isAsked A task is under way: that it becomes unknown is what a refusal is to do, and all that it may. */
  of(deviceId: string, isAsked: boolean): string {
    const parts: unknown[] = [];
    const device = Object.entries(this.#device.get(deviceId) ?? {});
    const left = isAsked ? [...PLANNED, ...COUNTED] : PLANNED;
    parts.push(device.filter(([name]) => !left.includes(name)));
    for (const rows of this.#rows) parts.push(rows.all(deviceId));
    for (const task of this.#tasks.iterate(deviceId) as IterableIterator<Readonly<Record<string, unknown>>>) {
      const isUnderWay = isAsked && (task["state"] === "sent" || task["state"] === "unknown");
      parts.push(isUnderWay ? [task["id"], "under way", task["result"]] : task);
    }
    return JSON.stringify(parts);
  }

  /** Of all tables but the events. */
  ofAll(): string {
    const hash = createHash("sha1");
    const tables = this.#database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").pluck().all() as string[];
    for (const table of tables.filter((name) => !NOTED_TABLES.includes(name))) {
      for (const row of this.#database.prepare(`SELECT * FROM ${table}`).raw().iterate()) hash.update(JSON.stringify(row));
    }
    return hash.digest("hex");
  }

  /** "ok", or what SQLite found wrong with the file. */
  integrity(): string {
    return this.#database.pragma("integrity_check", { simple: true }) as string;
  }

  close(): void {
    this.#database.close();
  }
}
