/**
 * What a program gives the writer thread: its schema, and operations that run inside the group commit.
 * Layer: common.
 */
import type { Queries } from "./queries.js";

/** What operations work with, on the writer thread. */
export interface Writer extends Queries {
  /** Plain data for the main thread, handed to `onCommitted` once the transaction is on disk; dropped when the operation fails. */
  announce(announcement: unknown): void;
  /** Calls `forget` whenever something was rolled back: what is cached in memory may not be in the database. */
  onRollback(forget: () => void): void;
}

/**
 * Made once per writer (statements are prepared then), called once per write. The argument and the result cross threads as JSON.
 * An operation that throws is rolled back alone; what callers should tell apart belongs into the result.
 */
export type Operation = (writer: Writer) => (argument: never) => unknown;
export type Operations = Readonly<Record<string, Operation>>;

export type Argument<O extends Operation> = Parameters<ReturnType<O>>[0];
export type Result<O extends Operation> = ReturnType<ReturnType<O>>;

/** Makes one of something per writer, so that operations share statements and caches. */
export function oncePerWriter<T>(make: (writer: Writer) => T): (writer: Writer) => T {
  const made = new WeakMap<Writer, { readonly value: T }>();
  return (writer) => {
    const known = made.get(writer) ?? { value: make(writer) };
    made.set(writer, known);
    return known.value;
  };
}

/** The exports of the module that `operationsUrl` names. */
export interface OperationsModule {
  /** Marks the file as this program's, so that two programs never migrate each other's database. A positive 32-bit number. */
  readonly applicationId: number;
  readonly migrations: readonly Migration[];
  readonly operations: Operations;
}

/** SQL that takes a database from the version that is its index to the next. Once released it is never changed. */
export type Migration = string;

/** Counted since the database was opened. */
export interface WriterCounters {
  readonly commits: number;
  /** Operations that were committed. */
  readonly operations: number;
  /** Operations that failed and were rolled back alone. */
  readonly failures: number;
  readonly rowsRead: number;
  readonly rowsWritten: number;
}

/** Main thread to writer. Arrays of strings are the cheapest to clone. */
export type ToWriter =
  | { readonly kind: "batch"; readonly number: number; readonly operations: readonly string[]; readonly argumentsJson: readonly string[] }
  | { readonly kind: "close" };

export type FromWriter =
  | { readonly kind: "ready" }
  | { readonly kind: "refused"; readonly failure: Failure }
  | BatchResult
  | { readonly kind: "closed"; readonly failure: Failure | undefined };

export interface BatchResult {
  readonly kind: "committed" | "rolled-back";
  readonly number: number;
  /** One per operation, in order; undefined: it failed, or it returned nothing. */
  readonly resultsJson: readonly (string | undefined)[];
  /** Operations that failed, by index. When the whole batch was rolled back: all. */
  readonly failures: readonly { readonly index: number; readonly failure: Failure }[];
  readonly announcementsJson: readonly string[];
  readonly counters: WriterCounters;
}

/** An error on its way between threads. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  /** SQLite's or Node's code, e.g. "SQLITE_FULL"; "" when there is none. */
  readonly code: string;
}

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), code: "" };
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return { name: error.name, message: error.message, code };
}

export interface WriterData {
  readonly file: string;
  readonly operationsUrl: string;
}
