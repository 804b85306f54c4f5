/**
 * What every UpgradeStore keeps.
 * Layer: contracts.
 */
import { expect } from "chai";
import type { UpgradeSave } from "../../acs/stores/upgrade-store.js";
import type { Upgrade } from "../../acs/upgrades/upgrade.js";
import { type AcsStores, eventOf, newTask, type OpenAcsStores, registered } from "../support/acs-stores.js";
import { NOW_MS } from "../support/builders.js";
import { anUpgrade } from "../support/upgrades.js";

export function upgradeStoreContract(adapter: string, open: OpenAcsStores): void {
  let stores: AcsStores;
  before(async () => {
    stores = (await open()).stores;
  });
  after(() => stores.close());

  async function added(more: Partial<Upgrade> = {}): Promise<Upgrade> {
    const upgrade = anUpgrade({ deviceId: (await registered(stores.devices)).id, ...more });
    expect(await stores.upgrades.add(upgrade, [])).to.equal("added");
    return upgrade;
  }
  const saveOf = (upgrade: Upgrade, more: Partial<UpgradeSave> = {}): UpgradeSave => ({
    upgrade,
    task: null,
    settles: null,
    events: [],
    ...more,
  });
  const ended = (upgrade: Upgrade, endedAtMs = upgrade.createdAtMs) =>
    stores.upgrades.save(saveOf({ ...upgrade, state: "done", dueAtMs: null, endedAtMs }));

  describe(`${adapter}: upgrades`, () => {
    it("come back as they were added, by id, by device, and listed newest first in pages", async () => {
      const first = await added();
      await ended(first);
      const second = await added({ deviceId: first.deviceId });
      const { deviceId } = first;
      expect(await stores.upgrades.get(second.id)).to.deep.equal(second);
      expect(await stores.upgrades.running(deviceId)).to.deep.equal(second);
      const ids = async (filter: object) => (await stores.upgrades.list({ deviceId, limit: 9, ...filter })).map(({ id }) => id);
      expect(await ids({})).to.deep.equal([second.id, first.id]);
      expect(await ids({ beforeId: second.id })).to.deep.equal([first.id]);
      expect(await ids({ states: ["running"] })).to.deep.equal([second.id]);
      expect(await ids({ deviceId: "none" })).to.deep.equal([]);
    });

    it("the same id twice is the same upgrade, and a device has one that runs", async () => {
      const upgrade = await added();
      expect(await stores.upgrades.add({ ...upgrade, detail: "another" }, [eventOf(null)])).to.equal("exists");
      expect(await stores.upgrades.add(anUpgrade({ deviceId: upgrade.deviceId }), [])).to.equal("busy");
      expect(await stores.upgrades.add(anUpgrade({ deviceId: "none" }), [])).to.equal("unknown-device");
      expect(await stores.upgrades.get(upgrade.id)).to.deep.equal(upgrade);
    });

    it("a step is stored with the task that it orders and the one that it settles, or not at all", async () => {
      const upgrade = await added();
      const [first, second] = [newTask(upgrade.deviceId), newTask(upgrade.deviceId)];
      const saved = (await stores.upgrades.save(saveOf({ ...upgrade, taskId: first.id }, { task: first }))) as Upgrade;
      expect([saved.revision, (await stores.tasks.get(first.id))?.state]).to.deep.equal([1, "queued"]);
      const settles = { id: first.id, revision: 0, change: { to: "cancelled", reason: "", atMs: NOW_MS } } as const;
      const before = await stores.events.newestId();
      expect(await stores.upgrades.save(saveOf(upgrade, { task: second, settles, events: [eventOf(null)] }))).to.equal("stale");
      const moved = { ...settles, revision: 1 };
      expect(await stores.upgrades.save(saveOf(saved, { task: second, settles: moved, events: [eventOf(null)] }))).to.equal("stale");
      expect([await stores.tasks.get(second.id), await stores.events.newestId()]).to.deep.equal([undefined, before]);
      await stores.upgrades.save(saveOf(saved, { task: second, settles }));
      expect((await stores.tasks.open(upgrade.deviceId)).map(({ id }) => id)).to.deep.equal([second.id]);
    });

    it("a task that is there already is not ordered a second time", async () => {
      const upgrade = await added();
      const task = newTask(upgrade.deviceId);
      const saved = (await stores.upgrades.save(saveOf(upgrade, { task }))) as Upgrade;
      await stores.tasks.change(task.id, 0, { to: "sent", reason: "", atMs: NOW_MS }, { events: [] });
      expect(await stores.upgrades.save(saveOf(saved, { task }))).to.have.property("revision", 2);
      expect(await stores.tasks.get(task.id)).to.include({ state: "sent", revision: 1 });
    });

    it("outlive their device, which can be ordered nothing any more", async () => {
      const upgrade = await added();
      await stores.devices.remove(upgrade.deviceId, []);
      expect(await stores.upgrades.save(saveOf(upgrade, { task: newTask(upgrade.deviceId) }))).to.equal("refused");
      expect(await ended(upgrade)).to.include({ state: "done", revision: 1 });
    });

    it("those that run are found by their time and in the order of their ids, ended ones are not", async () => {
      const atMs = NOW_MS + 1_000_000;
      const [late, early, over] = [await added({ dueAtMs: atMs + 2 }), await added({ dueAtMs: atMs + 1 }), await added({ dueAtMs: atMs })];
      await ended(over);
      const found = (await stores.upgrades.due(atMs + 2, 100)).map(({ id }) => id);
      expect(found.filter((id) => [late.id, early.id, over.id].includes(id))).to.deep.equal([early.id, late.id]);
      expect(await stores.upgrades.nextDueMs(atMs + 1)).to.equal(atMs + 2);
      expect((await stores.upgrades.allRunning(late.id, 100)).map(({ id }) => id)).to.deep.equal([early.id]);
    });

    it("one that took long is kept after its end as any other", async () => {
      const slow = await added({ createdAtMs: 5 });
      await ended(slow, 50);
      await stores.upgrades.prune(50, 100);
      expect((await stores.upgrades.get(slow.id))?.state).to.equal("done");
      await stores.upgrades.prune(51, 100);
      expect(await stores.upgrades.get(slow.id)).to.equal(undefined);
    });

    it("only ended ones that are old are pruned", async () => {
      const [old, running] = [await added({ createdAtMs: 5 }), await added({ createdAtMs: 5 })];
      await ended(old);
      expect(await stores.upgrades.prune(6, 100)).to.be.at.least(1);
      expect([await stores.upgrades.get(old.id), (await stores.upgrades.get(running.id))?.state]).to.deep.equal([undefined, "running"]);
    });
  });
}
