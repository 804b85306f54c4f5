/**
 * Registrations with several flows, by way of an edge, and those that an operator ends: over real UDP.
 * Layer: integration test.
 */
import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { systemClock } from "../../common/clock.js";
import { ipRange } from "../../common/ip-address.js";
import { openStreamEndpoint } from "../../sip-bridge/net/stream-endpoint.js";
import { DEFAULT_POLICY } from "../../sip-bridge/registrar/read-registration.js";
import { header, headerValue, headerValues } from "../../sip-bridge/sip/message.js";
import { type DnsServer, openDnsServer } from "../support/dns-server.js";
import { settle } from "../support/fake-clock.js";
import { type GatewayOptions, openGateway, type SipGateway } from "../support/sip-gateway.js";
import { told } from "../support/subscriber.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { startTestBridge, TEST_DOMAIN, TEST_TOKEN, type TestBridge } from "../support/test-bridge.js";

const SUPPORTED = { headers: [header("Supported", "path, outbound")] };
const instance = (regId: number): string => `;reg-id=${regId};+sip.instance="<urn:uuid:00000000-0000-1000-8000-00A0C1B2D3E4>"`;

describe("SIP bridge: flows", () => {
  let bridge: TestBridge;
  let dns: DnsServer;
  const gateways: SipGateway[] = [];

  before(async () => {
    dns = await openDnsServer();
    const registrar = { ...DEFAULT_POLICY, trustedEdges: [ipRange("127.0.0.1/32")] };
    bridge = await startTestBridge({ registrar, dnsServers: [dns.server] });
  });
  afterEach(async () => {
    for (const { id } of await listed()) await ask("DELETE", `/bindings/${id}`);
    await Promise.all(gateways.splice(0).map((gateway) => gateway.close()));
  });
  after(async () => {
    await bridge.close();
    await dns.close();
  });

  const ask = (method: string, path: string, body?: unknown): Promise<Response> =>
    fetch(new URL(path, bridge.url), {
      method,
      headers: { authorization: `Bearer ${TEST_TOKEN}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  type Listed = { id: string; contact: string; isFlowOpen: boolean; regId: number; path: string[]; state: string; expiresAt: string };
  const listed = async (more = ""): Promise<readonly Listed[]> =>
    ((await (await ask("GET", `/bindings?addressOfRecord=hgw1@${TEST_DOMAIN}${more}`)).json()) as { bindings: Listed[] }).bindings;

  async function gatewayWith(options: Omit<GatewayOptions, "bridgePort">): Promise<SipGateway> {
    const gateway = await openGateway({ bridgePort: bridge.sipPort, ...options });
    gateways.push(gateway);
    return gateway;
  }

  /** The final wire event of a wake. */
  function wake(wakeId: string, addressOfRecord = `hgw1@${TEST_DOMAIN}`): Promise<string> {
    return new Promise((resolve, reject) => {
      const end = bridge.bridge.onWireEvent((event) => {
        if (event.wakeId !== wakeId || !["answered", "timed-out", "failed"].includes(event.kind)) return;
        end();
        resolve(event.kind === "answered" ? String(event.status) : event.kind);
      });
      const target = { by: "address-of-record", addressOfRecord } as const;
      bridge.bridge.wake({ wakeId, deviceId: "d", target, event: "resync" }).catch(reject);
    });
  }

  it("wakes over the newest flow, and over the next when that one has failed", async () => {
    const steady = await gatewayWith({ contactParams: instance(1) });
    const failed = await gatewayWith({ contactParams: instance(2), onNotify: ({ answer }) => answer(430) });
    await steady.register(SUPPORTED);
    await failed.register(SUPPORTED);
    expect(await wake("w1")).to.equal("200");
    expect([failed.notifies.length, steady.notifies.length]).to.deep.equal([1, 1]);
  });

  it("wakes over the next flow when the connection of the newest is gone", async () => {
    const steady = await gatewayWith({ contactParams: instance(1) });
    const gone = await openGateway({ bridgePort: bridge.sipPort, transport: "tcp", contactParams: instance(2) });
    await steady.register(SUPPORTED);
    await gone.register(SUPPORTED);
    expect((await listed()).map(({ regId, isFlowOpen }) => [regId, isFlowOpen])).to.deep.equal([
      [1, true],
      [2, true],
    ]);
    await gone.close();
    expect(await wake("w4")).to.equal("200");
    expect(steady.notifies).to.have.length(1);
    expect((await listed()).map(({ isFlowOpen }) => isFlowOpen)).to.deep.equal([true, false]);
  });

  it("wakes the instance that a GRUU names", async () => {
    const one = await gatewayWith({ contactParams: instance(1) });
    const other = await gatewayWith({ contactParams: instance(1).replace("D3E4", "FFFF") });
    await one.register(SUPPORTED);
    await other.register(SUPPORTED);
    expect(await wake("w2", `sip:hgw1@${TEST_DOMAIN};gr=urn:uuid:00000000-0000-1000-8000-00a0c1b2d3e4`)).to.equal("200");
    expect([one.notifies.length, other.notifies.length]).to.deep.equal([1, 0]);
  });

  it("wakes the instance that a temporary GRUU means", async () => {
    const one = await gatewayWith({ contactParams: instance(1) });
    const other = await gatewayWith({ contactParams: instance(1).replace("D3E4", "FFFF") });
    await other.register({ headers: [header("Supported", "gruu")] });
    const contacts = headerValues(await one.register({ headers: [header("Supported", "gruu")] }), "contact").join(",");
    const gruu = contacts
      .split(",")
      .flatMap((contact) => (contact.includes(one.contact) ? (/temp-gruu="([^"]*)"/.exec(contact)?.[1] ?? []) : []));
    expect(await wake("temporary", gruu[0])).to.equal("200");
    expect([one.notifies.length, other.notifies.length]).to.deep.equal([1, 0]);
  });

  it("sends NOTIFY to the first Path URI with the path as Route", async () => {
    const edge = await gatewayWith({});
    const gateway = await gatewayWith({});
    const path = `<sip:127.0.0.1:${edge.port};lr>, <sip:inner.example;lr>`;
    await gateway.register({ headers: [header("Path", path)] });
    expect(await wake("w3")).to.equal("200");
    expect([edge.notifies[0]?.uri, edge.notifies[0] && headerValue(edge.notifies[0], "route")]).to.deep.equal([gateway.contact, path]);
    expect(gateway.notifies).to.deep.equal([]);
  });

  describe("with a name in the first Path URI", () => {
    const address = { type: "A", address: "127.0.0.1" } as const;
    const server = (priority: number, port: number) => ({ type: "SRV", priority, weight: 0, port, name: "edge.example" }) as const;

    it("finds its servers in the DNS, and goes on to the next when one refuses", async () => {
      const busy = await gatewayWith({ onNotify: ({ answer }) => answer(503) });
      const edge = await gatewayWith({});
      const gateway = await gatewayWith({});
      dns.answer("edge.example", [address]);
      dns.answer("_sip._udp.edges.example", [server(1, busy.port), server(2, edge.port)]);
      await gateway.register({ headers: [header("Path", "<sip:flow-1@edges.example;lr>")] });
      expect(await wake("path-srv")).to.equal("200");
      expect([busy.notifies.length, edge.notifies.length, gateway.notifies.length]).to.deep.equal([1, 1, 0]);
      expect(edge.notifies[0] && headerValue(edge.notifies[0], "route")).to.equal("<sip:flow-1@edges.example;lr>");
    });

    it("goes to whoever sent the REGISTER when the DNS does not know it", async () => {
      const gateway = await gatewayWith({});
      await gateway.register({ headers: [header("Path", "<sip:nobody.example:5070;lr>")] });
      expect(await wake("path-unknown")).to.equal("200");
      expect(gateway.notifies).to.have.length(1);
    });

    it("opens a connection to it when that of the REGISTER is gone", async () => {
      const heard: string[] = [];
      const edge = await openStreamEndpoint({
        ...{ kind: "tcp", address: "127.0.0.1", port: 0, clock: systemClock, randomBytes, onHandlerError: () => undefined },
        onRequest: ({ request, answer }) => {
          heard.push(request.method);
          answer(200);
        },
      });
      dns.answer("edge.example", [address]);
      const gateway = await openGateway({ bridgePort: bridge.sipPort, transport: "tcp" });
      await gateway.register({ headers: [header("Path", `<sip:edge.example:${edge.transport.localPort};transport=tcp;lr>`)] });
      await gateway.close();
      while ((await listed())[0]?.isFlowOpen !== false) await settle();
      expect(await wake("path-tcp")).to.equal("200");
      expect(heard).to.deep.equal(["NOTIFY"]);
      await edge.close();
    });
  });

  it("shows everything of a registration, ends it on an operator's word, and keeps it for diagnosis", async () => {
    const gateway = await gatewayWith({ contactParams: `${instance(3)};q=0.7` });
    await gateway.register(SUPPORTED);
    const [before] = await listed("&transport=udp&instanceNode=00:A0:C1:B2:D3:E4");
    expect(before).to.include({ regId: 3, q: 0.7, isFlowOpen: true, state: "registered" });
    const statuses = [await ask("DELETE", `/bindings/${before?.id}`), await ask("DELETE", `/bindings/${before?.id}`)];
    expect(statuses.map(({ status }) => status)).to.deep.equal([204, 404]);
    expect(await listed()).to.deep.equal([]);
    expect((await listed("&state=ended")).map(({ id }) => id)).to.include(before?.id);
  });

  it("tells the owner of an address who is registered there (RFC 3680)", async () => {
    const heard: string[] = [];
    let onHeard = (): void => undefined;
    const first = new Promise<void>((resolve) => {
      onHeard = resolve;
    });
    const gateway = await gatewayWith({
      onNotify: ({ request, answer }) => {
        heard.push(told(request));
        answer(200);
        onHeard();
      },
    });
    await gateway.register();
    expect((await gateway.subscribe("reg")).status).to.equal(200);
    await first;
    expect(heard).to.deep.equal(["0 full active; registered active"]);
    expect(bridge.counters()).to.include({ "registrationEvents.subscriptions": 1 });
  });

  it("a restart of the bridge ends no subscription to registrations", async () => {
    const folder = await temporaryFolder();
    const storeFile = folder.file("bridge.sqlite");
    const first = await startTestBridge({ http: null, storeFile });
    const gateway = await openGateway({ bridgePort: first.sipPort });
    gateways.push(gateway);
    expect((await gateway.subscribe("reg")).status).to.equal(200);
    while (gateway.notifies.length < 1) await settle();
    await first.close();
    const second = await startTestBridge({ http: null, storeFile, sip: { addresses: [{ address: "127.0.0.1" }], port: first.sipPort } });
    while (gateway.notifies.length < 2) await settle();
    expect(gateway.notifies.map(({ cseq }) => cseq.number)).to.deep.equal([1, 2]);
    expect(second.counters()).to.include({ "registrationEvents.subscriptions": 1 });
    await second.close();
    await folder.remove();
  });

  it("answers a subscription to anything else with 489, and says what there is", async () => {
    const answer = await (await gatewayWith({})).subscribe("presence");
    expect([answer.status, headerValue(answer, "allow-events")]).to.deep.equal([489, "reg, resync"]);
  });

  it("shows how the last REGISTER ended, for one address or the newest of all", async () => {
    const gateway = await gatewayWith({});
    await gateway.register({ contacts: ["<mailto:a@b>"] });
    for (const query of [`?addressOfRecord=hgw1@${TEST_DOMAIN}`, "?limit=1"]) {
      const { outcomes } = (await (await ask("GET", `/registration-outcomes${query}`)).json()) as { outcomes: { at: string }[] };
      expect(outcomes[0]).to.deep.include({
        ...{ addressOfRecord: `hgw1@${TEST_DOMAIN}`, status: 400, proof: "proven", reason: "contact: no SIP URI", count: 1 },
        userAgent: "TestGateway/1.0",
        flow: { transport: "udp", localPort: bridge.sipPort, remoteAddress: "127.0.0.1", remotePort: gateway.port },
      });
    }
    const nobody = await ask("GET", "/registration-outcomes?addressOfRecord=nobody@elsewhere.example");
    expect(await nobody.json()).to.deep.equal({ outcomes: [] });
  });

  it("tells how REGISTERs failed after a restart, too", async () => {
    const folder = await temporaryFolder();
    const storeFile = folder.file("bridge.sqlite");
    const outcomesOf = async ({ url }: TestBridge): Promise<readonly { readonly status: number; readonly count: number }[]> => {
      const response = await fetch(new URL("/registration-outcomes", url), { headers: { authorization: `Bearer ${TEST_TOKEN}` } });
      return ((await response.json()) as { outcomes: { status: number; count: number }[] }).outcomes;
    };
    const first = await startTestBridge({ storeFile });
    const gateway = await openGateway({ bridgePort: first.sipPort });
    gateways.push(gateway);
    for (let i = 0; i < 2; i++) await gateway.register({ contacts: ["<mailto:a@b>"] });
    const before = await outcomesOf(first);
    expect(before.map(({ status, count }) => [status, count])).to.deep.equal([[400, 2]]);
    await first.close();
    const second = await startTestBridge({ storeFile });
    expect(await outcomesOf(second)).to.deep.equal(before);
    await second.close();
    await folder.remove();
  });

  it("lets a registration end earlier on an operator's word, never later", async () => {
    await (await gatewayWith({})).register();
    const expiry = async (expiresInS: number): Promise<number> => {
      const [binding] = await listed();
      const { status } = await ask("PATCH", `/bindings/${binding?.id}`, { expiresInS });
      expect(status).to.equal(204);
      return Date.parse((await listed())[0]?.expiresAt ?? "") - Date.now();
    };
    expect(await expiry(7_200)).to.be.within(590_000, 600_000);
    expect(await expiry(60)).to.be.within(50_000, 60_000);
    expect((await ask("PATCH", `/bindings/${(await listed())[0]?.id}`, { expiresInS: 1 })).status).to.equal(400);
  });

  it("names an id that we never gave out", async () => {
    const response = await ask("DELETE", "/bindings/!!");
    expect([response.status, await response.text()]).to.satisfy(
      ([status, text]: [number, string]) => status === 400 && text.includes('"id"'),
    );
  });
});
