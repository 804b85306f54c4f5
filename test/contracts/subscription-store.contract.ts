/**
 * What every store of subscriptions does.
 * Layer: contract suite.
 */
import { expect } from "chai";
import type { SubscriptionStore, WakeSubscription } from "../../sip-bridge/stores/subscription-store.js";

export interface OpenedSubscriptions {
  readonly store: SubscriptionStore;
  close(): Promise<void>;
}

const subscription = (changes: Partial<WakeSubscription> = {}): WakeSubscription => ({
  ...{ key: "k1", addressOfRecord: "anna@voice.example", username: "anna", event: "resync", eventId: "", expiresAtMs: 1_000 },
  dialog: {
    ...{ state: "confirmed", callId: "c", localTag: "l", remoteTag: "r", remoteTarget: "sip:anna@192.0.2.1", isSecure: false },
    ...{ local: { uri: "sip:acs@voice.example", params: [] }, remote: { uri: "sip:anna@voice.example", params: [] }, routeSet: [] },
    ...{ localSequence: 3, remoteSequence: 7 },
  },
  flow: { transport: "udp", localPort: 5060, remoteAddress: "192.0.2.1", remotePort: 5060 },
  ...changes,
});

export function subscriptionStoreContract(adapter: string, open: () => Promise<OpenedSubscriptions>): void {
  describe(`subscription store, ${adapter}`, () => {
    let store: SubscriptionStore;
    let close: () => Promise<void>;
    beforeEach(async () => {
      ({ store, close } = await open());
    });
    afterEach(() => close());

    it("gives back what was put, dialog and all", async () => {
      await store.put(subscription());
      expect(await store.get("k1")).to.deep.equal(subscription());
      expect(await store.get("k2")).to.equal(undefined);
    });

    it("put again, it is replaced; removed, it is gone", async () => {
      await store.put(subscription());
      await store.put(subscription({ expiresAtMs: 5_000 }));
      expect([await store.count(), (await store.get("k1"))?.expiresAtMs]).to.deep.equal([1, 5_000]);
      await store.remove("k1");
      expect([await store.count(), await store.get("k1")]).to.deep.equal([0, undefined]);
    });

    it("of an address those that are valid, the longest first", async () => {
      await store.put(subscription({ key: "short", expiresAtMs: 2_000 }));
      await store.put(subscription({ key: "long", expiresAtMs: 3_000 }));
      await store.put(subscription({ key: "over", expiresAtMs: 1_000 }));
      await store.put(subscription({ key: "other", addressOfRecord: "bob@voice.example", expiresAtMs: 9_000 }));
      expect((await store.current("anna@voice.example", 1_000)).map(({ key }) => key)).to.deep.equal(["long", "short"]);
    });

    it("those that have ended, the earliest first, some at a time", async () => {
      for (const [key, expiresAtMs] of [
        ["b", 20],
        ["a", 10],
        ["c", 30],
      ] as const)
        await store.put(subscription({ key, expiresAtMs }));
      expect((await store.expired(20, 9)).map(({ key }) => key)).to.deep.equal(["a", "b"]);
      expect((await store.expired(30, 1)).map(({ key }) => key)).to.deep.equal(["a"]);
    });
  });
}
