/**
 * What every store of Call-IDs that stay does.
 * Layer: contract suite.
 */
import { expect } from "chai";
import type { CallIdentityStore, NextCallIdentity } from "../../sip-bridge/stores/call-identity-store.js";

const DAY_MS = 86_400_000;
const nextOf = (changes: Partial<NextCallIdentity> = {}): NextCallIdentity => ({
  ...{ deviceId: "d1", requestsReceived: 0, freshCallId: "fresh", nowMs: 1_700_000_000_000 },
  ...changes,
});

export function callIdentityStoreContract(
  adapter: string,
  open: () => Promise<{ readonly store: CallIdentityStore; readonly close: () => Promise<void> }>,
): void {
  describe(`call identity store, ${adapter}`, () => {
    let store: CallIdentityStore;
    let close: () => Promise<void>;
    beforeEach(async () => {
      ({ store, close } = await open());
    });
    afterEach(() => close());

    it("gives a device the Call-ID that it had, and a CSeq that it did not have", async () => {
      expect(await store.next(nextOf({ freshCallId: "a" }))).to.deep.equal({ callId: "a", cseq: 1 });
      expect(await store.next(nextOf({ freshCallId: "b" }))).to.deep.equal({ callId: "a", cseq: 2 });
    });

    it("keeps devices apart", async () => {
      await store.next(nextOf({ freshCallId: "a" }));
      expect(await store.next(nextOf({ deviceId: "d2", freshCallId: "b" }))).to.deep.equal({ callId: "b", cseq: 1 });
    });

    it("adds the requests that were received since the last NOTIFY", async () => {
      await store.next(nextOf({ requestsReceived: 5 }));
      expect(await store.next(nextOf({ requestsReceived: 8 }))).to.include({ cseq: 4 });
    });

    it("goes on after a CSeq that was used besides, and never back", async () => {
      await store.next(nextOf());
      await store.used("d1", 4);
      await store.used("d1", 2);
      expect(await store.next(nextOf())).to.include({ cseq: 5 });
    });

    it("takes no note of a device that it does not know", async () => {
      await store.used("d1", 9);
      expect(await store.next(nextOf())).to.include({ cseq: 1 });
    });

    it("begins anew with a device that was not notified for more than 400 days", async () => {
      await store.next(nextOf({ freshCallId: "a", nowMs: 0 }));
      await store.next(nextOf({ deviceId: "d2", nowMs: 401 * DAY_MS }));
      expect(await store.next(nextOf({ freshCallId: "b", nowMs: 401 * DAY_MS }))).to.deep.equal({ callId: "b", cseq: 1 });
    });
  });
}
