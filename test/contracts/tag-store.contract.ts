/**
 * What every TagStore keeps.
 * Layer: contracts.
 */
import { expect } from "chai";
import { type AcsStores, type OpenAcsStores, registered } from "../support/acs-stores.js";

export function tagStoreContract(adapter: string, open: OpenAcsStores): void {
  let stores: AcsStores;
  before(async () => {
    stores = (await open()).stores;
  });
  after(() => stores.close());

  describe(`${adapter}: tags`, () => {
    it("replace those before, each once, and are found from the device, sorted, and from the tag, in pages", async () => {
      const [one, other, bare] = [await registered(stores.devices), await registered(stores.devices), await registered(stores.devices)];
      await stores.tags.set(one.id, ["old"]);
      expect(await stores.tags.set(one.id, ["pilot", "Berlin", "pilot"])).to.equal("stored");
      await stores.tags.set(other.id, ["pilot"]);
      expect([...(await stores.tags.of([one.id, other.id, bare.id, "none"]))]).to.deep.equal([
        [one.id, ["Berlin", "pilot"]],
        [other.id, ["pilot"]],
        [bare.id, []],
        ["none", []],
      ]);
      expect(await stores.tags.devices("pilot", { limit: 1 })).to.deep.equal([one.id]);
      expect(await stores.tags.devices("pilot", { limit: 9, afterId: one.id })).to.deep.equal([other.id]);
      expect(await stores.tags.devices("old", { limit: 9 })).to.deep.equal([]);
    });

    it("are of registered devices only, and go with them", async () => {
      const { id } = await registered(stores.devices);
      expect(await stores.tags.set("none", ["gone"])).to.equal("unknown");
      await stores.tags.set(id, ["gone"]);
      await stores.devices.remove(id, []);
      expect(await stores.tags.devices("gone", { limit: 9 })).to.deep.equal([]);
    });
  });
}
