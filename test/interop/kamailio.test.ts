/**
 * Waking through an operator's registrar and proxy: Kamailio, at which gateways register; the bridge knows none of them.
 * Spec: sip.md 1.3, 1.5; RFC 3261 16, 22.3. Layer: interop test.
 */
import { expect } from "chai";
import type { WireEvent } from "../../schemas/wake-contract.js";
import { type SipBridgeConfig, timersOf } from "../../sip-bridge/main.js";
import { headerValue } from "../../sip-bridge/sip/message.js";
import { type Authority, makeAuthority } from "../support/certificates.js";
import { type DnsServer, openDnsServer } from "../support/dns-server.js";
import { type Kamailio, startKamailio } from "../support/kamailio.js";
import { requireCommand } from "../support/services.js";
import { type GatewayOptions, openGateway, type SipGateway } from "../support/sip-gateway.js";
import { startTestBridge, TEST_DOMAIN, type TestBridge } from "../support/test-bridge.js";
import { untilEnded } from "../support/wire-events.js";

const PROXY_HOST = "proxy.operator.example";
const ACCOUNT = { username: "reveille", password: "operator-secret", realm: "operator.example" };

describe("interop: Kamailio as the operator's registrar and proxy", () => {
  let kamailio: Kamailio;
  let authority: Authority;
  let dns: DnsServer;
  const opened: { close(): Promise<unknown> }[] = [];
  let users = 0;

  before(async function () {
    this.timeout(20_000);
    requireCommand(this, "kamailio");
    requireCommand(this, "openssl");
    authority = await makeAuthority();
    kamailio = await startKamailio({ tls: await authority.issue("proxy", 30, PROXY_HOST) });
    dns = await openDnsServer();
    dns.answer(PROXY_HOST, [{ type: "A", address: "127.0.0.1" }]);
    dns.answer(`_sip._udp.${PROXY_HOST}`, [{ type: "SRV", priority: 1, weight: 1, port: kamailio.port, name: PROXY_HOST }]);
  });
  afterEach(async () => {
    for (const each of opened.splice(0).reverse()) await each.close();
  });
  after(async () => {
    await dns?.close();
    await kamailio?.stop();
    await authority?.remove();
  });

  /** A gateway of a user of its own, registered at Kamailio. */
  async function registered(options: Partial<GatewayOptions> = {}): Promise<{ readonly gateway: SipGateway; readonly user: string }> {
    const user = `line${++users}`;
    const gateway = await openGateway({ bridgePort: kamailio.port, user, ...options });
    opened.push(gateway);
    expect((await gateway.register()).status).to.equal(200);
    return { gateway, user };
  }

  async function bridgeOf(proxy: Partial<NonNullable<SipBridgeConfig["proxy"]>> = {}, sip: Partial<SipBridgeConfig["sip"]> = {}) {
    const bridge = await startTestBridge({
      http: null,
      sip: { addresses: [{ address: "127.0.0.1" }], port: 0, timers: timersOf(40), ...sip },
      dnsServers: [dns.server],
      proxy: { uri: `sip:${PROXY_HOST}`, account: ACCOUNT, domains: [], ...proxy },
    });
    opened.push(bridge);
    return bridge;
  }

  async function wake({ bridge }: TestBridge, user: string): Promise<readonly WireEvent[]> {
    const events = untilEnded(bridge);
    const target = { by: "address-of-record", addressOfRecord: `sip:${user}@${TEST_DOMAIN}` } as const;
    const answer = await bridge.wake({ wakeId: user, deviceId: user, target });
    expect(answer.outcome, answer.detail).to.equal("accepted");
    return (await events).filter(({ kind }) => kind !== "retransmitted");
  }
  const told = (events: readonly WireEvent[]): readonly string[] =>
    events.map((event) => ("status" in event ? `${event.kind} ${event.status}` : event.kind));

  it("407 is answered with the operator's credentials, and the NOTIFY reaches the registered contact", async () => {
    const { gateway, user } = await registered();
    expect(told(await wake(await bridgeOf(), user))).to.deep.equal(["sent", "challenged 407", "sent", "answered 200"]);
    const [notify] = gateway.notifies;
    expect([notify?.uri, headerValue(notify ?? { headers: [] }, "event")]).to.deep.equal([gateway.contact, "resync"]);
  });

  it("with another password than the operator's: challenged, answered once, and never again", async () => {
    const { gateway, user } = await registered();
    const bridge = await bridgeOf({ account: { ...ACCOUNT, password: "wrong" } });
    expect(told(await wake(bridge, user))).to.deep.equal(["sent", "challenged 407", "sent", "answered 407"]);
    expect(gateway.notifies).to.have.length(0);
  });

  it("401 that stays: answered once, and never again", async () => {
    const { user } = await registered();
    await kamailio.answer(user, 401);
    expect(told(await wake(await bridgeOf(), user))).to.deep.equal(["sent", "challenged 401", "sent", "answered 401"]);
  });

  for (const status of [403, 404, 423, 480])
    it(`${status} ends the wake; the gateway hears nothing`, async () => {
      const { gateway, user } = await registered();
      await kamailio.answer(user, status);
      expect(told(await wake(await bridgeOf(), user))).to.deep.equal(["sent", `answered ${status}`]);
      expect(gateway.notifies).to.have.length(0);
    });

  it("404 for who is not registered there", async () => {
    expect(told(await wake(await bridgeOf(), "nobody"))).to.deep.equal(["sent", "challenged 407", "sent", "answered 404"]);
  });

  it("503 with Retry-After: the proxy hears of nobody until it has passed", async () => {
    const [busy, other] = [await registered(), await registered()];
    await kamailio.answer(busy.user, 503);
    const bridge = await bridgeOf();
    const events = await wake(bridge, busy.user);
    expect(events.at(-1)).to.include({ kind: "answered", status: 503, retryAfterS: 60 });
    expect(told(await wake(bridge, other.user))).to.deep.equal(["failed"]);
    expect(await kamailio.heard(other.user)).to.equal(0);
  });

  it("silence: repeated as RFC 3261 says, then given up; the next wake gets through", async () => {
    const { gateway, user } = await registered();
    await kamailio.answer(user, "silence");
    const bridge = await bridgeOf();
    expect(told(await wake(bridge, user))).to.deep.equal(["sent", "timed-out"]);
    expect(await kamailio.heard(user)).to.be.within(6, 11);
    await kamailio.answer(user, undefined);
    const events = untilEnded(bridge.bridge);
    const target = { by: "address-of-record", addressOfRecord: `sip:${user}@${TEST_DOMAIN}` } as const;
    await bridge.bridge.wake({ wakeId: "again", deviceId: user, target });
    expect((await events).at(-1)).to.include({ kind: "answered", status: 200 });
    expect(gateway.notifies).to.have.length(1);
  });

  it("the gateway's own refusal comes back through the proxy: 489, the next event, 200", async () => {
    const { gateway, user } = await registered({
      onNotify: ({ request, answer }) => answer(headerValue(request, "event") === "resync" ? 489 : 200),
    });
    const bridge = await startTestBridge({
      http: null,
      sip: { addresses: [{ address: "127.0.0.1" }], port: 0, timers: timersOf(100) },
      events: ["resync", "check-sync;reboot=false"],
      proxy: { uri: `sip:127.0.0.1:${kamailio.port}`, account: ACCOUNT, domains: [] },
    });
    opened.push(bridge);
    expect(told(await wake(bridge, user)).at(-1)).to.equal("answered 200");
    expect(gateway.notifies.map((notify) => headerValue(notify, "event"))).to.deep.equal(["resync", "check-sync;reboot=false"]);
  });

  it("over TCP", async () => {
    const { gateway, user } = await registered();
    const bridge = await bridgeOf({ uri: `sip:127.0.0.1:${kamailio.port};transport=tcp` });
    expect(told(await wake(bridge, user)).at(-1)).to.equal("answered 200");
    expect(gateway.notifies).to.have.length(1);
  });

  it("over TLS, by the name in its certificate", async () => {
    const { gateway, user } = await registered();
    const bridge = await bridgeOf({ uri: `sips:${PROXY_HOST}:${kamailio.tlsPort}` }, { tlsClient: { ca: authority.cert } });
    const events = await wake(bridge, user);
    expect(told(events).at(-1), JSON.stringify(events)).to.equal("answered 200");
    expect(gateway.notifies).to.have.length(1);
  });

  it("over TLS under another name: nothing is sent", async () => {
    const { gateway, user } = await registered();
    dns.answer("impostor.example", [{ type: "A", address: "127.0.0.1" }]);
    const bridge = await bridgeOf({ uri: `sips:impostor.example:${kamailio.tlsPort}` }, { tlsClient: { ca: authority.cert } });
    expect((await wake(bridge, user)).at(-1)).to.include({ kind: "failed" });
    expect(gateway.notifies).to.have.length(0);
  });
}).timeout(15_000);
