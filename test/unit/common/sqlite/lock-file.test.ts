/**
 * The lock that keeps two processes off one store.
 * Layer: unit test.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect } from "chai";
import { DatabaseNotOpened } from "../../../../common/sqlite/connection.js";
import { lockFile } from "../../../../common/sqlite/lock-file.js";
import { type TemporaryFolder, temporaryFolder } from "../../../support/temporary-folder.js";

describe("a lock on a file", () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => folder.remove());

  it("is held by one at a time, also within one process", () => {
    const unlock = lockFile(folder.file("lock"));
    expect(() => lockFile(folder.file("lock"))).to.throw(DatabaseNotOpened, "another process works on this data");
    unlock();
    lockFile(folder.file("lock"))();
  });

  it("is let go by a process that is killed", async function () {
    this.timeout(20_000);
    const script = `import { lockFile } from ${JSON.stringify(new URL("../../../../common/sqlite/lock-file.ts", import.meta.url).href)};
lockFile(${JSON.stringify(folder.file("lock"))});
setInterval(() => {}, 1_000);
console.log("held");`;
    const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    expect(() => lockFile(folder.file("lock"))).to.throw(DatabaseNotOpened);
    child.kill("SIGKILL");
    await once(child, "exit");
    lockFile(folder.file("lock"))();
  });

  it("says that its folder does not exist", () => {
    expect(() => lockFile(folder.file("nowhere/lock"))).to.throw(DatabaseNotOpened, "its directory does not exist");
  });
});
