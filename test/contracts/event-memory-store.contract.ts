/**
 * What every store of taken events does.
 * Layer: contract suite.
 */
import { expect } from "chai";
import type { EventMemoryStore } from "../../sip-bridge/stores/event-memory-store.js";

const DAY_MS = 86_400_000;

export interface OpenedEventMemory {
  readonly store: EventMemoryStore;
  close(): Promise<void>;
}

export function eventMemoryStoreContract(adapter: string, open: () => Promise<OpenedEventMemory>): void {
  describe(`event memory, ${adapter}`, () => {
    let store: EventMemoryStore;
    let close: () => Promise<void>;
    beforeEach(async () => {
      ({ store, close } = await open());
    });
    afterEach(() => close());

    it("knows nothing of who was never remembered", async () => {
      expect(await store.recall(["device d1", "model m"])).to.equal(undefined);
    });

    it("a device's own event goes before its model's", async () => {
      await store.remember(["model m"], "check-sync", 1);
      await store.remember(["device d1"], "resync", 2);
      expect(await store.recall(["device d1", "model m"])).to.equal("resync");
      expect(await store.recall(["device d2", "model m"])).to.equal("check-sync");
    });

    it("the last one counts", async () => {
      await store.remember(["device d1"], "resync", 1);
      await store.remember(["device d1"], "check-sync", 2);
      expect(await store.recall(["device d1"])).to.equal("check-sync");
    });

    it("what was not used for 400 days is forgotten", async () => {
      await store.remember(["device d1"], "resync", 0);
      await store.remember(["device d2"], "resync", 401 * DAY_MS);
      expect(await store.recall(["device d1"])).to.equal(undefined);
    });
  });
}
