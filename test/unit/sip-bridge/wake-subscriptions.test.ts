/**
 * Subscriptions to be woken on a clock that stands still: their end in time.
 * Spec: RFC 6665 4.2.2. Layer: unit test.
 */
import { expect } from "chai";
import type { RequestEvent } from "../../../sip-bridge/net/client-transactions.js";
import { headerValue, type SipRequest } from "../../../sip-bridge/sip/message.js";
import type { SubscriptionStore, WakeSubscription } from "../../../sip-bridge/stores/subscription-store.js";
import { createWakeSubscriptions, type WakeSubscriptions } from "../../../sip-bridge/wake-subscriptions.js";
import { type FakeClock, fakeClock, settle } from "../../support/fake-clock.js";
import { sipFlow, sipRequest } from "../../support/sip-messages.js";

const ACCOUNT = { username: "anna", realm: "voice.example", ha1s: {}, addressesOfRecord: ["anna@voice.example"], changedAtMs: 0 };

function memoryStore(): SubscriptionStore {
  const kept = new Map<string, WakeSubscription>();
  return {
    put: async (subscription) => void kept.set(subscription.key, subscription),
    remove: async (key) => void kept.delete(key),
    get: async (key) => kept.get(key),
    current: async (_address, nowMs) => [...kept.values()].filter(({ expiresAtMs }) => expiresAtMs > nowMs),
    expired: async (nowMs, limit) => [...kept.values()].filter(({ expiresAtMs }) => expiresAtMs <= nowMs).slice(0, limit),
    count: async () => kept.size,
  };
}

describe("subscriptions to be woken", () => {
  let clock: FakeClock;
  let subscriptions: WakeSubscriptions;
  let sent: { readonly request: SipRequest; readonly onEvent: (event: RequestEvent) => void }[];
  let store: SubscriptionStore;

  beforeEach(() => {
    clock = fakeClock();
    sent = [];
    store = memoryStore();
    const local = { host: "198.51.100.5", port: 5060, transport: "udp" } as const;
    subscriptions = createWakeSubscriptions({
      ...{ domains: { main: "voice.example", aliases: [] }, store, events: ["resync"], user: "acs", clock },
      edgeOf: () => ({ local, request: (request, _flow, onEvent) => void sent.push({ request, onEvent }) }),
      onError: (error) => {
        throw error;
      },
    });
  });
  afterEach(() => subscriptions.close());

  async function subscribe(expires: number): Promise<void> {
    const request = sipRequest(
      "SUBSCRIBE sip:acs@voice.example SIP/2.0",
      "From: <sip:anna@voice.example>;tag=f1",
      "Contact: <sip:anna@192.0.2.10>",
      "CSeq: 1 SUBSCRIBE",
      "Event: resync",
      `Expires: ${expires}`,
    );
    subscriptions.subscribe({ request, flow: sipFlow(), localTag: "t1", answer: () => undefined }, ACCOUNT);
    for (let i = 0; i < 3; i++) await settle();
  }
  const states = (): readonly (string | undefined)[] => sent.map(({ request }) => headerValue(request, "subscription-state"));

  it("the last NOTIFY of one that was not refreshed says terminated, reason timeout", async () => {
    await subscribe(120);
    await clock.advance(119_000);
    expect(states()).to.deep.equal(["active;expires=120"]);
    await clock.advance(3_000);
    expect(states()).to.deep.equal(["active;expires=120", "terminated;reason=timeout"]);
    expect(await store.count()).to.equal(0);
  });

  it("silence ends one: nobody is there any more", async () => {
    await subscribe(120);
    sent[0]?.onEvent({ kind: "timeout" });
    await settle();
    await settle();
    expect(await subscriptions.live("anna@voice.example")).to.equal(undefined);
  });

  it("what has ended gives no NOTIFY to a wake that still waited", async () => {
    await subscribe(120);
    const key = (await subscriptions.live("anna@voice.example"))?.key ?? "";
    await clock.advance(200_000);
    expect(await subscriptions.notify(key)).to.equal(undefined);
  });

  it("a CSeq is used once, also when two wakes come together", async () => {
    await subscribe(120);
    const key = (await subscriptions.live("anna@voice.example"))?.key ?? "";
    const both = await Promise.all([subscriptions.notify(key), subscriptions.notify(key)]);
    expect(both.map((ready) => ready?.request.cseq.number)).to.deep.equal([2, 3]);
  });
});
