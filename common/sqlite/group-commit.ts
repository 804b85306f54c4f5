/**
 * Runs a batch of operations as one transaction, each inside a savepoint so that one that fails takes only itself back.
 * Layer: common (writer thread).
 */
import type { Database } from "better-sqlite3";
import {
  type BatchResult,
  type Failure,
  failureOf,
  type Operations,
  type ToWriter,
  type Writer,
  type WriterCounters,
} from "./operation.js";
import { CountingQueries } from "./queries.js";

type Batch = Extract<ToWriter, { kind: "batch" }>;
interface Outcome {
  readonly resultJson?: string | undefined;
  readonly failure?: Failure;
}

export class GroupCommit {
  readonly #connection: Database;
  readonly #queries: CountingQueries;
  readonly #operations = new Map<string, (argument: unknown) => unknown>();
  readonly #forget: (() => void)[] = [];
  readonly #savepoint: Savepoint;
  /** JSON of what operations announced; cut back when one fails. */
  #announcements: string[] = [];
  #counters = { commits: 0, operations: 0, failures: 0 };

  constructor(connection: Database, operations: Operations) {
    this.#connection = connection;
    this.#queries = new CountingQueries(connection);
    const writer: Writer = {
      prepare: (sql) => this.#queries.prepare(sql),
      prepareTuples: (sql) => this.#queries.prepareTuples(sql),
      announce: (announcement) => this.#announcements.push(JSON.stringify(announcement)),
      onRollback: (forget) => this.#forget.push(forget),
    };
    for (const [name, operation] of Object.entries(operations)) {
      // Both threads agree on the argument's type through the type of `operations` (database.ts, write).
      this.#operations.set(name, operation(writer) as (argument: unknown) => unknown);
    }
    this.#savepoint = prepareSavepoint(connection);
  }

  /** The SQL of all operations, for a test of their query plans. */
  get statements(): readonly string[] {
    return this.#queries.statements;
  }

  /** When this returns "committed", the batch is on disk. Never throws. */
  run(batch: Batch): BatchResult {
    this.#announcements = [];
    try {
      this.#savepoint.begin.run();
      const outcomes = batch.operations.map((name, index) => this.#runOne(name, batch.argumentsJson[index] ?? "null"));
      this.#savepoint.commit.run();
      return this.#committed(batch, outcomes);
    } catch (error) {
      return this.#rolledBack(batch, failureOf(error));
    }
  }

  #runOne(name: string, argumentJson: string): Outcome {
    const announced = this.#announcements.length;
    this.#savepoint.open.run();
    try {
      const operation = this.#operations.get(name);
      if (operation === undefined) throw new RangeError(`no operation "${name}"`);
      const resultJson = JSON.stringify(operation(JSON.parse(argumentJson)));
      this.#savepoint.release.run();
      return { resultJson };
    } catch (error) {
      // A full disk and the like end the whole transaction: then nothing of this batch can be committed.
      if (!this.#connection.inTransaction) throw error;
      this.#savepoint.rollback.run();
      this.#savepoint.release.run();
      this.#announcements.length = announced;
      this.#forgetAll();
      return { failure: failureOf(error) };
    }
  }

  #committed({ number }: Batch, outcomes: readonly Outcome[]): BatchResult {
    const failures = outcomes.flatMap(({ failure }, index) => (failure === undefined ? [] : [{ index, failure }]));
    this.#counters.commits++;
    this.#counters.operations += outcomes.length - failures.length;
    this.#counters.failures += failures.length;
    const resultsJson = outcomes.map(({ resultJson }) => resultJson);
    return { kind: "committed", number, resultsJson, failures, announcementsJson: this.#announcements, counters: this.#count() };
  }

  #rolledBack({ number, operations }: Batch, failure: Failure): BatchResult {
    if (this.#connection.inTransaction) this.#savepoint.abort.run();
    this.#forgetAll();
    this.#counters.failures += operations.length;
    const failures = operations.map((_, index) => ({ index, failure }));
    return { kind: "rolled-back", number, resultsJson: [], failures, announcementsJson: [], counters: this.#count() };
  }

  #forgetAll(): void {
    for (const forget of this.#forget) forget();
  }

  #count(): WriterCounters {
    return { ...this.#counters, rowsRead: this.#queries.counts.read, rowsWritten: this.#queries.counts.written };
  }
}

type Savepoint = ReturnType<typeof prepareSavepoint>;

function prepareSavepoint(connection: Database) {
  return {
    begin: connection.prepare("BEGIN IMMEDIATE"),
    commit: connection.prepare("COMMIT"),
    abort: connection.prepare("ROLLBACK"),
    open: connection.prepare("SAVEPOINT operation"),
    release: connection.prepare("RELEASE operation"),
    rollback: connection.prepare("ROLLBACK TO operation"),
  };
}
