/**
 * Waking through the operator's proxy, which is played here by our own SIP core, found by a DNS server on loopback.
 * Spec: sip.md 1.3, 1.5, 1.6; RFC 3263 4.2, 4.3; RFC 3261 8.1.2, 21.5.4. Layer: integration test.
 */
import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { systemClock } from "../../common/clock.js";
import { digestHa1, parseCredentials, provesPassword, writeChallenge } from "../../common/digest.js";
import type { WakeProfile, WireEvent } from "../../schemas/wake-contract.js";
import type { SipBridgeConfig } from "../../sip-bridge/main.js";
import type { IncomingRequest } from "../../sip-bridge/net/server-transactions.js";
import { openStreamEndpoint } from "../../sip-bridge/net/stream-endpoint.js";
import type { TlsServing } from "../../sip-bridge/net/stream-server.js";
import { openUdpEndpoint } from "../../sip-bridge/net/udp-endpoint.js";
import { header, headerValue, type SipRequest } from "../../sip-bridge/sip/message.js";
import { type Authority, type Certified, makeAuthority } from "../support/certificates.js";
import { type DnsServer, openDnsServer } from "../support/dns-server.js";
import { requireCommand } from "../support/services.js";
import { openGateway } from "../support/sip-gateway.js";
import { IMPATIENT_SIP, startTestBridge, TEST_DOMAIN, TEST_PASSWORD, type TestBridge } from "../support/test-bridge.js";
import { untilEnded } from "../support/wire-events.js";

const ACCOUNT = { username: "acs", password: "operator-secret", realm: "proxy.example" };

interface Proxy {
  readonly port: number;
  readonly heard: readonly SipRequest[];
  answer: (incoming: IncomingRequest) => void;
  close(): Promise<void>;
}

async function openProxy(transport: "udp" | "tcp" | "tls" = "udp", serving?: TlsServing): Promise<Proxy> {
  const heard: SipRequest[] = [];
  const proxy = { answer: ({ answer }: IncomingRequest): void => answer(202) };
  const options = {
    ...{ address: "127.0.0.1", port: 0, clock: systemClock, randomBytes, onHandlerError: () => undefined },
    onRequest: (incoming: IncomingRequest) => {
      heard.push(incoming.request);
      proxy.answer(incoming);
    },
  };
  const endpoint =
    transport === "udp"
      ? await openUdpEndpoint(options)
      : await openStreamEndpoint({ ...options, kind: transport, ...(serving === undefined ? {} : { serving }) });
  return Object.assign(proxy, { port: endpoint.transport.localPort, heard, close: () => endpoint.close() });
}

const SILENCE = (): void => undefined;
const status =
  (code: number, ...headers: readonly (readonly [string, string])[]) =>
  ({ answer }: IncomingRequest): void =>
    answer(code, { headers: headers.map(([name, value]) => header(name, value)) });

/** Challenges, and takes the right answer only. */
const wantsDigest =
  (realm: string, nonce = "n1") =>
  ({ request, answer }: IncomingRequest): void => {
    const credentials = parseCredentials(headerValue(request, "proxy-authorization") ?? "");
    const ha1 = digestHa1("MD5", ACCOUNT.username, realm, ACCOUNT.password);
    if (credentials?.nonce === nonce && provesPassword(credentials, { MD5: ha1 }, request)) {
      answer(202);
      return;
    }
    const algorithm = { hash: "MD5", isSession: false } as const;
    answer(407, {
      headers: [header("Proxy-Authenticate", writeChallenge({ realm, nonce, algorithm, qops: ["auth"], isStale: false }))],
    });
  };

