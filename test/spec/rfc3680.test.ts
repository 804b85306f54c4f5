/**
 * RFC 3680: the event package for registrations; with RFC 6665 4.2 for the notifier.
 * Layer: spec test.
 */
import { expect } from "chai";
import { writeReginfo } from "../../sip-bridge/notify/reginfo.js";
import { type Binding, type BindingChange, bindingIdentity } from "../../sip-bridge/registrar/binding.js";
import type { ContactEvent, EndEvent } from "../../sip-bridge/registrar/contact-news.js";
import { headerValue } from "../../sip-bridge/sip/message.js";
import { type BridgeStores, openBridgeStores } from "../../sip-bridge/stores/sqlite/bridge-database.js";
import { repositoryPath } from "../support/shared-data.js";
import { sipFlow } from "../support/sip-messages.js";
import { notifierMemory, stateOf, subscriber, told } from "../support/subscriber.js";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.js";
import { compileSchema, type Schema } from "../support/validate-xsd.js";

const URL = "https://schemas.example/xsd/reginfo.xsd";
const AOR = "anna@voice.example";
const START = 1_700_000_000_000;

const bindingOf = (changes: Partial<Binding> = {}): Binding => ({
  ...{ addressOfRecord: AOR, contact: "sip:a@192.0.2.10", q: 1, contactParams: "", instanceId: "", regId: 0, path: [], username: "anna" },
  ...{ callId: "c1", cseq: 1, flow: sipFlow(), userAgent: "", allowEvents: "" },
  ...{ registeredAtMs: START, lastSeenAtMs: START, expiresAtMs: START + 600_000, ...changes },
});

