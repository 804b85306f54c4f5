/**
 * The store as processes run it: from source and built, from any working directory, and killed around a commit.
 * Layer: integration.
 */
import { execFile } from "node:child_process";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect } from "chai";
import { openStores } from "../../acs/stores/sqlite/open-stores.js";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.js";

const inRepository = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const SCRIPT = inRepository("test/support/sqlite/store-process.ts");
const TSX = inRepository("node_modules/.bin/tsx");
const DEVICE_LINE = /^0A1B2C-VG2000-SN000001\n$/;

describe("a store in a process of its own", () => {
  let folder: TemporaryFolder;
  before(async () => {
    folder = await temporaryFolder();
  });
  after(() => folder.remove());

  /** Ends with what it printed and how it ended; a process that hangs is killed and shows as SIGTERM. */
  function run(
    command: string,
    args: readonly string[],
    cwd: string,
  ): Promise<{ readonly out: string; readonly err: string; readonly end: unknown }> {
    return new Promise((resolve) => {
      execFile(command, args, { cwd, timeout: 15_000 }, (error, out, err) => resolve({ out, err, end: error?.signal ?? error?.code ?? 0 }));
    });
  }

  const idsIn = async (file: string): Promise<readonly string[]> => {
    const stores = await openStores({ file });
    const devices = await stores.devices.list({ limit: 100 });
    await stores.close();
    return devices.map(({ id }) => id);
  };

  it("runs by tsx from another working directory", async () => {
    const { out, err, end } = await run(TSX, [SCRIPT, folder.file("tsx.db"), "never"], "/");
    expect({ err, end }).to.deep.equal({ err: "", end: 0 });
    expect(out).to.match(DEVICE_LINE);
  });

  it("runs by node --import tsx from another working directory", async () => {
    const loader = pathToFileURL(inRepository("node_modules/tsx/dist/loader.mjs")).href;
    const { out, err, end } = await run(process.execPath, ["--import", loader, SCRIPT, folder.file("node.db"), "never"], "/");
    expect({ err, end }).to.deep.equal({ err: "", end: 0 });
    expect(out).to.match(DEVICE_LINE);
  });

  it("runs as JavaScript after the build", async () => {
    const built = folder.file("built");
    await mkdir(built);
    await writeFile(`${built}/package.json`, '{ "type": "module" }');
    await symlink(inRepository("node_modules"), `${built}/node_modules`);
    const config = {
      extends: inRepository("tsconfig.json"),
      compilerOptions: { noEmit: false, noCheck: true, outDir: built, rootDir: inRepository("."), types: [] },
      include: [],
      files: [SCRIPT, inRepository("acs/stores/sqlite/operations.ts"), inRepository("common/sqlite/writer.ts")],
    };
    await writeFile(folder.file("tsconfig.json"), JSON.stringify(config));
    const build = await run(process.execPath, [inRepository("node_modules/typescript/bin/tsc"), "-p", folder.file("tsconfig.json")], "/");
    expect(build).to.deep.include({ out: "", end: 0 });
    expect(await readFile(`${built}/common/sqlite/writer.js`, "utf8")).to.contain("serve(");
    const { out, err, end } = await run(
      process.execPath,
      [`${built}/test/support/sqlite/store-process.js`, folder.file("built.db"), "never"],
      "/",
    );
    expect({ err, end }).to.deep.equal({ err: "", end: 0 });
    expect(out).to.match(DEVICE_LINE);
  });

  it("killed before a commit: what was told before is there, what was not yet committed is not", async () => {
    const { out, end } = await run(TSX, [SCRIPT, folder.file("before.db"), "before"], "/");
    expect(end).to.be.oneOf(["SIGKILL", 137]);
    expect(await idsIn(folder.file("before.db")))
      .to.deep.equal(out.trim().split("\n"))
      .and.to.have.length(2);
  });

  it("killed after a commit, before anybody is told: it is there", async () => {
    const { out, end } = await run(TSX, [SCRIPT, folder.file("after.db"), "after"], "/");
    expect(end).to.be.oneOf(["SIGKILL", 137]);
    expect(out.trim().split("\n")).to.have.length(2);
    expect(await idsIn(folder.file("after.db"))).to.have.length(3);
  });
});
