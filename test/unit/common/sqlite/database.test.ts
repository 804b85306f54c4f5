/**
 * One writer thread, group commit, and what happens when something goes wrong.
 * Layer: unit.
 */
import { statSync, writeFileSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { expect } from "chai";
import { DatabaseNotOpened, explainOpenFailure, openWriterConnection } from "../../../../common/sqlite/connection.js";
import {
  type CommitBatch,
  type Database,
  type DatabaseOptions,
  DatabaseOverloaded,
  DatabaseUnusable,
  OperationFailed,
  openDatabase,
} from "../../../../common/sqlite/database.js";
import type { Operations } from "../../../../common/sqlite/operation.js";
import type { NewerNoteOperations } from "../../../support/sqlite/newer-notes-operations.js";
import type { NoteOperations } from "../../../support/sqlite/notes-operations.js";
import { type TemporaryFolder, temporaryFolder } from "../../../support/temporary-folder.js";

const moduleUrl = (name: string): URL => new URL(`../../../support/sqlite/${name}.ts`, import.meta.url);

describe("common/sqlite", () => {
  let folder: TemporaryFolder;
  const opened: Database<Operations>[] = [];
  let files = 0;

  /** For tests that need nothing special; each uses notes of its own. */
  let shared: Database<NoteOperations>;
  before(async () => {
    folder = await temporaryFolder();
    shared = await openDatabase<NoteOperations>({ file: folder.file("shared.db"), operationsUrl: moduleUrl("notes-operations") });
  });
  afterEach(async () => {
    for (const database of opened.splice(0)) await database.close();
  });
  after(async () => {
    await shared.close();
    await folder.remove();
  });

  async function open<O extends Operations = NoteOperations>(more: Partial<DatabaseOptions> = {}): Promise<Database<O>> {
    const file = folder.file(`${++files}.db`);
    const database = await openDatabase<O>({ file, operationsUrl: moduleUrl("notes-operations"), ...more });
    opened.push(database as unknown as Database<Operations>);
    return database;
  }

  const names = (database: Database<NoteOperations>): Promise<readonly string[]> =>
    database.read(() =>
      database.queries
        .prepare<{ name: string }>("SELECT name FROM notes ORDER BY name")
        .all()
        .map(({ name }) => name),
    );

  /** The error that a promise is rejected with. */
  async function failure(promise: Promise<unknown>): Promise<Error> {
    return promise.then(
      () => expect.fail("it should have been rejected"),
      (error: unknown) => error as Error,
    );
  }

  describe("group commit", () => {
    it("writes that come together share a commit", async () => {
      const batches: CommitBatch[] = [];
      const database = await open({ observer: { beforeCommit: (batch) => batches.push(batch) } });
      await Promise.all(Array.from({ length: 300 }, (_, i) => database.write("put", { name: `n${i}`, text: "" })));
      expect(database.counters).to.include({ commits: 1, operations: 300, rowsWritten: 300, queued: 0 });
      expect(batches.map(({ number, operations }) => [number, operations.length])).to.deep.equal([[1, 300]]);
    });

    it("writes that come while a commit runs go into the next one", async () => {
      const database = await open();
      const first = database.write("put", { name: "first", text: "" });
      await new Promise((resolve) => setImmediate(resolve)); // The first is on its way now.
      const others = Array.from({ length: 50 }, (_, i) => database.write("put", { name: `n${i}`, text: "" }));
      await Promise.all([first, ...others]);
      expect(database.counters.commits).to.equal(2);
    });

    it("a batch has a largest size", async () => {
      const sizes: number[] = [];
      const observer = { beforeCommit: ({ operations }: CommitBatch) => sizes.push(operations.length) };
      const database = await open({ observer, limits: { batchOperationsMax: 4 } });
      await Promise.all(Array.from({ length: 10 }, (_, i) => database.write("put", { name: `n${i}`, text: "" })));
      expect(sizes).to.deep.equal([4, 4, 2]);
    });

    it("what is written can be read when its promise is fulfilled, by this thread and by another connection", async () => {
      await shared.write("put", { name: "readable", text: "b" });
      expect(await names(shared)).to.include("readable");
      const other = new Sqlite(folder.file("shared.db"), { readonly: true });
      expect(other.prepare("SELECT text FROM notes WHERE name = 'readable'").get()).to.deep.equal({ text: "b" });
      other.close();
    });

    it("an argument is copied when it is written", async () => {
      const note = { name: "before", text: "" };
      const written = shared.write("put", note);
      note.name = "after";
      expect(await written).to.equal("before");
      expect(await names(shared))
        .to.include("before")
        .and.not.include("after");
    });

    it("the observer sees a batch before it is sent and before anybody is told", async () => {
      const steps: string[] = [];
      const database = await open({
        observer: {
          beforeCommit: ({ number }) => steps.push(`before ${number}`),
          afterCommit: ({ number }) => steps.push(`after ${number}`),
        },
        onCommitted: (announcements) => steps.push(JSON.stringify(announcements)),
      });
      await database.write("put", { name: "a", text: "" }).then(() => steps.push("told"));
      await database.write("tellNothing", undefined as never);
      expect(steps.slice(0, 2)).to.deep.equal(["before 1", "after 1"]);
      expect(steps.slice(2, 4)).to.have.members(["told", '[{"put":"a"}]']);
      expect(steps.slice(4)).to.deep.equal(["before 2", "after 2"]);
    });

    it("a commit is durable: WAL and synchronous=FULL on the connection that writes", () => {
      const connection = openWriterConnection(folder.file(`${++files}.db`));
      const pragma = (name: string): unknown => connection.pragma(name, { simple: true });
      expect([pragma("journal_mode"), pragma("synchronous"), pragma("foreign_keys")]).to.deep.equal(["wal", 2, 1]);
      connection.close();
    });

    it("the file is readable by its owner only", () => {
      expect(statSync(folder.file("shared.db")).mode & 0o777).to.equal(0o600);
    });
  });

  describe("an operation that fails", () => {
    it("rejects only itself and leaves nothing behind, not even its announcement", async () => {
      const announced: unknown[] = [];
      const database = await open({ onCommitted: (announcements) => announced.push(...announcements) });
      const outcomes = await Promise.allSettled([
        database.write("put", { name: "a", text: "" }),
        database.write("putAndFail", { name: "b", text: "" }),
        database.write("put", { name: "a", text: "again" }),
        database.write("put", { name: "c", text: "" }),
      ]);
      expect(outcomes.map(({ status }) => status)).to.deep.equal(["fulfilled", "rejected", "rejected", "fulfilled"]);
      expect(await names(database)).to.deep.equal(["a", "c"]);
      expect(announced).to.deep.equal([{ put: "a" }, { put: "c" }]);
      expect(database.counters).to.include({ commits: 1, operations: 2, failures: 2 });
    });

    it("says which one it was and what SQLite said", async () => {
      await shared.write("put", { name: "twice", text: "" });
      const error = await failure(shared.write("put", { name: "twice", text: "" }));
      expect(error).to.be.instanceOf(OperationFailed);
      expect(error).to.include({ operation: "put", code: "SQLITE_CONSTRAINT_PRIMARYKEY" });
      expect((await failure(shared.write("putAndFail", { name: "changed", text: "" }))).message).to.equal(
        "putAndFail: TypeError: changed its mind",
      );
    });

    it("makes the thread forget what it had cached", async () => {
      await failure(shared.write("putAndFail", { name: "forgotten", text: "" }));
      expect(await shared.write("believes", { name: "forgotten" })).to.equal(false);
      await shared.write("put", { name: "forgotten", text: "" });
      expect(await shared.write("believes", { name: "forgotten" })).to.equal(true);
    });

    it("and takes the transaction with it: everybody in the batch is told, the next batch works", async () => {
      const database = await open();
      const outcomes = await Promise.allSettled([
        database.write("put", { name: "a", text: "" }),
        database.write("loseTransaction", undefined as never),
        database.write("put", { name: "b", text: "" }),
      ]);
      expect(outcomes.map(({ status }) => status)).to.deep.equal(["rejected", "rejected", "rejected"]);
      expect(await names(database)).to.deep.equal([]);
      expect(await database.write("believes", { name: "a" })).to.equal(false);
      await database.write("put", { name: "c", text: "" });
      expect(await names(database)).to.deep.equal(["c"]);
    });

    it("an operation that does not exist is refused", async () => {
      const database = shared as unknown as Database<Operations>;
      expect((await failure(database.write("nothing", undefined as never))).message).to.contain('no operation "nothing"');
    });
  });

  describe("overload", () => {
    it("more writes than may wait are refused at once; those that wait are stored", async () => {
      const database = await open({ limits: { queuedOperationsMax: 3 } });
      const outcomes = await Promise.allSettled(["a", "b", "c", "d"].map((name) => database.write("put", { name, text: "" })));
      expect(outcomes[3]?.status === "rejected" && outcomes[3].reason).to.be.instanceOf(DatabaseOverloaded);
      expect(await names(database)).to.deep.equal(["a", "b", "c"]);
      await database.write("put", { name: "d", text: "" });
    });

    it("so are more characters than may wait", async () => {
      const database = await open({ limits: { queuedCharactersMax: 1_000 } });
      const small = database.write("put", { name: "a", text: "x".repeat(500) });
      expect(await failure(database.write("put", { name: "b", text: "x".repeat(500) }))).to.be.instanceOf(DatabaseOverloaded);
      await small;
      await database.write("put", { name: "b", text: "x".repeat(500) });
    });
  });

  describe("the end", () => {
    it("close stores what is queued, and leaves no log behind", async () => {
      const database = await open();
      const written = Array.from({ length: 20 }, (_, i) => database.write("put", { name: `n${i}`, text: "" }));
      await database.close();
      await Promise.all(written);
      expect(() => statSync(folder.file(`${files}.db-wal`))).to.throw("ENOENT");
      const again = await open({ file: folder.file(`${files}.db`) });
      expect(await names(again)).to.have.length(20);
    });

    it("after close everything is refused, and closing twice is closing once", async () => {
      const database = await open();
      await Promise.all([database.close(), database.close()]);
      expect(await failure(database.write("put", { name: "a", text: "" }))).to.be.instanceOf(DatabaseUnusable);
      expect(await failure(database.read(() => 1))).to.be.instanceOf(DatabaseUnusable);
      expect(await failure(database.snapshot(() => 1))).to.be.instanceOf(DatabaseUnusable);
    });

    for (const [how, operation] of [
      ["ends", "die"],
      ["has a bug", "dieOfError"],
    ] as const) {
      it(`a writer that ${how}: whoever waits is told, whoever comes later too, and close returns`, async () => {
        const database = await open();
        await database.write("put", { name: "kept", text: "" });
        const dead = database.write(operation, undefined as never);
        const outcomes = await Promise.allSettled([dead, untilUnusable(database)]);
        expect(outcomes.map(({ status }) => status)).to.deep.equal([how === "ends" ? "rejected" : "fulfilled", "fulfilled"]);
        const error = await failure(database.write("put", { name: "b", text: "" }));
        expect(error).to.be.instanceOf(DatabaseUnusable);
        expect(error.message).to.match(how === "ends" ? /ended with code 3/ : /a bug in the writer/);
        await database.close();
        expect(await names(await open({ file: folder.file(`${files}.db`) }))).to.deep.equal(["kept"]);
      });
    }

    /** Writes until a write is refused: the death of a thread is noticed a moment later. */
    async function untilUnusable(database: Database<NoteOperations>): Promise<void> {
      for (;;) {
        try {
          await database.write("tellNothing", undefined as never);
        } catch {
          return;
        }
      }
    }
  });

  describe("versions of the schema", () => {
    it("an older database is brought forward with what it holds", async () => {
      const old = await open();
      await old.write("put", { name: "old", text: "kept" });
      await old.close();
      const newer = await open<NewerNoteOperations>({
        file: folder.file(`${files}.db`),
        operationsUrl: moduleUrl("newer-notes-operations"),
      });
      expect(await newer.write("pinned", undefined as never)).to.deep.equal(["old"]);
      expect(await newer.read(() => newer.queries.prepare<{ text: string }>("SELECT text FROM notes").get())).to.deep.equal({
        text: "kept",
      });
    });

    it("a newer database is refused with both versions, and not touched", async () => {
      const newer = await open<NewerNoteOperations>({ operationsUrl: moduleUrl("newer-notes-operations") });
      await newer.close();
      const error = await failure(open({ file: folder.file(`${files}.db`) }));
      expect(error).to.be.instanceOf(DatabaseNotOpened);
      expect(error.message).to.match(/schema version 2, this program knows versions up to 1/);
      await open<NewerNoteOperations>({ file: folder.file(`${files}.db`), operationsUrl: moduleUrl("newer-notes-operations") });
    });

    it("a migration that fails leaves the version before it", async () => {
      const old = await open();
      await old.write("put", { name: "a", text: "" });
      await old.close();
      const file = folder.file(`${files}.db`);
      expect((await failure(open({ file, operationsUrl: moduleUrl("broken-operations") }))).message).to.contain("nowhere");
      expect(await names(await open({ file }))).to.deep.equal(["a"]);
      const database = new Sqlite(file);
      expect(database.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'more'").get()).to.deep.equal({ n: 0 });
      database.close();
    });

    it("another program's database is refused", async () => {
      const file = folder.file(`${++files}.db`);
      const other = new Sqlite(file);
      other.exec("CREATE TABLE theirs (x)");
      other.close();
      expect((await failure(open({ file }))).message).to.contain("another program");
    });
  });

  describe("a database that cannot be opened", () => {
    it("says why: no directory, no database", async () => {
      const missing = await failure(open({ file: folder.file("nowhere/a.db") }));
      expect(missing).to.be.instanceOf(DatabaseNotOpened);
      expect(missing.message).to.contain("directory does not exist");
      const file = folder.file(`${++files}.db`);
      writeFileSync(file, "this is a letter, not a database".repeat(200));
      expect((await failure(open({ file }))).message).to.contain("is not an SQLite database");
    });

    it("names the remedy when the native module is missing or made for another Node", () => {
      const errors: unknown[] = [];
      try {
        new Sqlite(folder.file("native.db"), { nativeBinding: folder.file("better_sqlite3.node") });
      } catch (error) {
        errors.push(error);
      }
      errors.push(new Error("Could not locate the bindings file. Tried:\n → /x/build/better_sqlite3.node"));
      errors.push(
        Object.assign(new Error("was compiled against a different Node.js version using\nNODE_MODULE_VERSION 108."), {
          code: "ERR_DLOPEN_FAILED",
        }),
      );
      expect(errors).to.have.length(3);
      for (const error of errors)
        expect(explainOpenFailure("a.db", error)).to.match(/npm rebuild better-sqlite3.*prebuilt binary[\s\S]*C\+\+ compiler/);
    });
  });
});
