/**
 * An SQLite database with one writer thread and group commit: whatever is written while a commit runs goes into the next one.
 * A write's promise is fulfilled after its COMMIT has returned (WAL, synchronous=FULL). Reads run on the calling thread and see
 * every write whose promise is fulfilled.
 * Layer: common.
 */
import { Worker } from "node:worker_threads";
import type { Database as Connection, Statement } from "better-sqlite3";
import { DatabaseNotOpened, openReaderConnection } from "./connection.js";
import type { Argument, BatchResult, Failure, FromWriter, Operations, Result, ToWriter, WriterCounters, WriterData } from "./operation.js";
import { CountingQueries, type Queries } from "./queries.js";

export const DATABASE_LIMITS = {
  /** Writes that wait for their commit. */
  queuedOperationsMax: 20_000,
  /** Characters of their arguments as JSON. */
  queuedCharactersMax: 268_435_456,
  /** Writes in one transaction: bounds how long the last one waits. */
  batchOperationsMax: 512,
  batchCharactersMax: 16_777_216,
} as const;

/** More waits to be written than may wait. Nothing was stored; the caller sheds load. */
export class DatabaseOverloaded extends Error {
  override readonly name = "DatabaseOverloaded";
}

/** The database was closed, or its writer thread died. Whether the writes that were under way are stored is unknown in the second case. */
export class DatabaseUnusable extends Error {
  override readonly name = "DatabaseUnusable";
}

/** One operation failed and left nothing behind. `code`: SQLite's, e.g. "SQLITE_CONSTRAINT_UNIQUE", or "". */
export class OperationFailed extends Error {
  override readonly name = "OperationFailed";
  readonly operation: string;
  readonly code: string;

  constructor(operation: string, { name, message, code }: Failure) {
    super(`${operation}: ${name}: ${message}`);
    this.operation = operation;
    this.code = code;
  }
}

export interface CommitBatch {
  /** Counts up from 1. */
  readonly number: number;
  readonly operations: readonly string[];
}

/** Called on the calling thread. Crash tests stop the process here; metrics time it. */
export interface CommitObserver {
  /** Nothing of the batch is on disk. */
  beforeCommit?(batch: CommitBatch): void;
  /** The batch is on disk (or was rolled back as a whole), and nobody has been told. */
  afterCommit?(batch: CommitBatch): void;
}

export interface DatabaseOptions {
  /** Path of the database; "-wal" and "-shm" appear beside it. Created if absent. */
  readonly file: string;
  /** The module that exports `applicationId`, `migrations` and `operations` (operation.ts). */
  readonly operationsUrl: URL;
  readonly observer?: CommitObserver;
  /** What operations announced, in order, once per transaction that announced anything; after the promises are settled. */
  readonly onCommitted?: (announcements: readonly unknown[]) => void;
  readonly limits?: Partial<Record<keyof typeof DATABASE_LIMITS, number>>;
}

/** After a commit shared by so many writes, the next one waits a moment for company: an fsync costs as much CPU as several Informs. */
const BUSY_BATCH_OPERATIONS = 4;
const BUSY_PAUSE_MS = 2;

interface Write {
  readonly operation: string;
  readonly argumentJson: string;
  readonly resolve: (result: unknown) => void;
  readonly reject: (why: Error) => void;
}

/** @throws {DatabaseNotOpened} with what to do about it. */
export async function openDatabase<O extends Operations>(options: DatabaseOptions): Promise<Database<O>> {
  const worker = startWriter({ file: options.file, operationsUrl: options.operationsUrl.href });
  await untilReady(worker);
  try {
    return new Database<O>(worker, openReaderConnection(options.file), options);
  } catch (error) {
    await worker.terminate();
    throw error;
  }
}

