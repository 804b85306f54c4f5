/**
 * Prepared statements that count the rows they touch: "an Inform costs what changed" is tested by these counts.
 * Layer: common.
 */
import type BetterSqlite3 from "better-sqlite3";

export type SqlValue = string | number | bigint | null;
/** Positional values, or one object for named ones. */
export type SqlParameters = readonly (SqlValue | Readonly<Record<string, SqlValue>>)[];

export interface Query<Row> {
  get(...parameters: SqlParameters): Row | undefined;
  all(...parameters: SqlParameters): Row[];
  /** Returns how many rows were changed. */
  run(...parameters: SqlParameters): number;
  /** Returns the row id of the row inserted. */
  insert(...parameters: SqlParameters): number;
}

export interface Queries {
  prepare<Row = never>(sql: string): Query<Row>;
  /** Rows as arrays, in the order of the columns: half the price of objects, for what each Inform reads. */
  prepareTuples<Row extends readonly unknown[]>(sql: string): Query<Row>;
}

/** Rows given out by reads, rows inserted, updated or deleted by writes. */
export interface RowCounts {
  read: number;
  written: number;
}

export class CountingQueries implements Queries {
  readonly counts: RowCounts = { read: 0, written: 0 };
  /** The text of every statement prepared here; a test asks for their query plans. */
  readonly statements: string[] = [];
  readonly #connection: BetterSqlite3.Database;

  constructor(connection: BetterSqlite3.Database) {
    this.#connection = connection;
  }

  prepare<Row>(sql: string): Query<Row> {
    return this.#query(sql, this.#connection.prepare<unknown[], Row>(sql));
  }

  prepareTuples<Row extends readonly unknown[]>(sql: string): Query<Row> {
    return this.#query(sql, this.#connection.prepare<unknown[], Row>(sql).raw(true));
  }

  #query<Row>(sql: string, statement: BetterSqlite3.Statement<unknown[], Row>): Query<Row> {
    this.statements.push(sql);
    const { counts } = this;
    return {
      get: (...parameters) => {
        const row = statement.get(...parameters);
        if (row !== undefined) counts.read++;
        return row;
      },
      all: (...parameters) => {
        const rows = statement.all(...parameters);
        counts.read += rows.length;
        return rows;
      },
      run: (...parameters) => {
        const { changes } = statement.run(...parameters);
        counts.written += changes;
        return changes;
      },
      insert: (...parameters) => {
        const { changes, lastInsertRowid } = statement.run(...parameters);
        counts.written += changes;
        return Number(lastInsertRowid);
      },
    };
  }
}
