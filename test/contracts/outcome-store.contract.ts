/**
 * What every store of registration outcomes does.
 * Layer: contract suite.
 */
import { expect } from "chai";
import type { KeptOutcome, OutcomeStore } from "../../sip-bridge/stores/outcome-store.js";

const kept = (by: KeptOutcome["by"], atMs: number, addressOfRecord = "anna@voice.example"): KeptOutcome => ({
  by,
  outcome: {
    ...{ addressOfRecord, atMs, status: 401, proof: "wrong-credentials", reason: "", userAgent: "UA", callId: "c", count: 3 },
    flow: { transport: "udp", localPort: 5060, remoteAddress: "192.0.2.1", remotePort: 5060 },
  },
});

export function outcomeStoreContract(adapter: string, open: () => Promise<{ readonly store: OutcomeStore; close(): Promise<void> }>): void {
  describe(`store of registration outcomes, ${adapter}`, () => {
    it("gives back what was put, the oldest first: one of each kind for an address; removed, it is gone", async () => {
      const { store, close } = await open();
      await store.change({ put: [kept("owner", 3), kept("stranger", 2), kept("owner", 1, "ben@voice.example")], remove: [] });
      await store.change({ put: [kept("stranger", 4)], remove: [] });
      expect(await store.all(10)).to.deep.equal([kept("owner", 1, "ben@voice.example"), kept("owner", 3), kept("stranger", 4)]);
      expect(await store.all(1)).to.have.length(1);
      await store.change({ put: [], remove: [{ by: "owner", addressOfRecord: "anna@voice.example" }] });
      expect(await store.all(10)).to.deep.equal([kept("owner", 1, "ben@voice.example"), kept("stranger", 4)]);
      await close();
    });
  });
}
