/**
 * The writer thread: the only connection that writes. One message is one transaction; the answer leaves after COMMIT has returned.
 * Layer: common (worker entry; started by database.ts).
 */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { Database } from "better-sqlite3";
import { openWriterConnection } from "./connection.js";
import { GroupCommit } from "./group-commit.js";
import { migrate } from "./migrate.js";
import { type Failure, type FromWriter, failureOf, type OperationsModule, type ToWriter, type WriterData } from "./operation.js";

if (parentPort === null) throw new Error("common/sqlite/writer runs as a worker thread only");
await serve(parentPort, workerData as WriterData);

async function serve(port: MessagePort, { file, operationsUrl }: WriterData): Promise<void> {
  const answer = (message: FromWriter): void => port.postMessage(message);
  try {
    const program = (await import(operationsUrl)) as OperationsModule;
    const connection = openWriterConnection(file);
    migrate(connection, file, program);
    const commits = new GroupCommit(connection, program.operations);
    port.on("message", (message: ToWriter) => {
      if (message.kind === "batch") return answer(commits.run(message));
      answer({ kind: "closed", failure: closeConnection(connection) });
      port.close();
    });
    answer({ kind: "ready" });
  } catch (error) {
    answer({ kind: "refused", failure: failureOf(error) });
    port.close();
  }
}

/** Everything is committed already; the checkpoint only saves the next start from reading the log. */
function closeConnection(connection: Database): Failure | undefined {
  try {
    connection.pragma("wal_checkpoint(TRUNCATE)");
    connection.close();
    return undefined;
  } catch (error) {
    return failureOf(error);
  }
}
