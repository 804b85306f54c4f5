/**
 * What every SettingsStore keeps.
 * Layer: contracts.
 */
import { expect } from "chai";
import type { AcsStores, OpenAcsStores } from "../support/acs-stores.js";

export function settingsStoreContract(adapter: string, open: OpenAcsStores): void {
  let stores: AcsStores;
  before(async () => {
    stores = (await open()).stores;
  });
  after(() => stores.close());

  describe(`${adapter}: settings`, () => {
    it("keep the newest value of a name", async () => {
      expect(await stores.settings.get("colour")).to.equal(undefined);
      await stores.settings.set("colour", "red");
      await stores.settings.set("colour", "");
      expect(await stores.settings.get("colour")).to.equal("");
    });

    it("that are set once keep the first value, whoever comes at the same time", async () => {
      const given = await Promise.all(["a", "b", "c"].map((value) => stores.settings.setOnce("key", value)));
      expect(given).to.deep.equal(["a", "a", "a"]);
      expect(await stores.settings.get("key")).to.equal("a");
    });
  });
}
