/**
 * A lock on a file that one process holds until it lets go or dies, however it dies. It is SQLite's, as Node has no flock.
 * Layer: common.
 */
import { closeSync, openSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { DatabaseNotOpened, explainOpenFailure } from "./connection.js";

/** How long a start waits for the process before it to be gone. */
const WAIT_MS = 500;

/**
 * @param file Made if it is not there, and left there: its content means nothing.
 * @returns The function that lets go.
 * @throws {DatabaseNotOpened} Another process, or another part of this one, holds the lock; or the file can't be made.
 */
export function lockFile(file: string): () => void {
  let connection: Sqlite.Database | undefined;
  try {
    closeSync(openSync(file, "a", 0o600));
    connection = new Sqlite(file, { timeout: WAIT_MS });
    connection.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    connection?.close();
    const isHeld = error instanceof Error && "code" in error && error.code === "SQLITE_BUSY";
    throw new DatabaseNotOpened(isHeld ? `${file} is locked: another process works on this data` : explainOpenFailure(file, error), {
      cause: error,
    });
  }
  const held = connection;
  return () => {
    held.close();
  };
}
