/**
 * An ACS that knows nothing of SIP wakes a gateway behind a NAT: through the relay it learns our ConnectionRequestURL, its connection
 * request becomes a NOTIFY, and the gateway calls in through the relay. Only the ACS is made up; it is nobody of ours.
 * Spec: TR-069 3.2.2; DESIGN 8. Layer: integration test.
 */
import { expect } from "chai";
import { type ForeignAcs, openForeignAcs } from "../support/foreign-acs.js";
import { type BenchGateway, openGatewayBench } from "../support/gateway-bench.js";
import { DEVICE_PASSWORD, startTestAcs } from "../support/test-acs.js";
import { startTestBridge, TEST_DOMAIN, type TestBridge } from "../support/test-bridge.js";

const ROOT = "InternetGatewayDevice.";
const URL_NAME = `${ROOT}ManagementServer.ConnectionRequestURL`;
const PASSWORD = "acs-password";
const GATEWAY = { listeners: { host: "127.0.0.1", port: 0 }, limits: { answerWithinMs: 8_000 } };

const sipOf = (bridge: TestBridge) => ({
  ...{ registrar: "127.0.0.1", registrarPort: bridge.sipPort, domain: TEST_DOMAIN, password: "sip-secret", address: "127.0.0.1" },
});

describe("an existing ACS behind the relay", function () {
  this.timeout(20_000);
  let acs: ForeignAcs;
  let bridge: TestBridge;
  let device: BenchGateway;
  let ours: string;
  const bench = openGatewayBench();

  before(async () => {
    acs = await openForeignAcs({ password: PASSWORD });
    acs.read(`${ROOT}Services.VoiceService.1.VoiceProfile.1.`, URL_NAME);
    bridge = await startTestBridge({
      connectionRequests: GATEWAY,
      relay: { listeners: { host: "127.0.0.1", port: 0 }, upstreamUrl: `http://127.0.0.1:${acs.port}` },
    });
    await bridge.putAccount("1001", "sip-secret");
    device = bench.add({ acsUrl: `http://127.0.0.1:${bridge.relay?.port}/path/of?the=acs`, acsPassword: PASSWORD, sip: sipOf(bridge) });
    await device.gateway.powerOn();
    await device.event("registered");
    await acs.sessionEnded(1);
    ours = `${bridge.connectionRequests?.publicUrl}/cr/${(await target())?.id}`;
  });
  after(async () => {
    await bench.close();
    await bridge.close();
    await acs.close();
  });

  const target = () => bridge.connectionRequests?.book.store.ofDevice(device.gateway.deviceId) ?? Promise.resolve(undefined);
  const own = (): string => device.gateway.read(URL_NAME) ?? "";

  it("is told the device's own URL while a request to ours could not be served", () => {
    expect(acs.informs[0]?.url).to.equal(own());
  });

  it("has the login that it gave the device known to the gateway, and the line by what it read", async () => {
    const found = await target();
    expect(found).to.deep.include({ username: "foreign", targetBy: "relay", originalUrl: own() });
    expect(found?.target).to.deep.equal({ by: "address-of-record", addressOfRecord: `sip:1001@${TEST_DOMAIN}` });
    expect(bridge.counters()).to.include({ "relay.loginsLearnt": 1, "relay.targetsLearnt": 1, "relay.acsFailures": 0 });
  });

  it("is told our URL from then on: in what it reads, and in the next Inform", async () => {
    expect(acs.values.get(URL_NAME)).to.equal(ours);
    device.gateway.triggerPeriodic();
    const { url } = await acs.inform(({ events }) => events.includes("2 PERIODIC"));
    expect(url).to.equal(ours);
    expect(own()).not.to.equal(ours);
    await acs.sessionEnded(2);
  });

  it("wakes the device: its GET is answered 200, and the Inform 6 CONNECTION REQUEST comes through the relay", async () => {
    const { status, body } = await acs.connectionRequest();
    expect([status, body]).to.deep.equal([200, ""]);
    const inform = await acs.inform(({ events }) => events.includes("6 CONNECTION REQUEST"));
    expect(inform).to.deep.equal({ serialNumber: device.gateway.instance.serialNumber, events: ["6 CONNECTION REQUEST"], url: ours });
  });
});

describe("existing ACSs and the Connection-Request gateway", function () {
  this.timeout(20_000);
  const closing: (() => Promise<void>)[] = [];
  const bench = openGatewayBench();
  closing.push(() => bench.close());
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  it("serve a device that announces our URL itself, without a relay, by the login that the operator names", async () => {
    const acs = await openForeignAcs({ password: PASSWORD });
    closing.push(() => acs.close());
    const bridge = await startTestBridge({ connectionRequests: GATEWAY });
    closing.push(() => bridge.close());
    await bridge.putAccount("1001", "sip-secret");
    const connectionRequestUrl = `${bridge.connectionRequests?.publicUrl}/cr/{device}`;
    const { gateway, event } = bench.add({
      acsUrl: `http://127.0.0.1:${acs.port}/`,
      acsPassword: PASSWORD,
      sip: sipOf(bridge),
      connectionRequestUrl,
    });
    closing.push(() => gateway.powerOff());
    const target = { by: "address-of-record", addressOfRecord: `1001@${TEST_DOMAIN}` } as const;
    const device = gateway.deviceId;
    await bridge.connectionRequests?.book.set({ id: device, device, target, username: "foreign", password: "cr-s3cret" });
    await gateway.powerOn();
    await event("registered");
    await acs.sessionEnded(1);
    expect(acs.informs[0]?.url).to.equal(`${bridge.connectionRequests?.publicUrl}/cr/${device}`);
    expect((await acs.connectionRequest()).status).to.equal(200);
    await acs.inform(({ events }) => events.includes("6 CONNECTION REQUEST"));
  });

  it("include our own, without its SIP: a task goes through its HTTP connection request, NOTIFY, and the relay", async () => {
    const env = { ACS_HTTP_CONNECTION_REQUESTS: "true", ACS_REFUSED_RANGES: "none" };
    const acs = await startTestAcs({ realTime: true, env });
    closing.push(() => acs.close());
    const relay = { listeners: { host: "127.0.0.1", port: 0 }, upstreamUrl: `http://127.0.0.1:${acs.cwmpPort}` };
    const bridge = await startTestBridge({ connectionRequests: GATEWAY, relay });
    closing.push(() => bridge.close());
    await bridge.putAccount("1001", "sip-secret");
    const { gateway, event } = bench.add({
      acsUrl: `http://127.0.0.1:${bridge.relay?.port}/`,
      acsPassword: DEVICE_PASSWORD,
      sip: sipOf(bridge),
    });
    closing.push(() => gateway.powerOff());
    const { oui, productClass, serialNumber } = gateway.instance;
    await acs.gateway({ oui, productClass, serialNumber });
    await gateway.powerOn();
    await event("registered");
    await acs.untilEvent(
      "the tree is read",
      ({ kind, data }) => kind === "task-changed" && data["kind"] === "refresh" && data["to"] === "done",
    );
    await event("session-ended");
    gateway.triggerPeriodic();
    await event("session-ended", 2);
    const values = [{ name: `${ROOT}Time.NTPServer1`, value: "ntp.example" }];
    const task = await acs.untilTask(await acs.task(gateway.deviceId, { kind: "setParameterValues", values }), "done", "failed");
    expect([task.state, gateway.read(`${ROOT}Time.NTPServer1`)]).to.deep.equal(["done", "ntp.example"]);
    expect(bridge.counters()).to.include({ "connectionRequests.taken": 1, "relay.acsFailures": 0 });
  });
});
