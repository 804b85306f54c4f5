/**
 * What every ReachStore keeps.
 * Layer: contracts.
 */
import { expect } from "chai";
import { UNKNOWN_REACHABILITY } from "../../acs/devices/reachability.js";
import type { ReachStore, RungNote } from "../../acs/stores/reach-store.js";
import { type AcsStores, eventOf, newDevice, type OpenAcsStores, registered } from "../support/acs-stores.js";
import { NOW_MS } from "../support/builders.js";

export function reachStoreContract(adapter: string, open: OpenAcsStores): void {
  let stores: AcsStores;
  let reopen: () => Promise<AcsStores>;
  let reach: ReachStore;
  before(async () => {
    ({ stores, reopen } = await open());
    reach = stores.reach;
  });
  after(() => stores.close());

  const note = (deviceId: string, more: Partial<RungNote> = {}): RungNote => ({
    ...{ deviceId, rung: "http", atMs: NOW_MS, what: "asked", detail: "" },
    ...more,
  });
  /** A model of its own, so that tests don't meet. */
  let models = 0;
  const device = async (productClass = `M${++models}`): Promise<string> =>
    (await registered(stores.devices, { identity: { ...newDevice().identity, productClass } })).id;

  describe(`${adapter}: rungs`, () => {
    it("of a new device and of a stranger: nothing is known", async () => {
      expect(await reach.get(await device())).to.deep.equal(UNKNOWN_REACHABILITY);
      expect(await reach.get("0A1B2C-nobody")).to.deep.equal(UNKNOWN_REACHABILITY);
    });

    it("keep the last time of each outcome, and the reason of the last failure", async () => {
      const id = await device();
      await reach.note(note(id), []);
      await reach.note(note(id, { what: "failed", atMs: NOW_MS + 1, detail: "offline" }), []);
      await reach.note(note(id, { atMs: NOW_MS + 2 }), []);
      await reach.note(note(id, { what: "woke", atMs: NOW_MS + 3 }), []);
      await reach.note(note(id, { rung: "sip", what: "failed", atMs: NOW_MS + 4, detail: "x".repeat(1_000) }), []);
      const { device: rungs } = await reach.get(id);
      expect(rungs.http).to.deep.equal({ askedAtMs: NOW_MS + 2, wokeAtMs: NOW_MS + 3, failedAtMs: NOW_MS + 1, failure: "offline" });
      expect(rungs.sip).to.deep.include({ askedAtMs: null, wokeAtMs: null, failedAtMs: NOW_MS + 4 });
      expect(rungs.sip?.failure).to.have.length(256);
      expect(Object.keys(rungs)).to.have.members(["http", "sip"]);
    });

    it("woke and failed count for the model too, asked does not; another model is untouched", async () => {
      const [one, other, stranger] = [await device("SAME"), await device("SAME"), await device()];
      await reach.note(note(one), []);
      expect((await reach.get(other)).model).to.deep.equal({});
      await reach.note(note(one, { what: "woke", atMs: NOW_MS + 5 }), []);
      await reach.note(note(other, { what: "failed", atMs: NOW_MS + 6, detail: "offline" }), []);
      const known = { http: { askedAtMs: null, wokeAtMs: NOW_MS + 5, failedAtMs: NOW_MS + 6, failure: "" } };
      expect((await reach.get(one)).model).to.deep.equal(known);
      expect((await reach.get(other)).model).to.deep.equal(known);
      expect((await reach.get(stranger)).model).to.deep.equal({});
    });

    it("come with their events; of an unknown device neither is stored", async () => {
      const id = await device();
      const before = await stores.events.newestId();
      expect(await reach.note(note(id), [eventOf(id)])).to.equal("stored");
      expect(await stores.events.newestId()).to.equal(before + 1);
      expect(await reach.note(note("0A1B2C-nobody"), [eventOf(null)])).to.equal("unknown");
      expect(await stores.events.newestId()).to.equal(before + 1);
    });
  });

  describe(`${adapter}: UDP bindings`, () => {
    it("are set, replaced, and not stored twice", async () => {
      const id = await device();
      const binding = { host: "198.51.100.7", port: 60_001, atMs: NOW_MS };
      const before = await stores.events.newestId();
      expect(await reach.setUdpBinding(id, binding, [eventOf(id)])).to.equal("changed");
      expect(await reach.setUdpBinding(id, { ...binding, atMs: NOW_MS + 9 }, [eventOf(id)])).to.equal("same");
      expect((await reach.get(id)).udpBinding).to.deep.equal(binding);
      const moved = { host: "198.51.100.7", port: 60_002, atMs: NOW_MS + 10 };
      expect(await reach.setUdpBinding(id, moved, [eventOf(id)])).to.equal("changed");
      expect((await reach.get(id)).udpBinding).to.deep.equal(moved);
      expect(await stores.events.newestId()).to.equal(before + 2);
      expect(await reach.setUdpBinding("0A1B2C-nobody", binding, [eventOf(null)])).to.equal("unknown");
    });
  });

  describe(`${adapter}: reachability`, () => {
    it("goes with its device: one that is registered anew begins anew, its model stays known", async () => {
      const wanted = newDevice({ identity: { ...newDevice().identity, productClass: "GONE" } });
      const { id } = await registered(stores.devices, wanted);
      await reach.note(note(id, { what: "woke" }), []);
      await reach.setUdpBinding(id, { host: "198.51.100.7", port: 1, atMs: NOW_MS }, []);
      await stores.devices.remove(id, []);
      expect(await reach.get(id)).to.deep.equal(UNKNOWN_REACHABILITY);
      await registered(stores.devices, wanted);
      const anew = await reach.get(id);
      expect([anew.device, anew.udpBinding]).to.deep.equal([{}, null]);
      expect(anew.model.http?.wokeAtMs).to.equal(NOW_MS);
    });

    it("survives a restart", async () => {
      const id = await device();
      await reach.note(note(id, { what: "woke" }), []);
      await reach.setUdpBinding(id, { host: "198.51.100.7", port: 1, atMs: NOW_MS }, []);
      const before = await reach.get(id);
      stores = await reopen();
      reach = stores.reach;
      expect(await reach.get(id)).to.deep.equal(before);
    });
  });
}
