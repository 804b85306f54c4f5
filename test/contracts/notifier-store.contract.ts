/**
 * What every store of watchers' subscriptions does.
 * Layer: contract suite.
 */
import { expect } from "chai";
import type { KeptSubscription, NotifierStore } from "../../sip-bridge/stores/notifier-store.js";

const subscription = (changes: Partial<KeptSubscription> = {}): KeptSubscription => ({
  ...{ key: "k1", username: "anna", resource: "anna@voice.example", eventId: "", expiresAtMs: 1_000, version: 2 },
  dialog: {
    ...{ state: "confirmed", callId: "c", localTag: "l", remoteTag: "r", remoteTarget: "sip:anna@192.0.2.1", isSecure: false },
    ...{ local: { uri: "sip:acs@voice.example", params: [] }, remote: { uri: "sip:anna@voice.example", params: [] }, routeSet: [] },
    ...{ localSequence: 3, remoteSequence: 7 },
  },
  flow: { transport: "udp", localPort: 5060, remoteAddress: "192.0.2.1", remotePort: 5060 },
  ...changes,
});

export function notifierStoreContract(
  adapter: string,
  open: () => Promise<{ readonly store: NotifierStore; close(): Promise<void> }>,
): void {
  describe(`store of watchers' subscriptions, ${adapter}`, () => {
    it("gives back what was put, dialog and all; put again, it is replaced; removed, it is gone", async () => {
      const { store, close } = await open();
      await store.put(subscription());
      await store.put(subscription({ key: "k2" }));
      await store.put(subscription({ version: 3 }));
      expect(await store.all(10)).to.have.deep.members([subscription({ version: 3 }), subscription({ key: "k2" })]);
      expect(await store.all(1)).to.have.length(1);
      await store.remove("k1");
      await store.remove("never");
      expect(await store.all(10)).to.deep.equal([subscription({ key: "k2" })]);
      await close();
    });
  });
}
