/**
 * Batches on a disk that is full, and caches that a rollback empties: on the thread of the test.
 * Layer: unit.
 */

import type { Database } from "better-sqlite3";
import { expect } from "chai";
import { openWriterConnection } from "../../../../common/sqlite/connection.js";
import { GroupCommit } from "../../../../common/sqlite/group-commit.js";
import { migrate } from "../../../../common/sqlite/migrate.js";
import * as program from "../../../support/sqlite/notes-operations.js";
import { type TemporaryFolder, temporaryFolder } from "../../../support/temporary-folder.js";

describe("common/sqlite/group-commit", () => {
  let folder: TemporaryFolder;
  let connection: Database;
  let commits: GroupCommit;
  let batches = 0;
  before(async () => {
    folder = await temporaryFolder();
    const file = folder.file("notes.db");
    connection = openWriterConnection(file);
    migrate(connection, file, program);
    commits = new GroupCommit(connection, program.operations);
  });
  after(async () => {
    connection.close();
    await folder.remove();
  });

  const put = (...notes: readonly program.Note[]) =>
    commits.run({
      kind: "batch",
      number: ++batches,
      operations: notes.map(() => "put"),
      argumentsJson: notes.map((note) => JSON.stringify(note)),
    });
  const stored = (): readonly unknown[] => connection.prepare("SELECT name FROM notes ORDER BY name").pluck().all();

  it("a full disk takes the whole batch back: everybody is told, nothing of it is stored, later batches work", () => {
    put({ name: "first", text: "" });
    const pages = Number(connection.pragma("page_count", { simple: true }));
    connection.pragma(`max_page_count = ${pages + 2}`);
    const result = put({ name: "small", text: "" }, { name: "too big", text: "x".repeat(100_000) }, { name: "small too", text: "" });
    expect(result).to.deep.include({ kind: "rolled-back", resultsJson: [], announcementsJson: [] });
    expect(result.failures.map(({ index, failure }) => [index, failure.code])).to.deep.equal(
      [0, 1, 2].map((index) => [index, "SQLITE_FULL"]),
    );
    expect(stored()).to.deep.equal(["first"]);
    expect(connection.inTransaction).to.equal(false);
    connection.pragma("max_page_count = 1000000");
    expect(put({ name: "too big", text: "x".repeat(100_000) }).kind).to.equal("committed");
    expect(stored()).to.include("too big");
  });

  it("results come in the order of the operations, announcements in the order they were made", () => {
    const { kind, resultsJson, announcementsJson, failures } = put(
      { name: "b", text: "" },
      { name: "b", text: "twice" },
      { name: "a", text: "" },
    );
    expect({ kind, resultsJson, announcementsJson }).to.deep.equal({
      kind: "committed",
      resultsJson: ['"b"', undefined, '"a"'],
      announcementsJson: ['{"put":"b"}', '{"put":"a"}'],
    });
    expect(failures.map(({ index, failure }) => [index, failure.code])).to.deep.equal([[1, "SQLITE_CONSTRAINT_PRIMARYKEY"]]);
  });
});
