import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { CatalogueFile, FileStore } from "../../acs/stores/file-store.js";
import { openStores, type Stores } from "../../acs/stores/sqlite/open-stores.js";
import { type Catalogue, type FileDescription, openCatalogue } from "../../acs/upgrades/catalogue.js";
import { fakeClock } from "../support/fake-clock.js";

const UNTOLD = { appliesTo: [], releaseNote: "", expectedSha256: "" };
const FIRMWARE: FileDescription = { name: "fw.bin", fileType: "1 Firmware Upgrade Image", model: "HG1", version: "2.0", ...UNTOLD };

async function* bytesOf(...chunks: readonly string[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

describe("the catalogue: no row without its bytes", () => {
  let root: string;
  let directory: string;
  let stores: Stores;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), "reveille-catalogue-"));
    stores = await openStores({ file: join(root, "acs.sqlite") });
  });
  after(async () => {
    await stores.close();
    await rm(root, { recursive: true });
  });
  beforeEach(async () => {
    for (const { id } of await stores.files.list()) await stores.files.remove(id, []);
    directory = await mkdtemp(join(root, "files-"));
  });

  const open = (files: FileStore = stores.files, publicUrl = "http://f:7567"): Promise<Catalogue> =>
    openCatalogue({ directory, files, publicUrl, clock: fakeClock() });
  const add = async (catalogue: Catalogue, description = FIRMWARE): Promise<CatalogueFile> => {
    const added = await catalogue.add(description, bytesOf("firm", "ware"));
    if (typeof added === "string") throw new Error(added);
    return added;
  };

  it("knows whether the bytes on disk are still those that were added", async () => {
    const catalogue = await open();
    const { id } = await add(catalogue);
    expect(await catalogue.condition(id)).to.equal("intact");
    await writeFile(catalogue.path(id), "firmwarE");
    expect(await catalogue.condition(id)).to.equal("altered");
    await writeFile(catalogue.path(id), "firmware, and more");
    expect(await catalogue.condition(id)).to.equal("altered");
    await unlink(catalogue.path(id));
    expect([await catalogue.condition(id), await catalogue.condition("none")]).to.deep.equal(["missing", "missing"]);
  });

  it("keeps nothing of bytes that have another checksum than the one expected", async () => {
    const catalogue = await open();
    const expectedSha256 = createHash("sha256").update("firmware").digest("hex");
    expect(await catalogue.add({ ...FIRMWARE, expectedSha256 }, bytesOf("hardware"))).to.equal("other-bytes");
    expect(await readdir(directory)).to.deep.equal([]);
    expect(await catalogue.add({ ...FIRMWARE, expectedSha256 }, bytesOf("firmware"))).to.be.an("object");
  });

  it("measures size and checksum, and keeps the bytes under the id", async () => {
    const catalogue = await open();
    const file = await add(catalogue);
    const { expectedSha256: _, ...told } = FIRMWARE;
    expect(file).to.deep.include({ ...told, sizeBytes: 8, sha256: createHash("sha256").update("firmware").digest("hex") });
    expect(await readFile(catalogue.path(file.id), "utf8")).to.equal("firmware");
    expect(await catalogue.list()).to.deep.equal([file]);
    expect(await readdir(directory)).to.deep.equal([file.id]);
  });

  it("has all bytes under their final name before the row is stored", async () => {
    const seen: string[] = [];
    const watching: FileStore = {
      ...stores.files,
      add: async (file, events) => {
        seen.push(await readFile(join(directory, file.id), "utf8"), ...(await readdir(directory)));
        return stores.files.add(file, events);
      },
    };
    const file = await add(await open(watching));
    expect(seen).to.deep.equal(["firmware", file.id]);
  });

  it("keeps the bytes when the store fails, for the row may be there; the next start removes them if it is not", async () => {
    const failing: FileStore = { ...stores.files, add: () => Promise.reject(new Error("the disk is gone")) };
    const error = await add(await open(failing)).catch((failure: Error) => failure);
    expect(error).to.have.property("message", "the disk is gone");
    expect(await readdir(directory)).to.have.length(1);
    await open();
    expect(await readdir(directory)).to.deep.equal([]);
  });

  it("leaves nothing of an upload that breaks off", async () => {
    async function* broken(): AsyncGenerator<Buffer> {
      yield Buffer.from("firm");
      throw new Error("connection lost");
    }
    const catalogue = await open();
    const error = await catalogue.add(FIRMWARE, broken()).catch((failure: Error) => failure);
    expect(error).to.have.property("message", "connection lost");
    expect([await readdir(directory), await catalogue.list()]).to.deep.equal([[], []]);
  });

  it("removes at start what a crash left, and nothing that is not its own", async () => {
    const file = await add(await open());
    for (const name of [`${file.id.slice(0, 25)}0.part`, `${file.id.slice(0, 25)}1`, "README"]) await writeFile(join(directory, name), "x");
    await open();
    expect(await readdir(directory)).to.have.members([file.id, "README"]);
  });

  it("tells which rows have lost their bytes", async () => {
    const first = await open();
    const file = await add(first);
    expect(first.lost).to.deep.equal([]);
    await unlink(first.path(file.id));
    expect((await open()).lost).to.deep.equal([file]);
  });

  it("refuses the same type, model and version twice before it reads a byte", async () => {
    const catalogue = await open();
    await add(catalogue);
    async function* untouched(): AsyncGenerator<Buffer> {
      yield Buffer.alloc(0);
      throw new Error("the bytes were read");
    }
    expect(await catalogue.add({ ...FIRMWARE, name: "other.bin" }, untouched())).to.equal("exists");
    expect(await catalogue.add({ ...FIRMWARE, version: "2.1" }, bytesOf("x"))).to.be.an("object");
  });

  it("keeps one of two that arrive at the same time, and the bytes of that one", async () => {
    const catalogue = await open();
    const [one, two] = await Promise.all([catalogue.add(FIRMWARE, bytesOf("one")), catalogue.add(FIRMWARE, bytesOf("two"))]);
    expect([typeof one, typeof two].toSorted()).to.deep.equal(["object", "string"]);
    expect(await readdir(directory)).to.deep.equal((await catalogue.list()).map(({ id }) => id));
  });

  it("refuses an empty file", async () => {
    const catalogue = await open();
    expect(await catalogue.add(FIRMWARE, bytesOf())).to.equal("empty");
    expect(await readdir(directory)).to.deep.equal([]);
  });

  it("removes row and bytes, once", async () => {
    const catalogue = await open();
    const { id } = await add(catalogue);
    expect([await catalogue.remove(id), await catalogue.remove(id)]).to.deep.equal(["removed", "unknown"]);
    expect([await catalogue.get(id), await readdir(directory)]).to.deep.equal([undefined, []]);
  });

  it("leaves events of what was added and removed", async () => {
    const catalogue = await open();
    const { id } = await add(catalogue);
    await catalogue.remove(id);
    const [removed, added] = await stores.events.list({ kinds: ["file-added", "file-removed"], limit: 2 });
    expect(added).to.deep.include({ kind: "file-added", deviceId: null });
    expect(added?.data).to.include({ fileId: id, version: "2.0", sizeBytes: 8 });
    expect(removed?.data).to.deep.equal({ fileId: id });
  });

  it("refuses names that would need escapes in a link, or make it too long for a device", async () => {
    const faults = async (description: Partial<FileDescription>, publicUrl?: string): Promise<readonly string[]> =>
      (await open(stores.files, publicUrl)).check({ ...FIRMWARE, ...description }).map(({ field }) => field);
    expect(await faults({})).to.deep.equal([]);
    for (const name of ["", ".", "..", ".hidden", "a/b", "a\\b", "a b", "a?b", "é", "%2e%2e", "a".repeat(129)]) {
      expect(await faults({ name }), name).to.deep.equal(["name"]);
    }
    expect(await faults({ name: "a".repeat(100) }, `http://${"f".repeat(60)}`)).to.deep.equal(["name"]);
    expect(await faults({ fileType: "firmware", model: "m".repeat(65), version: "\n" })).to.deep.equal(["fileType", "model", "version"]);
  });
});
