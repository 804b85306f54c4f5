/**
 * Opens a connection with the settings that durability rests on, and says clearly why it cannot.
 * Layer: common.
 */
import { closeSync, openSync } from "node:fs";
import Sqlite, { type Database } from "better-sqlite3";

/** How long a statement waits for another process's lock. */
const BUSY_TIMEOUT_MS = 5_000;
/** Page cache of the writer; the operating system caches the rest. */
const WRITER_CACHE_KIB = 32_768;
/** Pages (4 KiB) in the log before a commit also writes them into the database: a hot page is then written once for many commits. */
const CHECKPOINT_PAGES = 4_000;
/** What a log file is cut back to after a burst has made it longer. */
const LOG_BYTES_KEPT = 67_108_864;

/** The database cannot be opened: the native module, the file, or its schema. Says what to do. */
export class DatabaseNotOpened extends Error {
  override readonly name = "DatabaseNotOpened";
}

/** Every commit is on disk when it returns. A new file is readable by its owner only: it holds sealed secrets and customers' data. */
export function openWriterConnection(file: string): Database {
  return explained(file, () => {
    closeSync(openSync(file, "a", 0o600));
    const connection = new Sqlite(file, { timeout: BUSY_TIMEOUT_MS });
    connection.pragma("journal_mode = WAL");
    connection.pragma("synchronous = FULL");
    connection.pragma("foreign_keys = ON");
    connection.pragma("trusted_schema = OFF");
    connection.pragma(`cache_size = -${WRITER_CACHE_KIB}`);
    connection.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    connection.pragma(`journal_size_limit = ${LOG_BYTES_KEPT}`);
    return connection;
  });
}

export function openReaderConnection(file: string): Database {
  return explained(file, () => new Sqlite(file, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS }));
}

function explained(file: string, open: () => Database): Database {
  try {
    return open();
  } catch (error) {
    throw new DatabaseNotOpened(explainOpenFailure(file, error), { cause: error });
  }
}

export function explainOpenFailure(file: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const isNative =
    /bindings file|NODE_MODULE_VERSION|\.node['"]?(:|$)|invalid ELF/i.test(message) ||
    ["ERR_DLOPEN_FAILED", "MODULE_NOT_FOUND"].includes(code);
  if (isNative) return `${NATIVE_REMEDY}\n(${message})`;
  if (code === "ENOENT") return `${file}: its directory does not exist (${message})`;
  if (code === "EACCES" || code === "EPERM" || code === "SQLITE_READONLY") return `${file}: not writable by this user (${message})`;
  if (code === "SQLITE_NOTADB" || code === "SQLITE_CORRUPT") return `${file} is not an SQLite database, or is damaged (${message})`;
  return `${file}: ${message}`;
}

const NATIVE_REMEDY = `better-sqlite3 has no native module for Node ${process.versions.node} on ${process.platform} ${process.arch}.
Run "npm rebuild better-sqlite3": it downloads a prebuilt binary (Node 20 to 24; Linux, macOS, Windows; x64, arm64),
or builds one where there is none, which needs a C++ compiler, make and Python 3. Install scripts must be allowed for it.`;