describe("RFC 3680: registrations as they are told", () => {
  let folder: TemporaryFolder;
  let stores: BridgeStores;
  let schema: Schema;

  before(async () => {
    folder = await temporaryFolder();
    stores = await openBridgeStores(folder.file("bridge.sqlite"));
    schema = compileSchema(URL, { [URL]: repositoryPath("schemas/xsd/reginfo.xsd") });
  });
  afterEach(() => stores.bindings.prune(9e15, 1_000));
  after(async () => {
    schema.close();
    await stores.close();
    await folder.remove();
  });

  const watch = (options: Parameters<typeof subscriber>[1] = {}) => subscriber(stores.bindings, options);
  type Watch = ReturnType<typeof watch>;

  const changeOf = (change: Partial<BindingChange>): BindingChange => ({
    addressOfRecord: AOR,
    callId: "x",
    cseq: 1,
    nowMs: 0,
    remove: [],
    put: [],
    ...change,
  });

  /** As the registrar does it: stored, then told. */
  async function change({ events, clock }: Watch, put: readonly Binding[], remove: readonly Binding[] = [], as: EndEvent = "unregistered") {
    const before = await stores.bindings.current(AOR, clock.now());
    const wanted = changeOf({ nowMs: clock.now(), remove: remove.map(bindingIdentity), put });
    await stores.bindings.change(wanted);
    events.note(wanted, before, as);
    await clock.advance(5_000);
  }

  describe("4.2, 4.4: a subscription", () => {
    it("lasts 3761 seconds when the request does not say", async () => {
      expect((await watch().subscribe()).headers).to.deep.include({ expires: "3761", contact: "<sip:acs@198.51.100.5:5060>" });
    });
    it("is cut to a day, and refused with 423 when it is too brief", async () => {
      const talk = watch();
      expect((await talk.subscribe("Expires: 999999")).headers["expires"]).to.equal("86400");
      expect(await talk.subscribe("Expires: 59")).to.deep.equal({ status: 423, headers: { "min-expires": "60" } });
    });
    it("is refused with 406 when the subscriber takes no reginfo", async () => {
      expect((await watch().subscribe("Accept: application/pidf+xml")).status).to.equal(406);
      for (const accept of ["application/reginfo+xml;q=0.5, text/plain", "application/*", "*/*"])
        expect((await watch().subscribe(`Accept: ${accept}`)).status).to.equal(200);
    });
    it("brings no request to an address that the subscriber only claims: NOTIFY goes by the flow", async () => {
      const talk = watch();
      await talk.subscribe("Contact: <sip:victim@203.0.113.1>");
      expect(talk.flows).to.deep.equal([sipFlow()]);
    });
  });

  describe("4.5: who may watch", () => {
    it("the owner, the own address only", async () => {
      expect((await watch().subscribe()).status).to.equal(200);
      expect((await watch().subscribeAs({ username: "berta", addressesOfRecord: ["berta@voice.example"] })).status).to.equal(403);
    });
    it("a configured watcher, any address of ours", async () => {
      const talk = watch({ watchers: ["noc"] });
      expect((await talk.subscribeAs({ username: "noc", addressesOfRecord: ["noc@voice.example"] })).status).to.equal(200);
    });
    it("nobody an address that is not ours", async () => {
      const { status } = await watch({ watchers: ["anna"] }).subscribeTo("sip:anna@elsewhere.example");
      expect(status).to.equal(404);
    });
  });

  describe("4.6, 4.7: what is told", () => {
    it("first the whole state: init when nobody is registered", async () => {
      const talk = watch();
      await talk.subscribe();
      expect([told(talk.notifies[0]), stateOf(talk.notifies[0])]).to.deep.equal(["0 full init", "active;expires=3761"]);
    });
    it("first the whole state: every contact that is there", async () => {
      const talk = watch();
      await change(talk, [bindingOf(), bindingOf({ contact: "sip:b@192.0.2.11" })]);
      await talk.subscribe();
      expect(told(talk.notifies[0])).to.equal("0 full active; registered active; registered active");
    });

    it("then what has changed, each time with a version one higher", async () => {
      const talk = watch();
      await talk.subscribe();
      await change(talk, [bindingOf()]);
      await change(talk, [bindingOf({ cseq: 2 })]);
      await change(talk, [], [bindingOf()]);
      expect(talk.notifies.slice(1).map(told)).to.deep.equal([
        "1 partial active; registered active",
        "2 partial active; refreshed active",
        "3 partial terminated; unregistered terminated",
      ]);
    });
    it("deactivated when an operator ends a registration: the user agent may come back at once", async () => {
      const talk = watch();
      await change(talk, [bindingOf()]);
      await talk.subscribe();
      await change(talk, [], [bindingOf()], "deactivated");
      expect(told(talk.notifies[1])).to.equal("1 partial terminated; deactivated terminated");
    });
    it("shortened when the network takes from an interval what the user agent had", async () => {
      const talk = watch();
      await change(talk, [bindingOf()]);
      await talk.subscribe();
      await change(talk, [bindingOf({ expiresAtMs: START + 60_000 })]);
      expect(told(talk.notifies[1])).to.equal("1 partial active; shortened active");
    });
    it("expired when the interval is over, with nobody's request", async () => {
      const talk = watch();
      await change(talk, [bindingOf(), bindingOf({ contact: "sip:b@192.0.2.11", expiresAtMs: START + 900_000 })]);
      await talk.subscribe();
      await talk.clock.advance(600_000);
      expect(talk.notifies.slice(1).map(told)).to.deep.equal(["1 partial active; expired terminated"]);
      await talk.clock.advance(300_000);
      expect(told(talk.notifies[2])).to.equal("2 partial terminated; expired terminated");
    });
    it("nothing about another address, and nothing to nobody", async () => {
      const talk = watch();
      await talk.subscribe();
      const other = bindingOf({ addressOfRecord: "berta@voice.example" });
      talk.events.note(changeOf({ addressOfRecord: "berta@voice.example", put: [other] }), [], "unregistered");
      await talk.clock.advance(10_000);
      expect(talk.notifies).to.have.length(1);
    });
  });

  describe("4.10: the rate of notifications", () => {
    it("is one in five seconds at most; what happens meanwhile is told together, each contact once", async () => {
      const talk = watch();
      await talk.subscribe();
      await talk.clock.advance(5_000);
      const registered = (contact: string): void => talk.events.note(changeOf({ put: [bindingOf({ contact })] }), [], "unregistered");
      registered("sip:c@h");
      registered("sip:a@h");
      registered("sip:b@h");
      const ended = bindingOf({ contact: "sip:a@h" });
      talk.events.note(changeOf({ remove: [bindingIdentity(ended)] }), [ended], "unregistered");
      await talk.clock.advance(4_999);
      expect(talk.notifies.slice(1).map(told)).to.deep.equal(["1 partial active; registered active"]);
      await talk.clock.advance(1);
      expect(told(talk.notifies[2])).to.equal("2 partial active; unregistered terminated; registered active");
    });
    it("tells the whole state when more has happened than fits a document", async () => {
      const talk = watch();
      await talk.subscribe();
      const put = Array.from({ length: 51 }, (_, i) => bindingOf({ contact: `sip:${i}@h` }));
      talk.events.note(changeOf({ put }), [], "unregistered");
      await talk.clock.advance(5_000);
      expect(told(talk.notifies[1])).to.match(/^1 full/);
    });
  });

  describe("RFC 6665 4.2: the notifier", () => {
    it("answers a refresh with the whole state, in the same dialog", async () => {
      const talk = watch();
      await talk.subscribe();
      await talk.clock.advance(1_000);
      expect((await talk.subscribe(talk.to, "Expires: 600")).headers["expires"]).to.equal("600");
      expect(talk.notifies.map(told)).to.deep.equal(["0 full init", "1 full init"]);
      const dialogs = talk.notifies.map((notify) => [notify.callId, notify.from.params, notify.to.params]);
      expect(dialogs[1]).to.deep.equal(dialogs[0]);
      expect(talk.notifies.map(({ cseq }) => cseq.number)).to.deep.equal([1, 2]);
    });
    it("ends with Expires 0: one last NOTIFY, and then 481", async () => {
      const talk = watch();
      await talk.subscribe();
      expect((await talk.subscribe(talk.to, "Expires: 0")).status).to.equal(200);
      expect(stateOf(talk.notifies[1])).to.equal("terminated;reason=timeout");
      expect((await talk.subscribe(talk.to)).status).to.equal(481);
    });
    it("answers a fetch, Expires 0 without a dialog, with the state once", async () => {
      const talk = watch();
      expect((await talk.subscribe("Expires: 0")).headers["expires"]).to.equal("0");
      expect(talk.notifies.map((notify) => [told(notify), stateOf(notify)])).to.deep.equal([["0 full init", "terminated;reason=timeout"]]);
      expect(talk.events.notifier.counters().subscriptions).to.equal(0);
    });
    it("ends by itself when nobody refreshes it, and says so", async () => {
      const talk = watch();
      await talk.subscribe("Expires: 600");
      await talk.clock.advance(600_000);
      expect(stateOf(talk.notifies[1])).to.equal("terminated;reason=timeout");
      expect([talk.events.notifier.counters().subscriptions, talk.clock.pending()]).to.deep.equal([0, 0]);
    });
    for (const answers of [481, 404, "nobody"] as const) {
      it(`is over when NOTIFY is answered ${answers}`, async () => {
        const talk = watch();
        talk.answers = answers;
        await talk.subscribe();
        expect(talk.events.notifier.counters()).to.deep.include({ subscriptions: 0, lost: 1 });
      });
    }
    it("outlives an answer that says nothing of it, 500", async () => {
      const talk = watch();
      talk.answers = 500;
      await talk.subscribe();
      expect(talk.events.notifier.counters()).to.deep.include({ subscriptions: 1, lost: 0 });
    });
    it("sends one NOTIFY after the other, so that versions arrive in order", async () => {
      const talk = watch();
      talk.answers = "later";
      await talk.subscribe();
      await change(talk, [bindingOf()]);
      expect(talk.notifies).to.have.length(1);
      await talk.answerOpen(200);
      expect(told(talk.notifies[1])).to.equal("1 partial active; registered active");
    });
    it("rejects a refresh out of order with 500, and one of another account's with 403", async () => {
      const talk = watch();
      await talk.subscribe();
      expect((await talk.subscribe(talk.to, "CSeq: 1 SUBSCRIBE")).status).to.equal(500);
      expect((await talk.subscribeAs({ username: "mallory" }, talk.to)).status).to.equal(403);
    });
    it("keeps subscriptions of one dialog apart by the id of Event", async () => {
      const talk = watch();
      await talk.subscribe("Event: reg;id=7");
      expect(headerValue(talk.notifies[0] ?? { headers: [] }, "event")).to.equal("reg;id=7");
      expect((await talk.subscribe(talk.to, "Event: reg;id=8")).status).to.equal(481);
    });
    it("outlives a restart: the dialog goes on with the next CSeq and version, with the whole state", async () => {
      const store = notifierMemory();
      const before = watch({ store });
      await before.subscribe();
      await change(before, [bindingOf()]);
      before.events.close();
      const after = watch({ store, clock: before.clock });
      await after.events.notifier.load();
      after.events.notifier.resume();
      await after.clock.advance(0);
      expect(before.notifies.map(({ cseq }) => cseq.number).concat(after.notifies.map(({ cseq }) => cseq.number))).to.deep.equal([1, 2, 3]);
      expect(told(after.notifies[0])).to.equal("2 full active; registered active");
      expect((await after.subscribe(before.to, "CSeq: 2 SUBSCRIBE")).status).to.equal(200);
      await change(after, [], [bindingOf()]);
      expect(told(after.notifies.at(-1))).to.equal("4 partial terminated; unregistered terminated");
    });
    it("outlives no restart when it has expired or was ended, and tells those that are left some at a time", async () => {
      const store = notifierMemory();
      const before = watch({ store });
      await before.subscribe("Call-ID: short", "Expires: 60");
      for (const id of ["1", "2", "3"]) await before.subscribe(`Call-ID: ${id}`);
      await before.subscribe("Call-ID: ended");
      await before.subscribe(before.to, "Call-ID: ended", "Expires: 0");
      before.events.close();
      await before.clock.advance(61_000);
      const after = watch({ store, clock: before.clock, limits: { resumedPerSecond: 2 } });
      await after.events.notifier.load();
      after.events.notifier.resume();
      await after.clock.advance(0);
      expect(after.notifies).to.have.length(2);
      await after.clock.advance(1_000);
      expect(after.notifies.map(({ callId }) => callId).toSorted()).to.deep.equal(["1", "2", "3"]);
      expect(await store.all(10)).to.have.length(3);
    });
    it("refuses with 503 what would be too many", async () => {
      const talk = watch({ limits: { subscriptionsMax: 1, perUserMax: 5, changesMax: 5 } });
      await talk.subscribe();
      const { status, headers } = await talk.subscribe("Call-ID: other");
      expect([status, headers]).to.deep.equal([503, { "retry-after": "60" }]);
    });
  });

  describe("5: the document", () => {
    const write = (binding: Binding, event: ContactEvent = "registered"): string =>
      writeReginfo(
        { version: 3, state: "full", addressOfRecord: AOR, registration: "active", contacts: [{ binding, event }] },
        START + 60_000,
      );

    const events: readonly ContactEvent[] = ["registered", "created", "refreshed", "shortened", "expired", "deactivated", "probation"];
    for (const event of [...events, "unregistered", "rejected"] as const) {
      it(`is valid with ${event}`, () => expect(schema.problems(write(bindingOf(), event))).to.deep.equal([]));
    }
    it("is valid without a contact, and with what any contact may bring", () => {
      const odd = bindingOf({
        ...{ contact: "sip:%3Cx%3E@h;a='b'&c=\xc3\xa9\xff", callId: 'a<b&"c\x01\t', instanceId: "urn:uuid:1", regId: 2, q: 0.125 },
      });
      expect(schema.problems(write(odd))).to.deep.equal([]);
      const empty = { version: 0, state: "full", addressOfRecord: AOR, registration: "init", contacts: [] } as const;
      expect(schema.problems(writeReginfo(empty, START))).to.deep.equal([]);
    });
    it("tells duration, what is left, q, Call-ID, CSeq, instance, reg-id and GRUU", () => {
      const text = write(bindingOf({ instanceId: "urn:uuid:1", regId: 2, q: 0.5, cseq: 9 }));
      expect(text).to.include('duration-registered="60" expires="540" q="0.5"').and.include('callid="c1" cseq="9"');
      expect(text).to.include('<unknown-param name="+sip.instance">&quot;&lt;urn:uuid:1&gt;&quot;</unknown-param>');
      expect(text).to.include('<unknown-param name="reg-id">2</unknown-param>').and.include('uri="sip:anna@voice.example;gr=urn:uuid:1"');
    });
    it("keeps the id of a contact, and gives each another", () => {
      const idOf = (binding: Binding): string | undefined => /<contact id="(\w+)"/.exec(write(binding))?.[1];
      expect(idOf(bindingOf({ cseq: 5 }))).to.equal(idOf(bindingOf()));
      expect(idOf(bindingOf({ contact: "sip:b@h" }))).not.to.equal(idOf(bindingOf()));
    });
  });
});