export class Database<O extends Operations> {
  readonly #worker: Worker;
  readonly #connection: Connection;
  readonly #queries: CountingQueries;
  readonly #options: DatabaseOptions;
  readonly #snapshot: { readonly begin: Statement; readonly end: Statement };
  readonly #exited: Promise<void>;
  readonly #limits: Record<keyof typeof DATABASE_LIMITS, number>;
  #queue: Write[] = [];
  #queuedCharacters = 0;
  #inFlight: { readonly batch: CommitBatch; readonly writes: readonly Write[] } | undefined;
  #isFlushPlanned = false;
  #batches = 0;
  #lastBatchOperations = 0;
  #counters: WriterCounters = { commits: 0, operations: 0, failures: 0, rowsRead: 0, rowsWritten: 0 };
  #unusable: DatabaseUnusable | undefined;
  #closing: Promise<void> | undefined;
  #closeFailure: Failure | undefined;
  #onDrained: (() => void) | undefined;

  constructor(worker: Worker, connection: Connection, options: DatabaseOptions) {
    this.#worker = worker;
    this.#connection = connection;
    this.#queries = new CountingQueries(connection);
    this.#options = options;
    this.#limits = { ...DATABASE_LIMITS, ...options.limits };
    worker.on("message", (message: FromWriter) => this.#heard(message));
    worker.on("error", (error) => this.#fail(`its writer thread died: ${error.message}`));
    this.#exited = new Promise((resolve) => {
      worker.on("exit", (code) => {
        this.#fail(`its writer thread ended with code ${code}`);
        resolve();
      });
    });
    this.#snapshot = { begin: connection.prepare("BEGIN"), end: connection.prepare("COMMIT") };
  }

  /** Statements on the reading connection. They are for `read` and `snapshot` only. */
  get queries(): Queries & { readonly statements: readonly string[] } {
    return this.#queries;
  }

  /** Rows that `read` and `snapshot` gave out. */
  get rowsRead(): number {
    return this.#queries.counts.read;
  }

