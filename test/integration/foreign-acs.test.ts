/**
 * An ACS that knows nothing of SIP wakes a gateway behind a NAT: through the relay it learns our ConnectionRequestURL, its connection
 * request becomes a NOTIFY, and the gateway calls in through the relay. Only the ACS is made up; it is nobody of ours.
 * Spec: TR-069 3.2.2; DESIGN 8. Layer: integration test.
 */
import { expect } from "chai";
import { type ForeignAcs, openForeignAcs } from "../support/foreign-acs.js";
import { type BenchGateway, openGatewayBench } from "../support/gateway-bench.js";
import { startTestBridge, TEST_DOMAIN, type TestBridge } from "../support/test-bridge.js";

const ROOT = "InternetGatewayDevice.";
const URL_NAME = `${ROOT}ManagementServer.ConnectionRequestURL`;
const PASSWORD = "acs-password";

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
      connectionRequests: { listeners: { host: "127.0.0.1", port: 0 }, limits: { answerWithinMs: 8_000 } },
      relay: { listeners: { host: "127.0.0.1", port: 0 }, upstreamUrl: `http://127.0.0.1:${acs.port}` },
    });
    await bridge.putAccount("1001", "sip-secret");
    const sip = {
      registrar: "127.0.0.1",
      registrarPort: bridge.sipPort,
      domain: TEST_DOMAIN,
      password: "sip-secret",
      address: "127.0.0.1",
    };
    device = bench.add({ acsUrl: `http://127.0.0.1:${bridge.relay?.port}/path/of?the=acs`, acsPassword: PASSWORD, sip });
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
