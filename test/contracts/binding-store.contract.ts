/**
 * What every binding store does.
 * Layer: contract suite.
 */
import { expect } from "chai";
import type { Binding, BindingChange } from "../../sip-bridge/registrar/binding.js";
import type { BindingFilter, BindingStore } from "../../sip-bridge/stores/binding-store.js";

const NOW = 1_700_000_000_000;

export function bindingStoreContract(adapter: string, open: () => Promise<{ readonly store: BindingStore; close(): Promise<void> }>): void {
  describe(`binding store, ${adapter}`, () => {
    let store: BindingStore;
    let close: () => Promise<void>;
    /** A new address for each test, so that they can share one store. */
    let address: string;
    let addresses = 0;

    before(async () => {
      ({ store, close } = await open());
    });
    beforeEach(() => {
      address = `user${++addresses}@home`;
    });
    after(() => close());

    const bindingOf = (changes: Partial<Binding> = {}): Binding => ({
      addressOfRecord: address,
      contact: "sip:a@192.0.2.10",
      q: 1,
      contactParams: "",
      instanceId: "",
      regId: 0,
      path: [],
      username: "anna",
      callId: "c1",
      cseq: 7,
      flow: { transport: "udp", localPort: 5060, remoteAddress: "2001:db8::7", remotePort: 41_022 },
      userAgent: "Gateway/1.2 \xe9",
      allowEvents: "talk",
      registeredAtMs: NOW,
      lastSeenAtMs: NOW,
      expiresAtMs: NOW + 600_000,
      ...changes,
    });

    const changeOf = (changes: Partial<BindingChange>): BindingChange => ({
      addressOfRecord: address,
      callId: "c1",
      cseq: 7,
      nowMs: NOW,
      remove: [],
      put: [],
      ...changes,
    });

    it("gives back what was put, as it was", async () => {
      expect(await store.change(changeOf({ put: [bindingOf()] }))).to.equal("stored");
      expect(await store.current(address, NOW)).to.deep.equal([bindingOf()]);
    });

    it("keeps the connection of a flow over TCP or TLS", async () => {
      const flow = { transport: "tls", localPort: 5061, remoteAddress: "192.0.2.10", remotePort: 41_022, connection: "k3-1" } as const;
      await store.change(changeOf({ put: [bindingOf({ flow })] }));
      expect((await store.current(address, NOW)).map((binding) => binding.flow)).to.deep.equal([flow]);
    });

    it("keeps q, the other parameters of the contact, and the path in its order", async () => {
      const put = bindingOf({ q: 0.125, contactParams: ";audio", path: ["<sip:edge2;lr>", "<sip:edge1;lr;ob>"] });
      await store.change(changeOf({ put: [put] }));
      expect(await store.current(address, NOW)).to.deep.equal([put]);
    });

    it("keeps several flows of one instance with one contact, and replaces that of the same reg-id (RFC 5626 6)", async () => {
      const instanceId = "urn:uuid:00000000-0000-1000-8000-00a0c1b2d3e5";
      const put = [1, 2].map((regId) => bindingOf({ instanceId, regId }));
      await store.change(changeOf({ put }));
      await store.change(changeOf({ cseq: 8, put: [bindingOf({ instanceId, regId: 2, cseq: 8, contact: "sip:moved@192.0.2.99" })] }));
      expect((await store.current(address, NOW)).map(({ regId, contact }) => [regId, contact])).to.deep.equal([
        [1, "sip:a@192.0.2.10"],
        [2, "sip:moved@192.0.2.99"],
      ]);
    });

    it("knows nothing of an unknown address: an empty list", async () => {
      expect(await store.current("nobody@home", NOW)).to.deep.equal([]);
    });

    it("replaces the binding of the same contact", async () => {
      await store.change(changeOf({ put: [bindingOf()] }));
      await store.change(changeOf({ cseq: 8, put: [bindingOf({ cseq: 8, userAgent: "new" })] }));
      expect((await store.current(address, NOW)).map(({ cseq, userAgent }) => [cseq, userAgent])).to.deep.equal([[8, "new"]]);
    });

    it("a replayed REGISTER changes nothing (RFC 3261 10.3 step 7)", async () => {
      await store.change(changeOf({ put: [bindingOf()] }));
      expect(await store.change(changeOf({ put: [bindingOf({ userAgent: "replayed" })] }))).to.equal("stale");
      expect(await store.change(changeOf({ cseq: 6, remove: ["sip:a@192.0.2.10"] }))).to.equal("stale");
      expect(await store.current(address, NOW)).to.deep.equal([bindingOf()]);
    });

    it("does all of a change or nothing", async () => {
      await store.change(changeOf({ put: [bindingOf()] }));
      const other = bindingOf({ contact: "sip:b@192.0.2.11" });
      expect(await store.change(changeOf({ remove: ["sip:a@192.0.2.10"], put: [other] }))).to.equal("stale");
      expect(await store.current(address, NOW)).to.deep.equal([bindingOf()]);
    });

    it("takes a lower CSeq under another Call-ID, and after the old binding has ended", async () => {
      await store.change(changeOf({ put: [bindingOf()] }));
      expect(await store.change(changeOf({ callId: "c2", cseq: 1, put: [bindingOf({ callId: "c2", cseq: 1 })] }))).to.equal("stored");
      const later = NOW + 600_000;
      const again = bindingOf({ callId: "c2", cseq: 1, expiresAtMs: later + 1 });
      expect(await store.change(changeOf({ callId: "c2", cseq: 1, nowMs: later, put: [again] }))).to.equal("stored");
    });

    it("judges expiry by the caller's clock", async () => {
      await store.change(changeOf({ put: [bindingOf()] }));
      expect(await store.current(address, NOW + 599_999)).to.have.length(1);
      expect(await store.current(address, NOW + 600_000)).to.deep.equal([]);
    });

    it("lists the oldest registration first", async () => {
      const put = [bindingOf({ contact: "sip:young@192.0.2.1", registeredAtMs: NOW + 1 }), bindingOf({ contact: "sip:old@192.0.2.1" })];
      await store.change(changeOf({ put }));
      expect((await store.current(address, NOW)).map(({ contact }) => contact)).to.deep.equal(["sip:old@192.0.2.1", "sip:young@192.0.2.1"]);
    });

    it("removes a binding, and ignores one it does not know", async () => {
      await store.change(changeOf({ put: [bindingOf()] }));
      expect(await store.change(changeOf({ cseq: 8, remove: ["sip:a@192.0.2.10", "sip:never@192.0.2.1"] }))).to.equal("stored");
      expect(await store.current(address, NOW)).to.deep.equal([]);
    });

    it("finds bindings by the MAC address in their instance id", async () => {
      const instanceId = "urn:uuid:00000000-0000-1000-8000-00a0c1b2d3e4";
      await store.change(changeOf({ put: [bindingOf({ instanceId }), bindingOf({ contact: "sip:b@192.0.2.11" })] }));
      expect(await store.byInstanceNode("00:A0:C1:B2:D3:E4", NOW)).to.deep.equal([bindingOf({ instanceId })]);
      expect(await store.byInstanceNode("00:A0:C1:B2:D3:E4", NOW + 600_000)).to.deep.equal([]);
      expect(await store.byInstanceNode("", NOW)).to.deep.equal([]);
    });

    it("lists all in pages, and counts them", async () => {
      const countBefore = await store.count(NOW);
      await store.change(changeOf({ put: ["sip:1@h", "sip:2@h", "sip:3@h"].map((contact) => bindingOf({ contact })) }));
      expect(await store.count(NOW)).to.equal(countBefore + 3);
      const contacts: string[] = [];
      let after: { readonly addressOfRecord: string; readonly identity: string } = { addressOfRecord: address, identity: "" };
      for (let page = await store.list({ after, limit: 2 }, NOW); page.length > 0; page = await store.list({ after, limit: 2 }, NOW)) {
        const own = page.filter(({ addressOfRecord }) => addressOfRecord === address);
        contacts.push(...own.map(({ contact }) => contact));
        after = { addressOfRecord: page.at(-1)?.addressOfRecord ?? "", identity: page.at(-1)?.contact ?? "" };
      }
      expect(contacts).to.deep.equal(["sip:1@h", "sip:2@h", "sip:3@h"]);
    });

    it("lists by address, user, transport, source, MAC address, and whether it has ended", async () => {
      const instanceId = "urn:uuid:00000000-0000-1000-8000-00a0c1b2d3f6";
      const flow = { transport: "tcp", localPort: 5060, remoteAddress: "192.0.2.77", remotePort: 1, connection: "k" } as const;
      const ended = bindingOf({ contact: "sip:ended@h", expiresAtMs: NOW });
      const other = bindingOf({ contact: "sip:other@h", username: "berta", instanceId, flow });
      await store.change(changeOf({ put: [bindingOf(), ended, other] }));
      const contactsFor = async (filter: Partial<BindingFilter>): Promise<readonly string[]> => {
        const found = await store.list({ filter: { state: "registered", addressOfRecord: address, ...filter }, limit: 10 }, NOW);
        return found.map(({ contact }) => contact);
      };
      expect(await contactsFor({})).to.deep.equal(["sip:a@192.0.2.10", "sip:other@h"]);
      expect(await contactsFor({ state: "ended" })).to.deep.equal(["sip:ended@h"]);
      for (const filter of [
        { username: "berta" },
        { transport: "tcp" } as const,
        { remoteAddress: "192.0.2.77" },
        { instanceNode: "00:A0:C1:B2:D3:F6" },
      ])
        expect(await contactsFor(filter)).to.deep.equal(["sip:other@h"]);
    });

    it("prunes what ended before a time, the oldest first, as many as told", async () => {
      const put = [1, 2, 3].map((n) => bindingOf({ contact: `sip:${n}@h`, expiresAtMs: n }));
      await store.change(changeOf({ nowMs: 0, put }));
      expect(await store.prune(4, 2)).to.equal(2);
      expect((await store.current(address, 0)).map(({ contact }) => contact)).to.deep.equal(["sip:3@h"]);
      expect(await store.prune(3, 10)).to.equal(0);
      expect(await store.prune(4, 10)).to.equal(1);
    });
  });
}
