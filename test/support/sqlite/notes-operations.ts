/**
 * A small program for tests of common/sqlite: notes by name, and operations that misbehave.
 * Layer: test support (loaded by the writer thread).
 */
import { oncePerWriter, type Writer } from "../../../common/sqlite/operation.js";

export const applicationId = 0x7e57;
export const migrations = ["CREATE TABLE notes (name TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT"];

export interface Note {
  readonly name: string;
  readonly text: string;
}

/** Names this thread believes to be stored: what a rollback must take back. */
const believed = oncePerWriter((writer: Writer) => {
  const names = new Set<string>();
  writer.onRollback(() => names.clear());
  return names;
});

function put(writer: Writer) {
  const insert = writer.prepare("INSERT INTO notes (name, text) VALUES (?, ?)");
  return ({ name, text }: Note): string => {
    insert.run(name, text);
    believed(writer).add(name);
    writer.announce({ put: name });
    return name;
  };
}

/** Stores and announces, then fails. */
function putAndFail(writer: Writer) {
  const store = put(writer);
  return (note: Note): string => {
    store(note);
    throw new TypeError("changed its mind");
  };
}

/** Ends the whole transaction under the feet of the batch, as a full disk does. */
function loseTransaction(writer: Writer) {
  const rollback = writer.prepare("ROLLBACK");
  return (): void => {
    rollback.run();
    throw new Error("the disk is full");
  };
}

const believes =
  (writer: Writer) =>
  ({ name }: { readonly name: string }): boolean =>
    believed(writer).has(name);

const die = () => (): void => process.exit(3);
const dieOfError = () => (): void => {
  setImmediate(() => {
    throw new Error("a bug in the writer");
  });
};
const tellNothing = () => (): void => undefined;

export const operations = { put, putAndFail, loseTransaction, believes, die, dieOfError, tellNothing } as const;
export type NoteOperations = typeof operations;
