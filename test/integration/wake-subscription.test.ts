/**
 * Gateways that subscribe to be woken, over real UDP: SUBSCRIBE, the first NOTIFY, wakes in the dialog, its end.
 * Spec: RFC 6665 4.2; RFC 3261 12; sip.md 1.1 (EventSubscribe). Layer: integration test.
 */
import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { answerDigest, digestHa1, parseChallenges, writeCredentials } from "../../common/digest.js";
import type { WireEvent } from "../../schemas/wake-contract.js";
import type { SipBridgeConfig } from "../../sip-bridge/main.js";
import type { IncomingRequest } from "../../sip-bridge/net/server-transactions.js";
import { buildRequest } from "../../sip-bridge/sip/build.js";
import { header, headerValue, headerValues, param, type SipRequest, type SipResponse } from "../../sip-bridge/sip/message.js";
import { openGateway, type SipGateway } from "../support/sip-gateway.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { startTestBridge, TEST_DOMAIN, TEST_PASSWORD, type TestBridge } from "../support/test-bridge.js";
import { untilEnded } from "../support/wire-events.js";

interface Asked {
  readonly event?: string;
  readonly expires?: number;
  readonly user?: string;
  /** Of the dialog: the To tag that the 200 gave. */
  readonly toTag?: string;
}

class Subscriber {
  readonly gateway: SipGateway;
  readonly #user: string;
  readonly #tag = randomBytes(4).toString("hex");
  readonly callId = randomBytes(8).toString("hex");
  #cseq = 0;

  constructor(gateway: SipGateway, user: string) {
    this.gateway = gateway;
    this.#user = user;
  }

