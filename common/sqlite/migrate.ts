/**
 * Brings a database to the schema of this program, one transaction per version; refuses what it does not know.
 * Layer: common.
 */
import type { Database } from "better-sqlite3";
import { DatabaseNotOpened } from "./connection.js";
import type { OperationsModule } from "./operation.js";

/** @throws {DatabaseNotOpened} The file is another program's, or was written by a newer version. Nothing is changed then. */
export function migrate(connection: Database, file: string, { applicationId, migrations }: OperationsModule): void {
  refuseForeign(connection, file, applicationId);
  const found = versionOf(connection);
  if (found > migrations.length) {
    throw new DatabaseNotOpened(
      `${file} has schema version ${found}, this program knows versions up to ${migrations.length}: start the newer program, or restore a backup`,
    );
  }
  for (let version = found; version < migrations.length; version++)
    migrateTo(connection, version + 1, migrations[version] ?? "", applicationId);
}

function refuseForeign(connection: Database, file: string, applicationId: number): void {
  const found = Number(connection.pragma("application_id", { simple: true }));
  if (found === applicationId) return;
  const isEmpty = connection.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
  if (found !== 0 || !isEmpty)
    throw new DatabaseNotOpened(`${file} is the database of another program (application id ${found}, expected ${applicationId})`);
}

/** Another process may have migrated while we waited for its lock, so the version is read again under our own. */
function migrateTo(connection: Database, version: number, sql: string, applicationId: number): void {
  const step = connection.transaction(() => {
    if (versionOf(connection) >= version) return;
    connection.exec(sql);
    connection.pragma(`user_version = ${version}`);
    connection.pragma(`application_id = ${applicationId}`);
  });
  step.immediate();
}

const versionOf = (connection: Database): number => Number(connection.pragma("user_version", { simple: true }));
