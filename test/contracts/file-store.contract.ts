/**
 * What every FileStore keeps.
 * Layer: contracts.
 */
import { expect } from "chai";
import type { CatalogueFile } from "../../acs/stores/file-store.js";
import { type AcsStores, eventOf, type OpenAcsStores } from "../support/acs-stores.js";
import { NOW_MS } from "../support/builders.js";

let files = 0;

const aFile = (more: Partial<CatalogueFile> = {}): CatalogueFile => ({
  ...{
    id: `01file${++files}`,
    name: `firmware-${files}.bin`,
    fileType: "1 Firmware Upgrade Image",
    model: "VG2000",
    version: `1.${files}`,
  },
  ...{ sizeBytes: 1_048_576, sha256: "0".repeat(64), addedAtMs: NOW_MS, appliesTo: ["1.*", "0.9"], releaseNote: "Better.\nFaster." },
  ...more,
});

export function fileStoreContract(adapter: string, open: OpenAcsStores): void {
  let stores: AcsStores;
  before(async () => {
    stores = (await open()).stores;
  });
  after(() => stores.close());

  describe(`${adapter}: files`, () => {
    it("come back as they were added, by id and listed by name", async () => {
      const [b, a] = [aFile({ name: "b.bin" }), aFile({ name: "a.bin", model: "", version: "" })];
      for (const file of [b, a]) expect(await stores.files.add(file, [])).to.equal("added");
      expect(await stores.files.get(a.id)).to.deep.equal(a);
      expect((await stores.files.list()).filter(({ id }) => id === a.id || id === b.id)).to.deep.equal([a, b]);
      expect(await stores.files.get("nothing")).to.equal(undefined);
    });

    it("a second of the same type, model and version is refused, without its events", async () => {
      const file = aFile();
      await stores.files.add(file, [eventOf(null, { kind: "file-added" })]);
      const before = await stores.events.newestId();
      expect(await stores.files.add({ ...aFile(), version: file.version }, [eventOf(null)])).to.equal("exists");
      expect(await stores.events.newestId()).to.equal(before);
      expect(await stores.files.add({ ...aFile(), version: file.version, model: "VG3000" }, [])).to.equal("added");
    });

    it("are removed once", async () => {
      const file = aFile();
      await stores.files.add(file, []);
      expect(await stores.files.remove(file.id, [])).to.equal("removed");
      expect(await stores.files.remove(file.id, [])).to.equal("unknown");
      expect(await stores.files.get(file.id)).to.equal(undefined);
    });

    it("each model has at most one wanted version, until it is taken back", async () => {
      await stores.files.setWantedVersion("VG2000", "1.0");
      await stores.files.setWantedVersion("VG2000", "2.0");
      await stores.files.setWantedVersion("VG3000", "5.0");
      expect(await stores.files.wantedVersion("VG2000")).to.equal("2.0");
      expect(await stores.files.wantedVersions()).to.deep.equal([
        { model: "VG2000", version: "2.0" },
        { model: "VG3000", version: "5.0" },
      ]);
      await stores.files.setWantedVersion("VG2000", null);
      expect(await stores.files.wantedVersion("VG2000")).to.equal(undefined);
    });
  });
}