  /** Answers the challenge. */
  async subscribe(asked: Asked = {}): Promise<SipResponse> {
    const first = await this.#send(asked);
    if (first.status !== 401) return first;
    const [challenge] = headerValues(first, "www-authenticate").flatMap(parseChallenges);
    if (challenge === undefined) throw new Error("no challenge");
    const ha1 = digestHa1(challenge.algorithm.hash, this.#user, challenge.realm, TEST_PASSWORD);
    const uri = `sip:acs@${TEST_DOMAIN}`;
    const answer = answerDigest({ challenge, username: this.#user, ha1, method: "SUBSCRIBE", uri, cnonce: "c0ffee", nc: 1 });
    return this.#send(asked, writeCredentials(answer));
  }

  async #send({ event = "resync", expires = 600, user = this.#user, toTag }: Asked, authorization?: string): Promise<SipResponse> {
    const request = buildRequest({
      ...{ method: "SUBSCRIBE", uri: `sip:acs@${TEST_DOMAIN}`, callId: this.callId, cseq: ++this.#cseq },
      from: { uri: `sip:${user}@${TEST_DOMAIN}`, params: [{ name: "tag", value: this.#tag }] },
      to: { uri: `sip:acs@${TEST_DOMAIN}`, params: toTag === undefined ? [] : [{ name: "tag", value: toTag }] },
      headers: [
        header("Contact", `<${this.gateway.contact}>`),
        header("Event", event),
        header("Expires", expires),
        ...(authorization === undefined ? [] : [header("Authorization", authorization)]),
      ],
    });
    const answer = await this.gateway.send(request);
    if (answer.kind !== "final") throw new Error(`no answer: ${answer.kind}`);
    return answer.response;
  }
}

const toTagOf = (response: SipResponse): string => param(response.to.params, "tag") ?? "";
const state = (notify: SipRequest | undefined): string | undefined =>
  notify === undefined ? undefined : headerValue(notify, "subscription-state");

describe("wakes in the dialog of a subscription", () => {
  const opened: { close(): Promise<unknown> }[] = [];
  let users = 0;
  let wakes = 0;

  afterEach(async () => {
    for (const each of opened.splice(0).reverse()) await each.close();
  });

  async function bridgeOf(changes: Partial<SipBridgeConfig> = {}): Promise<TestBridge> {
    const bridge = await startTestBridge({ http: null, ...changes });
    opened.push(bridge);
    return bridge;
  }

  async function subscriberOf(bridge: TestBridge, onNotify?: (incoming: IncomingRequest) => void): Promise<[Subscriber, string]> {
    const user = `sub${++users}`;
    await bridge.putAccount(user, TEST_PASSWORD);
    const gateway = await openGateway({ bridgePort: bridge.sipPort, user, ...(onNotify === undefined ? {} : { onNotify }) });
    opened.push(gateway);
    return [new Subscriber(gateway, user), user];
  }

  async function notified({ gateway }: Subscriber, count: number): Promise<readonly SipRequest[]> {
    for (let turn = 0; gateway.notifies.length < count && turn < 400; turn++) await new Promise((resolve) => setTimeout(resolve, 10));
    return gateway.notifies;
  }

  async function wake({ bridge }: TestBridge, user: string): Promise<readonly WireEvent[]> {
    const events = untilEnded(bridge);
    const target = { by: "address-of-record", addressOfRecord: `sip:${user}@${TEST_DOMAIN}` } as const;
    const answer = await bridge.wake({ wakeId: `w${++wakes}`, deviceId: user, target });
    expect(answer.outcome, answer.detail).to.equal("accepted");
    return (await events).filter(({ kind }) => kind !== "retransmitted");
  }
  const told = (events: readonly WireEvent[]): readonly string[] =>
    events.map((event) => ("status" in event ? `${event.kind} ${event.status}` : event.kind));

  it("SUBSCRIBE is challenged, answered 200 with Expires, and followed by a NOTIFY at once: active", async () => {
    const [subscriber] = await subscriberOf(await bridgeOf());
    const response = await subscriber.subscribe();
    expect([response.status, headerValue(response, "expires")]).to.deep.equal([200, "600"]);
    const [first] = await notified(subscriber, 1);
    expect([state(first), first?.callId, first?.uri]).to.deep.equal(["active;expires=600", subscriber.callId, subscriber.gateway.contact]);
    expect(headerValue(first ?? { headers: [] }, "event")).to.equal("resync");
  });

  it("a wake goes in the dialog: its Call-ID and tags, CSeq one higher", async () => {
    const bridge = await bridgeOf();
    const [subscriber, user] = await subscriberOf(bridge);
    const response = await subscriber.subscribe();
    await notified(subscriber, 1);
    expect(told(await wake(bridge, user))).to.deep.equal(["sent", "answered 200"]);
    const [first, second] = subscriber.gateway.notifies;
    expect([second?.callId, param(second?.from.params ?? [], "tag"), param(second?.to.params ?? [], "tag")]).to.deep.equal([
      subscriber.callId,
      toTagOf(response),
      param(first?.to.params ?? [], "tag"),
    ]);
    expect((second?.cseq.number ?? 0) - (first?.cseq.number ?? 0)).to.equal(1);
  });

  it("whoever is not registered is woken all the same", async () => {
    const bridge = await bridgeOf();
    const [subscriber, user] = await subscriberOf(bridge);
    await subscriber.subscribe();
    await notified(subscriber, 1);
    expect(told(await wake(bridge, user)).at(-1)).to.equal("answered 200");
  });

  it("an event that it may not subscribe to: 489, and Allow-Events lists what it may", async () => {
    const [subscriber] = await subscriberOf(await bridgeOf({ events: ["resync", "check-sync;reboot=false"] }));
    const response = await subscriber.subscribe({ event: "presence" });
    expect([response.status, headerValue(response, "allow-events")]).to.deep.equal([489, "reg, resync, check-sync"]);
  });

  it("the address of somebody else: 403", async () => {
    const [subscriber] = await subscriberOf(await bridgeOf());
    expect((await subscriber.subscribe({ user: "hgw1" })).status).to.equal(403);
  });

  it("shorter than a minute: 423 with Min-Expires", async () => {
    const [subscriber] = await subscriberOf(await bridgeOf());
    const response = await subscriber.subscribe({ expires: 10 });
    expect([response.status, headerValue(response, "min-expires")]).to.deep.equal([423, "60"]);
  });

  it("a refresh is answered with a NOTIFY, too; a refresh of a dialog that nobody knows gets 481", async () => {
    const [subscriber] = await subscriberOf(await bridgeOf());
    const toTag = toTagOf(await subscriber.subscribe());
    await notified(subscriber, 1);
    expect((await subscriber.subscribe({ toTag, expires: 900 })).status).to.equal(200);
    expect(state((await notified(subscriber, 2))[1])).to.equal("active;expires=900");
    expect((await subscriber.subscribe({ toTag: "another" })).status).to.equal(481);
  });

  it("Expires 0 ends it: a last NOTIFY, terminated; then wakes go out of any dialog", async () => {
    const bridge = await bridgeOf();
    const [subscriber, user] = await subscriberOf(bridge);
    await subscriber.gateway.register();
    const toTag = toTagOf(await subscriber.subscribe());
    await notified(subscriber, 1);
    await subscriber.subscribe({ toTag, expires: 0 });
    expect(state((await notified(subscriber, 2))[1])).to.equal("terminated;reason=timeout");
    await wake(bridge, user);
    expect(subscriber.gateway.notifies[2]?.callId).not.to.equal(subscriber.callId);
  });

  it("481 ends it, and the same wake goes on out of the dialog", async () => {
    const bridge = await bridgeOf();
    const [subscriber, user] = await subscriberOf(bridge, ({ request, answer }) =>
      answer(request.callId === subscriber.callId && request.cseq.number > 1 ? 481 : 200),
    );
    await subscriber.gateway.register();
    await subscriber.subscribe();
    await notified(subscriber, 1);
    expect(told(await wake(bridge, user))).to.deep.equal(["sent", "sent", "answered 200"]);
    expect(subscriber.gateway.notifies[2]?.callId).not.to.equal(subscriber.callId);
    await wake(bridge, user);
    expect(subscriber.gateway.notifies, "the dialog is not tried again").to.have.length(4);
  });

  it("four subscriptions of an address are enough: the next gets 503", async () => {
    const bridge = await bridgeOf();
    const [subscriber, user] = await subscriberOf(bridge);
    for (let i = 0; i < 4; i++) expect((await new Subscriber(subscriber.gateway, user).subscribe()).status).to.equal(200);
    expect((await new Subscriber(subscriber.gateway, user).subscribe()).status).to.equal(503);
  });

  it("a restart of the bridge ends no subscription: the dialog goes on with the next CSeq", async () => {
    const folder = await temporaryFolder();
    opened.push({ close: () => folder.remove() });
    const storeFile = folder.file("bridge.sqlite");
    const first = await startTestBridge({ http: null, storeFile });
    const [subscriber, user] = await subscriberOf(first);
    await subscriber.subscribe();
    await notified(subscriber, 1);
    const port = first.sipPort;
    await first.close();
    const second = await bridgeOf({ storeFile, sip: { addresses: [{ address: "127.0.0.1" }], port } });
    expect(told(await wake(second, user)).at(-1)).to.equal("answered 200");
    expect(subscriber.gateway.notifies.map(({ callId, cseq }) => [callId, cseq.number])).to.deep.equal([
      [subscriber.callId, 1],
      [subscriber.callId, 2],
    ]);
  });
}).timeout(10_000);
