/**
 * What every EventStore keeps.
 * Layer: contracts.
 */
import { expect } from "chai";
import type { StoredEvent } from "../../acs/events/event.js";
import { type AcsStores, eventOf, informOf, newTask, type OpenAcsStores, registered } from "../support/acs-stores.js";
import { NOW_MS } from "../support/builders.js";

export function eventStoreContract(adapter: string, open: OpenAcsStores): void {
  let stores: AcsStores;
  /** The newest id before a test: its own events are counted from here. */
  let base = 0;
  before(async () => {
    stores = (await open()).stores;
  });
  beforeEach(async () => {
    base = await stores.events.newestId();
  });
  after(() => stores.close());

  const numbers = (events: readonly StoredEvent[]): readonly number[] => events.map(({ id }) => id - base);

  describe(`${adapter}: events`, () => {
    it("get ids that rise, and come back as they were", async () => {
      expect(base, "an empty store").to.equal(0);
      const [first, second] = await stores.events.append([eventOf(null, { data: { a: [1, "ü", null] } }), eventOf("0A1B2C-1")]);
      expect([first?.id, second?.id]).to.deep.equal([1, 2]);
      expect(await stores.events.list({ limit: 9 })).to.deep.equal([second, first]);
      expect(first).to.deep.include({ deviceId: null, kind: "session-failed", atMs: NOW_MS, data: { a: [1, "ü", null] } });
      expect(await stores.events.newestId()).to.equal(2);
      expect(await stores.events.append([])).to.deep.equal([]);
    });

    it("are listed newest first, or after an id oldest first; by device, by kinds, by both", async () => {
      const kinds = ["wire", "wake-changed", "wire", "task-changed", "wire"] as const;
      await stores.events.append(kinds.map((kind, i) => eventOf(i < 4 ? "0A1B2C-a" : "0A1B2C-b", { kind })));
      const list = async (filter: Parameters<AcsStores["events"]["list"]>[0]) => numbers(await stores.events.list(filter));
      expect(await list({ limit: 3 })).to.deep.equal([5, 4, 3]);
      expect(await list({ limit: 2, beforeId: base + 4 })).to.deep.equal([3, 2]);
      expect(await list({ limit: 2, afterId: base + 2 })).to.deep.equal([3, 4]);
      expect(await list({ limit: 9, deviceId: "0A1B2C-a", afterId: 0 })).to.deep.equal([1, 2, 3, 4]);
      expect(await list({ limit: 9, deviceId: "0A1B2C-a", kinds: ["wire"] })).to.deep.equal([3, 1]);
      expect(await list({ limit: 2, kinds: ["wire", "task-changed"] })).to.deep.equal([5, 4]);
      expect(await list({ limit: 2, kinds: ["wire", "task-changed"], afterId: base })).to.deep.equal([1, 3]);
      expect(await list({ limit: 9, deviceId: "0A1B2C-c" })).to.deep.equal([]);
      expect(await list({ limit: 9, kinds: [] })).to.deep.equal([]);
    });

    it("are announced once per transaction, in order, whichever store wrote them", async () => {
      const heard: (readonly StoredEvent[])[] = [];
      const end = stores.events.onStored((events) => heard.push(events));
      const { id } = await registered(stores.devices);
      await stores.events.append([eventOf(id), eventOf(id)]);
      await stores.devices.recordInform(informOf(id, { events: [eventOf(id, { kind: "device-informed" })] }));
      await stores.tasks.add(newTask(id), [eventOf(id, { kind: "task-created" })]);
      end();
      expect(heard.map(numbers)).to.deep.equal([[1, 2], [3], [4]]);
      expect(heard.flat().reverse()).to.deep.equal(await stores.events.list({ limit: 4 }));
      expect(heard[1]?.[0]?.data).to.include({ changed: 0 });
    });

    it("of concurrent writers are announced in the order of their ids, none missing", async () => {
      const heard: number[] = [];
      const end = stores.events.onStored((events) => heard.push(...numbers(events)));
      await Promise.all(Array.from({ length: 500 }, () => stores.events.append([eventOf(null)])));
      end();
      expect(heard).to.deep.equal(Array.from({ length: 500 }, (_, i) => i + 1));
    });

    it("are on disk when they are announced", async () => {
      const lists: Promise<readonly StoredEvent[]>[] = [];
      const end = stores.events.onStored(() => lists.push(stores.events.list({ afterId: base, limit: 9 })));
      await stores.events.append([eventOf(null)]);
      end();
      expect(await lists[0]).to.have.length(1);
    });

    it("are not announced to a listener that has ended, nor when nothing was stored", async () => {
      const { id } = await registered(stores.devices);
      let calls = 0;
      const end = stores.events.onStored(() => calls++);
      await stores.tasks.change("nothing", 0, { to: "done", reason: "", atMs: NOW_MS }, { events: [eventOf(id)] });
      expect(calls).to.equal(0);
      await stores.events.append([eventOf(id)]);
      end();
      await stores.events.append([eventOf(id)]);
      expect(calls).to.equal(1);
    });

    it("that are old are pruned, at most as many as asked; ids are never used again", async () => {
      const { stores: own } = await open();
      await own.events.append([1, 2, 3, 4].map((ms) => eventOf("0A1B2C-1", { atMs: NOW_MS + ms })));
      expect(await own.events.prune(NOW_MS + 4, 2)).to.equal(2);
      expect((await own.events.list({ limit: 9 })).map(({ id }) => id)).to.deep.equal([4, 3]);
      expect(await own.events.prune(NOW_MS + 4, 9)).to.equal(1);
      expect(await own.events.prune(NOW_MS + 5, 9)).to.equal(1);
      expect(await own.events.prune(NOW_MS + 5, 9)).to.equal(0);
      expect((await own.events.append([eventOf(null)]))[0]?.id).to.equal(5);
      await own.close();
    });
  });
}
