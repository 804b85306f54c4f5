/**
 * The bridge over TCP and TLS: gateways register by a connection and are woken on exactly that one, or at their next REGISTER.
 * Spec: RFC 3261 18; RFC 5626 5.3; sip.md 1.7.
 */
import { expect } from "chai";
import type { WireEvent } from "../../schemas/wake-contract.js";
import { type SipBridgeConfig, startSipBridge, timersOf } from "../../sip-bridge/main.js";
import type { Flow } from "../../sip-bridge/sip/flow.js";
import { headerValue } from "../../sip-bridge/sip/message.js";
import { type Authority, type Certified, makeAuthority } from "../support/certificates.js";
import { requireCommand } from "../support/services.js";
import { type GatewayOptions, openGateway, type SipGateway } from "../support/sip-gateway.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { startTestBridge, TEST_DOMAIN, TEST_PASSWORD, type TestBridge } from "../support/test-bridge.js";
import { untilEnded } from "../support/wire-events.js";

const TARGET = { by: "address-of-record", addressOfRecord: "hgw1" } as const;
/** All of them are one gateway, that comes back again and again. */
const INSTANCE = ';+sip.instance="<urn:uuid:00000000-0000-1000-8000-001122aabbcc>"';
const TIMERS = { t1Ms: 500, t2Ms: 4_000, t4Ms: 5_000 };

