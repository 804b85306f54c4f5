/**
 * What every QuarantineStore keeps.
 * Layer: contracts.
 */
import { expect } from "chai";
import { type Device, IDLE_WAKE, type Quarantine, type WakeRecord } from "../../acs/devices/device.js";
import { type AcsStores, eventOf, informOf, newTask, type OpenAcsStores, registered, told, toldOf } from "../support/acs-stores.js";
import { NOW_MS } from "../support/builders.js";

const CHANGED: Quarantine = { reason: "identity-changed", sinceMs: NOW_MS, claimed: "0A1B2C-VG2000-OTHER" };
const ASKED: WakeRecord = { state: "asked", attempts: 1, reason: "NOTIFY", nextTryAtMs: NOW_MS + 1 };

export function quarantineStoreContract(adapter: string, open: OpenAcsStores): void {
  let stores: AcsStores;
  before(async () => {
    stores = (await open()).stores;
  });
  after(() => stores.close());

  async function quarantined(quarantine = CHANGED): Promise<Device> {
    const { id } = await registered(stores.devices);
    const device = await stores.quarantine.quarantine(id, quarantine, []);
    if (device === undefined) throw new Error("not registered");
    return device;
  }

  describe(`${adapter}: quarantine`, () => {
    it("is kept with its reason, over a restart too", async () => {
      const opened = await open();
      const { id } = await registered(opened.stores.devices);
      expect(await opened.stores.quarantine.quarantine(id, CHANGED, [])).to.deep.include({ id, quarantine: CHANGED });
      const again = await opened.reopen();
      expect(await again.devices.get(id)).to.deep.include({ quarantine: CHANGED });
      await again.close();
    });

    it("fences the session that is going on, and ends the wake", async () => {
      const { id } = await registered(stores.devices);
      const receipt = await stores.devices.recordInform(informOf(id));
      await stores.devices.setWake(id, IDLE_WAKE, ASKED, []);
      const device = await stores.quarantine.quarantine(id, CHANGED, []);
      expect(device?.wake).to.deep.equal(IDLE_WAKE);
      expect(await stores.devices.recordTold(toldOf(id, receipt?.lease ?? 0, { parameters: told("Device.A=1") }))).to.equal("fenced");
    });

    it("keeps out of the store what the device tells, and nobody wakes it; tasks are taken", async () => {
      const { id } = await quarantined();
      expect(await stores.devices.recordInform(informOf(id, { parameters: told("Device.A=1") }))).to.equal(undefined);
      const notified = {
        deviceId: id,
        atMs: NOW_MS,
        ts: 1,
        cnonce: "c",
        parameters: [],
        cause: { kind: "inform", ref: "x" } as const,
        events: [],
      };
      expect(await stores.devices.recordNotified(notified)).to.equal("unknown");
      expect(await stores.devices.setWake(id, IDLE_WAKE, ASKED, [eventOf(id)])).to.equal("stale");
      expect(await stores.tasks.add(newTask(id), [])).to.include({ state: "queued" });
      expect(await stores.devices.tree(id, "")).to.deep.equal([]);
      expect((await stores.devices.get(id))?.wake).to.deep.equal(IDLE_WAKE);
    });

    it("a second one changes nothing and is not told, but for a first claim", async () => {
      const first = await quarantined({ reason: "approval-pending", sinceMs: NOW_MS, claimed: null });
      const before = await stores.events.newestId();
      const second = await stores.quarantine.quarantine(first.id, { ...CHANGED, sinceMs: NOW_MS + 5 }, [eventOf(first.id)]);
      expect(second?.quarantine).to.deep.equal({ reason: "approval-pending", sinceMs: NOW_MS, claimed: CHANGED.claimed });
      expect(second?.lease).to.equal(first.lease);
      const third = await stores.quarantine.quarantine(first.id, { ...CHANGED, claimed: "another" }, []);
      expect(third?.quarantine?.claimed).to.equal(CHANGED.claimed);
      expect(await stores.events.newestId()).to.equal(before);
    });

    it("a call is kept as a time, and nothing else", async () => {
      const { id, lease } = await quarantined();
      expect(await stores.quarantine.recordCall(id, NOW_MS + 7, [])).to.equal("stored");
      expect(await stores.devices.get(id)).to.include({ lastInformAtMs: NOW_MS + 7, root: null, manufacturer: "", lease });
      expect(await stores.quarantine.recordCall((await registered(stores.devices)).id, NOW_MS, [eventOf(null)])).to.equal("free");
      expect(await stores.quarantine.recordCall("0A1B2C-nobody", NOW_MS, [])).to.equal("unknown");
    });

    it("ends for the reason that the operator knows of; the device is met as new then, once", async () => {
      const { id } = await quarantined();
      expect(await stores.quarantine.release(id, "approval-pending", [eventOf(id)])).to.equal("stale");
      expect(await stores.quarantine.release(id, "identity-changed", [])).to.deep.include({ quarantine: null, awaitsFirstContact: true });
      expect(await stores.quarantine.release(id, "identity-changed", [])).to.equal("stale");
      expect(await stores.quarantine.release("0A1B2C-nobody", "identity-changed", [])).to.equal("unknown");
      await stores.devices.recordInform(informOf(id));
      expect(await stores.devices.get(id)).to.include({ awaitsFirstContact: true });
      await stores.devices.recordInform(informOf(id, { bootstrap: true }));
      expect(await stores.devices.get(id)).to.include({ awaitsFirstContact: false });
    });

    it("lists its devices by id, of one reason or of any, page after page", async () => {
      const { stores: own } = await open();
      const ids: string[] = [];
      for (const reason of ["approval-pending", "identity-changed", "approval-pending"] as const) {
        const { id } = await registered(own.devices);
        await own.quarantine.quarantine(id, { ...CHANGED, reason }, []);
        ids.push(id);
      }
      await registered(own.devices);
      const listed = async (reason: Quarantine["reason"] | null, afterId = "", limit = 9) =>
        (await own.quarantine.list({ reason, afterId, limit })).map(({ id }) => id);
      expect(await listed(null)).to.deep.equal(ids);
      expect(await listed(null, ids[0], 1)).to.deep.equal([ids[1]]);
      expect(await listed("approval-pending")).to.deep.equal([ids[0], ids[2]]);
      expect(await listed("identity-changed")).to.deep.equal([ids[1]]);
      await own.close();
    });
  });

  describe(`${adapter}: a shared identity`, () => {
    it("is noted and taken away", async () => {
      const { id } = await registered(stores.devices);
      const shared = { atMs: NOW_MS, sign: "bootstrap-address", values: ["192.0.2.1", "192.0.2.2"] } as const;
      expect(await stores.quarantine.setSharedIdentity(id, shared, [])).to.deep.include({ sharedIdentity: shared });
      expect(await stores.quarantine.setSharedIdentity(id, null, [])).to.include({ sharedIdentity: null });
      expect(await stores.quarantine.setSharedIdentity("0A1B2C-nobody", shared, [eventOf(null)])).to.equal(undefined);
    });
  });
}