describe("waking through the operator's proxy", () => {
  let dns: DnsServer;
  const opened: { close(): Promise<unknown> }[] = [];
  let wakes = 0;

  beforeEach(async () => {
    dns = await openDnsServer();
    opened.push(dns);
  });
  afterEach(async () => {
    for (const each of opened.splice(0).reverse()) await each.close();
  });

  async function proxies(count: number): Promise<readonly Proxy[]> {
    const all = await Promise.all(Array.from({ length: count }, () => openProxy()));
    opened.push(...all);
    dns.answer(
      "_sip._udp.proxy.example",
      all.map(({ port }, i) => ({ type: "SRV", priority: i, weight: 0, port, name: "edge.proxy.example" }) as const),
    );
    dns.answer("edge.proxy.example", [{ type: "A", address: "127.0.0.1" }]);
    return all;
  }

  async function bridgeOf(changes: Partial<SipBridgeConfig> = {}, proxy: Partial<NonNullable<SipBridgeConfig["proxy"]>> = {}) {
    const bridge = await startTestBridge({
      http: null,
      dnsServers: [dns.server],
      proxy: { uri: "sip:proxy.example", account: ACCOUNT, domains: ["mobile.example"], ...proxy },
      ...changes,
    });
    opened.push(bridge);
    return bridge;
  }

  async function wake(
    { bridge }: TestBridge,
    addressOfRecord = `sip:1001@${TEST_DOMAIN}`,
    profile: WakeProfile = {},
  ): Promise<readonly WireEvent[]> {
    const events = untilEnded(bridge);
    const id = `w${++wakes}`;
    const answer = await bridge.wake({ wakeId: id, deviceId: id, target: { by: "address-of-record", addressOfRecord }, profile });
    expect(answer.outcome, answer.detail).to.equal("accepted");
    return events;
  }

  const kinds = (events: readonly WireEvent[]): readonly string[] =>
    events
      .filter(({ kind }) => kind !== "retransmitted")
      .map((event) => ("status" in event ? `${event.kind} ${event.status}` : event.kind));

  it("a device that is registered elsewhere: the address of record is the Request-URI, the proxy a loose Route", async () => {
    const [proxy] = await proxies(1);
    expect(kinds(await wake(await bridgeOf()))).to.deep.equal(["sent", "answered 202"]);
    const [request] = proxy?.heard ?? [];
    expect([request?.uri, headerValue(request ?? { headers: [] }, "route"), request?.to.uri]).to.deep.equal([
      `sip:1001@${TEST_DOMAIN}`,
      "<sip:proxy.example;lr>",
      `sip:1001@${TEST_DOMAIN}`,
    ]);
  });

  it("addresses of the operator's other domains go there, too; strangers' don't", async () => {
    const [proxy] = await proxies(1);
    const bridge = await bridgeOf();
    await wake(bridge, "sip:1001@mobile.example");
    expect(proxy?.heard.map(({ uri }) => uri)).to.deep.equal(["sip:1001@mobile.example"]);
    const target = { by: "address-of-record", addressOfRecord: "sip:1001@evil.example" } as const;
    expect((await bridge.bridge.wake({ wakeId: "x", deviceId: "x", target })).outcome).to.equal("not-registered");
  });

  it("a device that is registered here is woken on its flow, unless its profile wants the proxy", async () => {
    const [proxy] = await proxies(1);
    const bridge = await bridgeOf();
    const gateway = await openGateway({ bridgePort: bridge.sipPort });
    opened.push(gateway);
    await gateway.register();
    await wake(bridge, `sip:hgw1@${TEST_DOMAIN}`);
    expect([gateway.notifies.length, proxy?.heard.length]).to.deep.equal([1, 0]);
    await wake(bridge, `sip:hgw1@${TEST_DOMAIN}`, { route: "proxy" });
    expect([gateway.notifies.length, proxy?.heard.length]).to.deep.equal([1, 1]);
  });

  it("From is whom the profile says, for proxies that trust certain users", async () => {
    const [proxy] = await proxies(1);
    await wake(await bridgeOf(), undefined, { fromUser: "provisioning", fromDomain: "ims.example" });
    expect(proxy?.heard[0]?.from.uri).to.equal("sip:provisioning@ims.example");
  });

  it("407 of the operator's realm is answered with the operator's credentials", async () => {
    const [proxy] = await proxies(1);
    if (proxy !== undefined) proxy.answer = wantsDigest(ACCOUNT.realm);
    expect(kinds(await wake(await bridgeOf()))).to.deep.equal(["sent", "challenged 407", "sent", "answered 202"]);
  });

  describe("the nonce of its challenge is kept (RFC 3261 22.2, 22.3)", () => {
    const nonces = (proxy: Proxy | undefined): readonly string[] =>
      (proxy?.heard ?? []).map((request) => {
        const credentials = parseCredentials(headerValue(request, "proxy-authorization") ?? "");
        return credentials === undefined ? "none" : `${credentials.nonce} ${credentials.use?.nc}`;
      });

    it("the next wakes bring their credentials, each with the next count, those at the same time too", async () => {
      const [proxy] = await proxies(1);
      if (proxy !== undefined) proxy.answer = wantsDigest(ACCOUNT.realm);
      const bridge = await bridgeOf();
      await wake(bridge);
      expect(kinds(await wake(bridge, `sip:1002@${TEST_DOMAIN}`))).to.deep.equal(["sent", "answered 202"]);
      expect(nonces(proxy)).to.deep.equal(["none", "n1 1", "n1 2"]);
      const answered = new Promise<void>((resolve) => {
        let left = 3;
        bridge.bridge.onWireEvent(({ kind }) => {
          if (kind === "answered" && --left === 0) resolve();
        });
      });
      for (const user of ["1003", "1004", "1005"]) {
        const target = { by: "address-of-record", addressOfRecord: `sip:${user}@${TEST_DOMAIN}` } as const;
        await bridge.bridge.wake({ wakeId: user, deviceId: user, target });
      }
      await answered;
      expect(nonces(proxy).slice(3).toSorted()).to.deep.equal(["n1 3", "n1 4", "n1 5"]);
    });

    it("a nonce that the proxy takes no more is replaced by that of its new challenge", async () => {
      const [proxy] = await proxies(1);
      if (proxy !== undefined) proxy.answer = wantsDigest(ACCOUNT.realm);
      const bridge = await bridgeOf();
      await wake(bridge);
      if (proxy !== undefined) proxy.answer = wantsDigest(ACCOUNT.realm, "n2");
      expect(kinds(await wake(bridge, `sip:1002@${TEST_DOMAIN}`))).to.deep.equal(["sent", "challenged 407", "sent", "answered 202"]);
      expect(kinds(await wake(bridge, `sip:1003@${TEST_DOMAIN}`))).to.deep.equal(["sent", "answered 202"]);
      expect(nonces(proxy)).to.deep.equal(["none", "n1 1", "n1 2", "n2 1", "n2 2"]);
    });
  });

  it("another realm is not: it would be given a hash to guess the password by", async () => {
    const [proxy] = await proxies(1);
    if (proxy !== undefined) proxy.answer = wantsDigest("evil.example");
    expect(kinds(await wake(await bridgeOf()))).to.deep.equal(["sent", "challenged 407", "failed"]);
  });

  for (const [why, failure] of [
    ["503", status(503)],
    ["silence", SILENCE],
  ] as const)
    it(`${why} of one server: the next one is asked (RFC 3263 4.3)`, async () => {
      const [first, second] = await proxies(2);
      if (first !== undefined) first.answer = failure;
      expect(kinds(await wake(await bridgeOf({ sip: IMPATIENT_SIP })))).to.deep.equal(["sent", "rerouted", "sent", "answered 202"]);
      expect([first?.heard.length, second?.heard.length]).to.deep.equal([1, 1]);
    });

  it("503 with Retry-After: no request to that server until it has passed, whoever is woken (RFC 3261 21.5.4)", async () => {
    const [first, second] = await proxies(2);
    if (first !== undefined) first.answer = status(503, ["Retry-After", "120"]);
    const bridge = await bridgeOf();
    await wake(bridge);
    expect(kinds(await wake(bridge, `sip:1002@${TEST_DOMAIN}`))).to.deep.equal(["sent", "answered 202"]);
    expect([first?.heard.length, second?.heard.length]).to.deep.equal([1, 2]);
  });

  it("when all servers ask to be left alone, none is asked", async () => {
    const [proxy] = await proxies(1);
    if (proxy !== undefined) proxy.answer = status(503, ["Retry-After", "120"]);
    const bridge = await bridgeOf();
    expect(kinds(await wake(bridge))).to.deep.equal(["sent", "answered 503"]);
    expect(kinds(await wake(bridge, `sip:1002@${TEST_DOMAIN}`))).to.deep.equal(["failed"]);
    expect(proxy?.heard).to.have.length(1);
  });

  it("302 within the operator's domains is followed, through the proxy", async () => {
    const [proxy] = await proxies(1);
    if (proxy !== undefined) {
      proxy.answer = ({ request, answer }) =>
        request.uri.includes("moved") ? answer(200) : answer(302, { headers: [header("Contact", "<sip:moved@mobile.example>")] });
    }
    expect(kinds(await wake(await bridgeOf()))).to.deep.equal(["sent", "rerouted", "sent", "answered 200"]);
    expect(proxy?.heard.map(({ uri }) => uri)).to.deep.equal([`sip:1001@${TEST_DOMAIN}`, "sip:moved@mobile.example"]);
  });

  it("302 out of them is not", async () => {
    const [proxy] = await proxies(1);
    if (proxy !== undefined) proxy.answer = status(302, ["Contact", "<sip:moved@evil.example>"]);
    expect(kinds(await wake(await bridgeOf()))).to.deep.equal(["sent", "answered 302"]);
  });

  it("489 has the second event tried, and the next wake begins with what was taken", async () => {
    const [proxy] = await proxies(1);
    if (proxy !== undefined) {
      proxy.answer = ({ request, answer }) =>
        headerValue(request, "event") === "resync" ? answer(489, { headers: [header("Allow-Events", "check-sync")] }) : answer(200);
    }
    const bridge = await bridgeOf({ events: ["resync", "check-sync;reboot=false"] });
    const target = { by: "address-of-record", addressOfRecord: `sip:1001@${TEST_DOMAIN}` } as const;
    const wakeOne = async (wakeId: string, deviceId: string): Promise<readonly string[]> => {
      const events = untilEnded(bridge.bridge);
      await bridge.bridge.wake({ wakeId, deviceId, model: "00D09E-HG1", target });
      return kinds(await events);
    };
    expect(await wakeOne("a", "d1")).to.deep.equal(["sent", "event-refused 489", "sent", "answered 200"]);
    expect(await wakeOne("b", "d1"), "the same device").to.deep.equal(["sent", "answered 200"]);
    expect(await wakeOne("c", "d2"), "another of its model").to.deep.equal(["sent", "answered 200"]);
  });

  it("over TCP, if its URI says so", async () => {
    const proxy = await openProxy("tcp");
    opened.push(proxy);
    const bridge = await bridgeOf({}, { uri: `sip:127.0.0.1:${proxy.port};transport=tcp` });
    expect(kinds(await wake(bridge))).to.deep.equal(["sent", "answered 202"]);
    expect(proxy.heard[0]?.vias[0]?.transport).to.equal("TCP");
  });

  describe("over TLS, when the proxy asks for a certificate", () => {
    let authority: Authority;
    let ours: Certified;
    before(async function () {
      requireCommand(this, "openssl");
      authority = await makeAuthority();
      ours = await authority.issue("bridge", 30, "bridge.example");
    });
    after(() => authority?.remove());

    async function bridgeBefore(proxy: Proxy, more: Partial<SipBridgeConfig["sip"]>): Promise<TestBridge> {
      dns.answer("proxy.example", [{ type: "A", address: "127.0.0.1" }]);
      const sip = { addresses: [{ address: "127.0.0.1" }], port: 0, tlsClient: { ca: authority.cert }, ...more };
      return bridgeOf({ sip }, { uri: `sips:proxy.example:${proxy.port}` });
    }

    async function strictProxy(): Promise<Proxy> {
      const { certFile, keyFile } = await authority.issue("proxy", 30, "proxy.example");
      const files = { certFile, keyFile, clientCaFile: authority.certFile };
      const proxy = await openProxy("tls", {
        files,
        requiresClientCertificate: true,
        onReload: () => undefined,
        onTrouble: () => undefined,
      });
      opened.push(proxy);
      return proxy;
    }

    it("the bridge shows its own (SIP_TLS_CONNECT_CERT_FILE), and Via offers the connection to the proxy (RFC 5923)", async () => {
      const proxy = await strictProxy();
      const bridge = await bridgeBefore(proxy, { tlsClientFiles: ours });
      expect(kinds(await wake(bridge))).to.deep.equal(["sent", "answered 202"]);
      expect(proxy.heard[0]?.vias[0]?.params.map(({ name }) => name)).to.include("alias");
    });

    it("without one the wake fails: there is no way back to less", async () => {
      const proxy = await strictProxy();
      expect(kinds(await wake(await bridgeBefore(proxy, {}))).at(-1)).to.equal("failed");
      expect(proxy.heard).to.deep.equal([]);
    });
  });

  it("a proxy that refuses the connection fails the wake at once", async () => {
    const proxy = await openProxy("tcp");
    await proxy.close();
    const bridge = await bridgeOf({}, { uri: `sip:127.0.0.1:${proxy.port};transport=tcp` });
    expect(kinds(await wake(bridge))).to.deep.equal(["failed"]);
  });

  it("a proxy whose name leads nowhere fails the wake, with the reason", async () => {
    const events = await wake(await bridgeOf({}, { uri: "sip:nowhere.example" }));
    expect(events.map((event) => ("detail" in event ? event.detail : ""))).to.deep.equal([
      "the proxy can't be found: the DNS knows no server of nowhere.example that we have a socket for",
    ]);
  });

  it("wakes through the proxy leave at its own pace", async () => {
    const [proxy] = await proxies(1);
    const bridge = await bridgeOf({ wake: { proxyPerSecond: 1 } });
    const target = (user: string) => ({ by: "address-of-record", addressOfRecord: `sip:${user}@${TEST_DOMAIN}` }) as const;
    const first = await bridge.bridge.wake({ wakeId: "p1", deviceId: "p1", target: target("1001") });
    const second = await bridge.bridge.wake({ wakeId: "p2", deviceId: "p2", target: target("1002") });
    const third = await bridge.bridge.wake({ wakeId: "p3", deviceId: "p3", target: target("1003") });
    expect([first, second, third].map(({ delayMs = 0 }) => Math.ceil(delayMs / 1_000))).to.deep.equal([0, 1, 2]);
    expect(proxy?.heard.length).to.be.at.most(1);
  });

  it("one device is woken so many times in a minute at most", async () => {
    await proxies(1);
    const bridge = await bridgeOf({ wake: { perDevicePerMinute: 1 } });
    const target = { by: "address-of-record", addressOfRecord: `sip:1001@${TEST_DOMAIN}` } as const;
    const events = untilEnded(bridge.bridge);
    await bridge.bridge.wake({ wakeId: "m1", deviceId: "d", target });
    await events;
    expect((await bridge.bridge.wake({ wakeId: "m2", deviceId: "d", target })).outcome).to.equal("overloaded");
  });

  it("uses the account of the proxy, never one of ours", async () => {
    const [proxy] = await proxies(1);
    if (proxy !== undefined) proxy.answer = wantsDigest(TEST_DOMAIN);
    const bridge = await bridgeOf();
    await bridge.putAccount("1001", TEST_PASSWORD);
    expect(kinds(await wake(bridge))).to.deep.equal(["sent", "challenged 407", "failed"]);
  });
}).timeout(10_000);