describe("SIP bridge over TCP and TLS", () => {
  let authority: Authority;
  let certified: Certified;
  let bridge: TestBridge;
  const closers: (() => unknown)[] = [];

  before(async function () {
    requireCommand(this, "openssl");
    authority = await makeAuthority();
    certified = await authority.issue("bridge", 30, TEST_DOMAIN);
    const tls = { port: 0, certFile: certified.certFile, keyFile: certified.keyFile };
    bridge = await startTestBridge({ sip: { addresses: [{ address: "127.0.0.1" }, { address: "::1" }], port: 0, timers: TIMERS, tls } });
  });
  after(async () => {
    await bridge?.close();
    await authority?.remove();
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  async function gatewayOver(transport: Flow["transport"], changes: Partial<GatewayOptions> = {}): Promise<SipGateway> {
    const tls = transport === "tls" ? { tls: { ca: authority.cert, serverName: TEST_DOMAIN } } : {};
    const bridgePort = transport === "tls" ? bridge.sipTlsPort : bridge.sipPort;
    const gateway = await openGateway({ bridgePort, transport, contactParams: INSTANCE, ...tls, ...changes });
    closers.push(() => gateway.close());
    return gateway;
  }

  async function wake(wakeId: string): Promise<readonly WireEvent[]> {
    const ended = untilEnded(bridge.bridge);
    expect((await bridge.bridge.wake({ wakeId, deviceId: "d1", target: TARGET, event: "resync" })).outcome).to.equal("accepted");
    return ended;
  }

  const kinds = (events: readonly WireEvent[]): readonly string[] => events.map(({ kind }) => kind);

  for (const transport of ["tcp", "tls"] as const) {
    for (const address of ["127.0.0.1", "::1"]) {
      it(`a gateway registers over ${transport} by ${address} and is woken on that connection`, async () => {
        const gateway = await gatewayOver(transport, { address });
        expect((await gateway.register()).status).to.equal(200);
        expect(kinds(await wake(`w-${transport}-${address}`))).to.deep.equal(["sent", "answered"]);
        const [notify] = gateway.notifies;
        expect(notify && headerValue(notify, "contact")).to.include(`;transport=${transport}>`);
        expect(notify?.vias[0]?.transport).to.equal(transport.toUpperCase());
      });
    }
  }

  it("a connection that closed is a dead flow: the wake fails at once, and fires at the next REGISTER", async () => {
    const first = await gatewayOver("tcp");
    await first.register();
    const before = bridge.counters()["tcp.open"] ?? 0;
    await first.close();
    while ((bridge.counters()["tcp.open"] ?? 0) >= before) await new Promise((resolve) => setImmediate(resolve));
    const events = await wake("w-dead");
    expect(events).to.have.length(1);
    expect(events[0]).to.deep.include({ kind: "failed", wakeId: "w-dead" });
    expect(events[0]).to.have.property("detail").that.includes("TCP connection that the device registered over is closed");

    const registered = new Promise<WireEvent>((resolve) => {
      const stop = bridge.bridge.onWireEvent((event) => {
        stop();
        resolve(event);
      });
    });
    const second = await gatewayOver("tcp");
    await second.register({ headers: [] });
    expect(await registered).to.deep.include({ kind: "registered", wakeId: "w-dead" });
    expect(kinds(await wake("w-again"))).to.deep.equal(["sent", "answered"]);
    expect([first.notifies.length, second.notifies.length]).to.deep.equal([0, 1]);
  });

  it("a connection that closes under a NOTIFY ends the wake at once", async () => {
    const gateway = await gatewayOver("tcp", { onNotify: () => void gateway.close() });
    await gateway.register();
    const events = await wake("w-closing");
    expect(kinds(events)).to.deep.equal(["sent", "failed"]);
    expect(events.at(-1)).to.have.property("detail").that.includes("closed the connection");
  });

  it("counts each transport by itself", async () => {
    await (await gatewayOver("tcp")).register();
    expect(bridge.counters()).to.include.keys("tcp.open", "tls.accepted", "udp.datagramsReceived", "transactions.requestsReceived");
  });
});

describe("SIP bridge that keeps NATs open", () => {
  it("asks UDP gateways behind one with OPTIONS", async () => {
    const bridge = await startTestBridge({ natKeepAlive: { by: "options", intervalMs: 20, perSecond: 1_000 } });
    let hear: (method: string) => void = () => undefined;
    const heard = new Promise<string>((resolve) => {
      hear = resolve;
    });
    const gateway = await openGateway({
      bridgePort: bridge.sipPort,
      onNotify: ({ request, answer }) => {
        answer(200);
        hear(request.method);
      },
    });
    await gateway.register({ contacts: ["<sip:hgw1@10.0.0.7:5060>"] });
    expect(await heard).to.equal("OPTIONS");
    expect(bridge.counters()["natKeepAlive.sent"]).to.be.at.least(1);
    await gateway.close();
    await bridge.close();
  });
});

describe("SIP bridge after a restart: flows over TCP", () => {
  it("are dead: a wake fails at once, and fires at the next REGISTER", async () => {
    const folder = await temporaryFolder();
    const config: SipBridgeConfig = {
      domains: { main: TEST_DOMAIN, aliases: [] },
      storeFile: folder.file("bridge.sqlite"),
      sip: { addresses: [{ address: "127.0.0.1" }], port: 0, timers: timersOf(500) },
      http: null,
    };
    const before = await startSipBridge(config);
    await before.putAccount("hgw1", TEST_PASSWORD);
    const gateway = await openGateway({ bridgePort: before.sipPort, transport: "tcp" });
    await gateway.register();
    await before.close();
    await gateway.close();

    const after = await startSipBridge(config);
    const ended = untilEnded(after.bridge);
    const answer = await after.bridge.wake({ wakeId: "w1", deviceId: "d1", target: TARGET, event: "resync" });
    expect(answer.outcome).to.equal("accepted");
    expect((await ended).map(({ kind }) => kind)).to.deep.equal(["failed"]);
    const registered = new Promise<WireEvent>((resolve) => void after.bridge.onWireEvent(resolve));
    const again = await openGateway({ bridgePort: after.sipPort, transport: "tcp" });
    await again.register();
    expect(await registered).to.deep.include({ kind: "registered", wakeId: "w1" });
    await again.close();
    await after.close();
    await folder.remove();
  });
});
