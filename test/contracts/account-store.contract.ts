/**
 * What every account store does.
 * Layer: contract suite.
 */
import { expect } from "chai";
import type { Account } from "../../sip-bridge/registrar/account.js";
import type { AccountStore } from "../../sip-bridge/stores/account-store.js";

const accountOf = (changes: Partial<Account> = {}): Account => ({
  username: "anna",
  realm: "voice.example",
  ha1s: { MD5: "0".repeat(32), "SHA-256": "1".repeat(64) },
  addressesOfRecord: ["anna@voice.example"],
  changedAtMs: 1_700_000_000_000,
  ...changes,
});

export function accountStoreContract(adapter: string, open: () => Promise<{ readonly store: AccountStore; close(): Promise<void> }>): void {
  describe(`account store, ${adapter}`, () => {
    let store: AccountStore;
    let close: () => Promise<void>;
    before(async () => {
      ({ store, close } = await open());
    });
    after(() => close());

    it("adds, replaces, gives back and removes an account", async () => {
      expect(await store.put(accountOf())).to.equal("added");
      expect(await store.put(accountOf({ addressesOfRecord: ["+4930@voice.example"] }))).to.equal("replaced");
      expect(await store.get("anna", "voice.example")).to.deep.equal(accountOf({ addressesOfRecord: ["+4930@voice.example"] }));
      expect(await store.remove("anna", "voice.example")).to.equal("removed");
      expect(await store.get("anna", "voice.example")).to.equal(undefined);
      expect(await store.remove("anna", "voice.example")).to.equal("unknown");
    });

    it("a change counts for whoever asks after it is done, however often the account was read before and meanwhile", async () => {
      await store.put(accountOf({ username: "read", changedAtMs: 1 }));
      for (let changedAtMs = 2; changedAtMs < 20; changedAtMs++) {
        const put = store.put(accountOf({ username: "read", changedAtMs }));
        await Promise.all([store.get("read", "voice.example"), put, store.get("read", "voice.example")]);
        expect((await store.get("read", "voice.example"))?.changedAtMs).to.equal(changedAtMs);
      }
      await Promise.all([store.get("read", "voice.example"), store.remove("read", "voice.example")]);
      expect(await store.get("read", "voice.example")).to.equal(undefined);
    });

    it("keeps accounts of realms apart: hashes of one do not serve the other", async () => {
      await store.put(accountOf({ username: "berta" }));
      expect(await store.get("berta", "other.example")).to.equal(undefined);
      expect(await store.remove("berta", "other.example")).to.equal("unknown");
    });

    it("tells users apart by case, and knows names in any script", async () => {
      await store.put(accountOf({ username: "Jörg" }));
      expect((await store.get("Jörg", "voice.example"))?.username).to.equal("Jörg");
      expect(await store.get("jörg", "voice.example")).to.equal(undefined);
    });

    it("lists the accounts of a realm by name, in pages", async () => {
      for (const username of ["c", "a", "b"]) await store.put(accountOf({ username, realm: "paged" }));
      const names = (found: readonly Account[]): readonly string[] => found.map(({ username }) => username);
      expect(names(await store.list("paged", { limit: 2 }))).to.deep.equal(["a", "b"]);
      expect(names(await store.list("paged", { after: "b", limit: 2 }))).to.deep.equal(["c"]);
    });
  });
}
