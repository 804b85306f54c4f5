/**
 * The main path over TCP and TLS, with nothing made up: a gateway that keeps its connection is woken on it, calls in, and comes back
 * by itself when the bridge was away.
 * Spec: RFC 5626 4.4, 4.5, 5.3; TR-104 (RegistrarServerTransport). Layer: integration test.
 */
import { expect } from "chai";
import type { GatewayOptions } from "../../device-sim/gateway/options.js";
import type { PhoneTransport } from "../../device-sim/phone/sip-way.js";
import { type SipBridge, startSipBridge } from "../../sip-bridge/main.js";
import { type Authority, type Certified, makeAuthority } from "../support/certificates.js";
import { type BenchGateway, type GatewayBench, openGatewayBench } from "../support/gateway-bench.js";
import { requireCommand } from "../support/services.js";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.js";
import { DEVICE_PASSWORD, startTestAcs, type TestAcs } from "../support/test-acs.js";
import { TEST_DOMAIN } from "../support/test-bridge.js";
import { untilEnded } from "../support/wire-events.js";

const PASSWORD = "sip-secret";
const TIMERS = { t1Ms: 500, t2Ms: 4_000, t4Ms: 5_000 };

describe("from a REST task through a NOTIFY over the gateway's own connection to done", function () {
  this.timeout(15_000);
  let authority: Authority;
  let certified: Certified;
  let folder: TemporaryFolder;
  let bridge: SipBridge;
  let acs: TestAcs;
  let bench: GatewayBench;
  let number = 0;

  before(async function () {
    requireCommand(this, "openssl");
    authority = await makeAuthority();
    certified = await authority.issue("bridge", 30, "sip.voice.example,IP:127.0.0.1,IP:::1");
    folder = await temporaryFolder();
  });
  after(async () => {
    await authority?.remove();
    await folder?.remove();
  });
  beforeEach(async () => {
    bridge = await openBridge();
    acs = await startTestAcs({ realTime: true, parts: { bridge: bridge.bridge } });
    bench = openGatewayBench();
  });
  afterEach(async () => {
    await bench.close();
    await acs.close();
    await bridge.close();
  });

  const openBridge = (port = 0): Promise<SipBridge> =>
    startSipBridge({
      domains: { main: TEST_DOMAIN, aliases: [] },
      storeFile: folder.file("bridge.sqlite"),
      sip: {
        ...{ addresses: [{ address: "127.0.0.1" }, { address: "::1" }], port, timers: TIMERS },
        tls: { port: 0, certFile: certified.certFile, keyFile: certified.keyFile },
      },
      http: null,
    });

  /** A gateway that has called in, was read, and is registered. */
  async function online(transport: PhoneTransport, registrar: string, more: Partial<GatewayOptions> = {}): Promise<BenchGateway> {
    const registrarPort = transport === "TLS" ? bridge.sipTlsPort : bridge.sipPort;
    const sip = { registrar, registrarPort, transport, domain: TEST_DOMAIN, password: PASSWORD, address: registrar };
    const acsUrl = `http://127.0.0.1:${acs.cwmpPort}/`;
    const device = bench.add({
      acsUrl,
      acsPassword: DEVICE_PASSWORD,
      number: number++,
      bootMs: 20,
      sip,
      ca: authority.cert.toString(),
      ...more,
    });
    await bridge.putAccount(`${1_000 + number}`, PASSWORD);
    const { oui, productClass, serialNumber } = device.gateway.instance;
    await acs.gateway({ oui, productClass, serialNumber });
    await device.gateway.powerOn();
    await device.event("registered");
    await acs.untilEvent("the tree is read", ({ kind, deviceId, data }) => {
      return kind === "task-changed" && deviceId === device.gateway.deviceId && data["kind"] === "refresh" && data["to"] === "done";
    });
    return device;
  }

  for (const [transport, registrar, model] of [
    ["TCP", "127.0.0.1", "tr098"],
    ["TCP", "::1", "tr181"],
    ["TLS", "127.0.0.1", "tr181"],
    ["TLS", "::1", "tr098"],
  ] as const) {
    it(`${transport} to ${registrar}: the gateway of ${model} is woken and does as it is told`, async () => {
      const device = await online(transport, registrar, { model });
      const root = model === "tr098" ? "InternetGatewayDevice." : "Device.";
      const order = { kind: "setParameterValues", values: [{ name: `${root}Time.NTPServer1`, value: "ntp.voice.example" }] };
      await acs.untilTask(await acs.task(device.gateway.deviceId, order), "done", "failed");
      expect(device.gateway.read(`${root}Time.NTPServer1`)).to.equal("ntp.voice.example");
      expect(await device.event("notify-received")).to.include({ event: "resync", outcome: "trigger" });
      expect(await device.event("registered"))
        .to.have.property("contactUri")
        .that.includes(`;transport=${transport.toLowerCase()}`);
    });
  }

  it("a bridge that was away: the gateway opens another connection by itself, and is woken on that", async () => {
    const device = await online("TCP", "127.0.0.1");
    const { sipPort } = bridge;
    await bridge.close();
    expect(await device.event("registration-failed"))
      .to.have.property("retryInMs")
      .that.is.within(30, 120);
    bridge = await openBridge(sipPort);
    await device.event("registered", 2);
    const ended = untilEnded(bridge.bridge);
    const target = { by: "address-of-record", addressOfRecord: `${1_000 + number}` } as const;
    await bridge.bridge.wake({ wakeId: "w1", deviceId: device.gateway.deviceId, target, event: "resync" });
    expect((await ended).map(({ kind }) => kind)).to.deep.equal(["sent", "answered"]);
  });

  it("a registrar whose certificate is for another name is none", async () => {
    const sip = {
      registrar: "localhost",
      registrarPort: bridge.sipTlsPort,
      transport: "TLS",
      domain: TEST_DOMAIN,
      password: PASSWORD,
    } as const;
    const device = bench.add({ acsUrl: `http://127.0.0.1:${acs.cwmpPort}/`, number: number++, sip, ca: authority.cert.toString() });
    await device.gateway.powerOn();
    expect(await device.event("registration-failed"))
      .to.have.property("why")
      .that.includes("the certificate is not for localhost");
  });
});