  /** What the writer has done; up to date for every write whose promise is fulfilled. */
  get counters(): WriterCounters & { readonly queued: number } {
    return { ...this.#counters, queued: this.#queue.length + (this.#inFlight?.writes.length ?? 0) };
  }

  /**
   * Runs an operation on the writer thread in the next transaction. The argument is copied now.
   * @throws {DatabaseOverloaded} @throws {DatabaseUnusable} @throws {OperationFailed} as a rejection, never synchronously.
   */
  write<N extends keyof O & string>(operation: N, argument: Argument<O[N]>): Promise<Result<O[N]>> {
    return new Promise((resolve, reject) => {
      if (this.#unusable !== undefined) return reject(this.#unusable);
      const argumentJson = JSON.stringify(argument) ?? "null";
      if (!this.#hasRoomFor(argumentJson)) return reject(new DatabaseOverloaded(`${this.#queue.length} writes wait already`));
      this.#queue.push({ operation, argumentJson, resolve: resolve as (result: unknown) => void, reject });
      this.#queuedCharacters += argumentJson.length;
      this.#planFlush();
    });
  }

  /** Runs one query on the calling thread. */
  async read<T>(work: () => T): Promise<T> {
    if (this.#unusable !== undefined) throw this.#unusable;
    return work();
  }

  /** Runs several queries on the calling thread; all of them see the same state. Not to be nested. */
  async snapshot<T>(work: () => T): Promise<T> {
    if (this.#unusable !== undefined) throw this.#unusable;
    this.#snapshot.begin.run();
    try {
      return work();
    } finally {
      this.#snapshot.end.run();
    }
  }

  /** Writes what is queued, writes the log back into the database, stops the thread. Later calls of anything reject. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const isDead = this.#unusable !== undefined; // Its users were told; how a dying thread closes is no news to anybody.
    if (!isDead) {
      this.#unusable = new DatabaseUnusable(`${this.#options.file} is closed`);
      await this.#untilDrained();
    }
    this.#connection.close(); // first, so that no reader holds up the checkpoint
    this.#post({ kind: "close" });
    await this.#exited;
    if (this.#closeFailure !== undefined && !isDead)
      throw new DatabaseUnusable(`${this.#options.file}: closing failed: ${this.#closeFailure.message}`);
  }

  #untilDrained(): Promise<void> {
    if (this.#queue.length === 0 && this.#inFlight === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onDrained = resolve;
    });
  }

  #hasRoomFor(argumentJson: string): boolean {
    const { queuedOperationsMax, queuedCharactersMax } = this.#limits;
    return this.#queue.length < queuedOperationsMax && this.#queuedCharacters + argumentJson.length <= queuedCharactersMax;
  }

  /** Writes of one turn of the event loop share a commit. */
  #planFlush(): void {
    if (this.#isFlushPlanned || this.#inFlight !== undefined) return;
    this.#isFlushPlanned = true;
    const flush = (): void => {
      this.#isFlushPlanned = false;
      this.#flush();
    };
    if (this.#lastBatchOperations < BUSY_BATCH_OPERATIONS) setImmediate(flush);
    else setTimeout(flush, BUSY_PAUSE_MS);
  }

  #flush(): void {
    if (this.#inFlight !== undefined || this.#queue.length === 0) return;
    const writes = this.#takeBatch();
    const operations = writes.map(({ operation }) => operation);
    this.#lastBatchOperations = operations.length;
    const batch: CommitBatch = { number: ++this.#batches, operations };
    this.#inFlight = { batch, writes };
    this.#options.observer?.beforeCommit?.(batch);
    this.#post({ kind: "batch", number: batch.number, operations, argumentsJson: writes.map(({ argumentJson }) => argumentJson) });
  }

  #takeBatch(): readonly Write[] {
    let count = 0;
    let characters = 0;
    for (const { argumentJson } of this.#queue) {
      if (count === this.#limits.batchOperationsMax || (count > 0 && characters + argumentJson.length > this.#limits.batchCharactersMax))
        break;
      count++;
      characters += argumentJson.length;
    }
    this.#queuedCharacters -= characters;
    return this.#queue.splice(0, count);
  }

  #post(message: ToWriter): void {
    this.#worker.postMessage(message);
  }

  #heard(message: FromWriter): void {
    if (message.kind === "committed" || message.kind === "rolled-back") this.#finish(message);
    else if (message.kind === "closed") this.#closeFailure = message.failure;
  }

  #finish(result: BatchResult): void {
    if (this.#inFlight === undefined) return;
    const { batch, writes } = this.#inFlight;
    this.#counters = result.counters;
    this.#options.observer?.afterCommit?.(batch);
    this.#inFlight = undefined;
    this.#planFlush();
    settle(writes, result);
    if (result.announcementsJson.length > 0) {
      this.#options.onCommitted?.(result.announcementsJson.map((json) => JSON.parse(json) as unknown));
    }
    if (this.#inFlight === undefined && this.#queue.length === 0) this.#onDrained?.();
  }

  /** Never hangs: whoever waits is told, and so is whoever comes later. */
  #fail(why: string): void {
    const failure = new DatabaseUnusable(`${this.#options.file}: ${why}`);
    this.#unusable ??= failure;
    const waiting = [...(this.#inFlight?.writes ?? []), ...this.#queue];
    this.#inFlight = undefined;
    this.#queue = [];
    for (const { reject } of waiting) reject(failure);
    this.#onDrained?.();
  }
}

function settle(writes: readonly Write[], { resultsJson, failures }: BatchResult): void {
  const failed = new Map(failures.map(({ index, failure }) => [index, failure]));
  for (const [index, { operation, resolve, reject }] of writes.entries()) {
    const failure = failed.get(index);
    const json = resultsJson[index];
    if (failure !== undefined) reject(new OperationFailed(operation, failure));
    else resolve(json === undefined ? undefined : JSON.parse(json));
  }
}

function startWriter(workerData: WriterData): Worker {
  if (!import.meta.url.endsWith(".ts")) return new Worker(new URL("./writer.js", import.meta.url), { workerData });
  // Without this process's options: a loader among them (--import tsx) would be started in each thread.
  return new Worker(new URL("./run-from-source.mjs", import.meta.url), { workerData, execArgv: [] });
}

function untilReady(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number): void => reject(new DatabaseNotOpened(`the writer thread ended with code ${code}`));
    worker.once("error", reject);
    worker.once("exit", onExit);
    worker.once("message", (message: FromWriter) => {
      worker.off("error", reject);
      worker.off("exit", onExit);
      if (message.kind === "refused") return reject(new DatabaseNotOpened(message.failure.message));
      resolve();
    });
  });
}
