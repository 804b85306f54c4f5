/**
 * Every statement of the stores finds its rows by an index. A scan of a table that grows would be noticed only at a hundred thousand devices.
 * Layer: unit.
 */
import Sqlite from "better-sqlite3";
import { expect } from "chai";
import { openStores } from "../../../../../acs/stores/sqlite/open-stores.js";
import * as program from "../../../../../acs/stores/sqlite/operations.js";
import { openWriterConnection } from "../../../../../common/sqlite/connection.js";
import { GroupCommit } from "../../../../../common/sqlite/group-commit.js";
import { migrate } from "../../../../../common/sqlite/migrate.js";
import { type TemporaryFolder, temporaryFolder } from "../../../../support/temporary-folder.js";

/** Steps of query plans that read a table from its beginning or sort, and why they may. */
const ALLOWED: readonly (readonly [sql: RegExp, step: RegExp, why: string])[] = [
  [/FROM files ORDER BY name/, /^(SCAN files|USE TEMP B-TREE FOR ORDER BY)$/, "the whole catalogue is asked for; it is small"],
  [/FROM received_files ORDER BY id$/, /^SCAN received_files$/, "asked for once, at the start, and when a device is removed"],
  [/FROM wanted_versions ORDER BY/, /^SCAN wanted_versions$/, "all of a small table, in the order of its key"],
  [/FROM enrolment_rules( ORDER BY id)?$/, /^SCAN enrolment_rules$/, "all of a table that has a hundred rows at most"],
  [/SELECT id FROM events ORDER BY id DESC LIMIT 1$/, /^SCAN events$/, "stops at the first row"],
  [/SELECT id FROM events ORDER BY id LIMIT \?/, /^SCAN events$/, "stops after the rows asked for"],
  [/FROM diagnoses WHERE device = @device AND state <> 'running'/, /^USE TEMP B-TREE/, "of one device: DIAGNOSIS_LIMITS.keptPerDeviceMax"],
  [/SELECT count\(\*\) AS count FROM \(SELECT 1/, /^SCAN \(subquery-\d+\)$/, "counts what an index has found, up to a limit"],
];

/** Searches for which several indexes would do, and the one that reads no more than is shown. */
const WANTED: readonly (readonly [sql: RegExp, index: string])[] = [
  [/FROM tasks JOIN devices .* WHERE state = @state AND/, "tasks_by_state"],
  [/FROM tasks JOIN devices .* WHERE tasks\.device = .* AND state = /, "tasks_by_device"],
  [/FROM tasks.* WHERE due_ms [<>]/, "tasks_due"],
  [/FROM events .* WHERE kind = @kind AND/, "events_by_kind"],
  [/FROM events .* WHERE device = .* AND kind = @kind AND/, "events_by_device"],
  [/FROM devices WHERE \(waking_tasks/, "devices_needing_wake"],
  [/FROM devices WHERE quarantine IS NOT NULL/, "devices_quarantined"],
  [/FROM group_members .*state = /, "group_members_by_state"],
  [/FROM diagnoses .*device = .*state <> 'running'/, "diagnoses_by_device"],
];

describe("acs/stores/sqlite: query plans", () => {
  let folder: TemporaryFolder;
  let reader: Sqlite.Database;
  let statements: readonly string[] = [];

  before(async () => {
    folder = await temporaryFolder();
    const file = folder.file("acs.db");
    const stores = await openStores({ file });
    const connection = openWriterConnection(file);
    migrate(connection, file, program);
    const commits = new GroupCommit(connection, program.operations);
    statements = [...stores.statements, ...commits.statements].map((sql) => sql.replaceAll(/\s+/g, " "));
    connection.close();
    await stores.close();
    reader = new Sqlite(file, { readonly: true });
  });
  after(async () => {
    reader.close();
    await folder.remove();
  });

  it("no statement scans a table or sorts, but for those that are listed here", () => {
    expect(statements.length).to.be.greaterThan(50);
    const offenders = statements.flatMap((sql) =>
      planOf(reader, sql)
        .filter((step) => /^SCAN|TEMP B-TREE|AUTOMATIC/.test(step) && step !== "SCAN CONSTANT ROW")
        .filter((step) => !ALLOWED.some(([text, allowed]) => text.test(sql) && allowed.test(step)))
        .map((step) => `${step}: ${sql}`),
    );
    expect(offenders).to.deep.equal([]);
  });

  it("each listing uses the index that was made for it", () => {
    for (const [text, index] of WANTED) {
      const plans = statements.filter((sql) => text.test(sql)).map((sql) => planOf(reader, sql).join("; "));
      expect(plans, index).not.to.deep.equal([]);
      for (const plan of plans) expect(plan).to.match(new RegExp(`INDEX ${index} `));
    }
  });

  it("there is no index that nothing uses: each costs a page with every write", () => {
    const plans = statements.flatMap((sql) => planOf(reader, sql)).join("\n");
    const indexes = reader.prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL").all();
    expect(indexes).not.to.deep.equal([]);
    expect(indexes.map(({ name }) => name).filter((name) => !plans.includes(`INDEX ${name} `))).to.deep.equal([]);
  });
});

function planOf(connection: Sqlite.Database, sql: string): readonly string[] {
  const named = Object.fromEntries([...sql.matchAll(/@(\w+)/g)].map((match) => [match[1] ?? "", 1]));
  const positional = [...sql.matchAll(/\?/g)].map(() => 1);
  const bound = Object.keys(named).length > 0 ? [named] : positional;
  const rows = connection.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all(...bound);
  return rows.map(({ detail }) => detail);
}
