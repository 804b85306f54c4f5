/**
 * What every store of connection-request targets does.
 * Layer: contract suite.
 */
import { expect } from "chai";
import type { TargetChange } from "../../sip-bridge/connection-requests/target.js";
import type { ConnectionRequestStore } from "../../sip-bridge/stores/connection-request-store.js";

const change = (changes: Partial<TargetChange> = {}): TargetChange => ({
  id: "id-1",
  device: "0A1B2C-VG-1",
  changedAtMs: 1_000,
  ...changes,
});
const TARGET = { by: "address-of-record", addressOfRecord: "1001@voice.example" } as const;

export function connectionRequestStoreContract(
  adapter: string,
  open: () => Promise<{ readonly store: ConnectionRequestStore; close(): Promise<void> }>,
): void {
  describe(`connection-request store, ${adapter}`, () => {
    let store: ConnectionRequestStore;
    let close: () => Promise<void>;
    beforeEach(async () => {
      ({ store, close } = await open());
    });
    afterEach(() => close());

    it("adds a device of which nothing is known yet", async () => {
      expect(await store.change(change())).to.equal("added");
      expect(await store.get("id-1")).to.deep.equal({
        ...{
          id: "id-1",
          device: "0A1B2C-VG-1",
          target: null,
          targetBy: "relay",
          username: "",
          sealedHa1s: "",
          event: "",
          profile: null,
        },
        ...{ originalUrl: "", changedAtMs: 1_000 },
      });
    });

    it("changes what is given and leaves the rest", async () => {
      await store.change(change({ target: TARGET, targetBy: "operator", targetKey: "k", username: "acs", sealedHa1s: "sealed" }));
      expect(await store.change(change({ originalUrl: "http://10.0.0.1/", changedAtMs: 2_000 }))).to.equal("changed");
      expect(await store.ofDevice("0A1B2C-VG-1")).to.deep.equal({
        ...{
          id: "id-1",
          device: "0A1B2C-VG-1",
          target: TARGET,
          targetBy: "operator",
          username: "acs",
          sealedHa1s: "sealed",
          event: "",
          profile: null,
        },
        ...{ originalUrl: "http://10.0.0.1/", changedAtMs: 2_000 },
      });
    });

    it("keeps the wake profile of a device, and none where it is set to null", async () => {
      await store.change(change({ profile: { subscriptionState: null, callId: "kept" } }));
      expect((await store.get("id-1"))?.profile).to.deep.equal({ subscriptionState: null, callId: "kept" });
      await store.change(change({ profile: null }));
      expect((await store.get("id-1"))?.profile).to.equal(null);
    });

    it("keeps the id of a device that it knows: ACSs have it in a URL", async () => {
      await store.change(change());
      await store.change(change({ id: "id-2", username: "acs" }));
      expect(await store.get("id-2")).to.equal(undefined);
      expect((await store.get("id-1"))?.username).to.equal("acs");
    });

    it("gives no device the id of another", async () => {
      await store.change(change());
      expect(await store.change(change({ device: "0A1B2C-VG-2" }))).to.equal("taken");
      expect(await store.ofDevice("0A1B2C-VG-2")).to.equal(undefined);
    });

    it("adds no device beyond the number that is given, and changes those that it knows", async () => {
      await store.change(change({ knownMax: 1 }));
      expect(await store.change(change({ id: "id-2", device: "0A1B2C-VG-2", knownMax: 1 }))).to.equal("full");
      expect(await store.ofDevice("0A1B2C-VG-2")).to.equal(undefined);
      expect(await store.change(change({ username: "acs", knownMax: 1 }))).to.equal("changed");
      expect(await store.change(change({ id: "id-2", device: "0A1B2C-VG-2", knownMax: 2 }))).to.equal("added");
    });

    it("finds the devices that have a target, and none by no target", async () => {
      await store.change(change({ target: TARGET, targetKey: "k" }));
      await store.change(change({ id: "id-2", device: "0A1B2C-VG-2" }));
      expect((await store.withTarget("k", 2)).map(({ id }) => id)).to.deep.equal(["id-1"]);
      expect(await store.withTarget("", 2)).to.deep.equal([]);
    });

    it("forgets a target that is set to null", async () => {
      await store.change(change({ target: TARGET, targetKey: "k" }));
      await store.change(change({ target: null, targetKey: "" }));
      expect((await store.get("id-1"))?.target).to.equal(null);
    });

    it("lists by id in pages, counts, and removes", async () => {
      for (const id of ["c", "a", "b"]) await store.change(change({ id, device: `device ${id}` }));
      const ids = async (page: { readonly after?: string; readonly limit: number }) => (await store.list(page)).map(({ id }) => id);
      expect(await ids({ limit: 2 })).to.deep.equal(["a", "b"]);
      expect(await ids({ after: "b", limit: 2 })).to.deep.equal(["c"]);
      expect(await store.remove("b")).to.equal("removed");
      expect(await store.remove("b")).to.equal("unknown");
      expect(await store.count()).to.equal(2);
    });
  });
}
