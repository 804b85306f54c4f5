/**
 * Simulated gateways that nobody registered: from the first call to the provisioned device, by each kind of rule.
 * Spec: DESIGN 4 (devices we don't know); TR-069 3.3, 3.4.4. Layer: integration test.
 */
import { expect } from "chai";
import { type Authority, makeAuthority } from "../support/certificates.js";
import { BATCH_PASSWORD, openRule } from "../support/enrolling.js";
import { type BenchGateway, type GatewayBench, openGatewayBench } from "../support/gateway-bench.js";
import { requireCommand } from "../support/services.js";
import { startTestAcs, type TestAcs } from "../support/test-acs.js";

const USERNAME = "InternetGatewayDevice.ManagementServer.ConnectionRequestUsername";

describe("device-sim: enrolment", () => {
  let acs: TestAcs;
  let bench: GatewayBench;
  let authority: Authority | undefined;
  let tls: Readonly<Record<string, string>> = {};

  beforeEach(async () => {
    bench = openGatewayBench();
    acs = await startTestAcs({ realTime: true, env: { ACS_REFRESH_AT_BOOTSTRAP: "false", ...tls } });
  });
  afterEach(async () => {
    await bench.close();
    await acs.close();
  });
  after(() => authority?.remove());

  const gateway = (more: Parameters<GatewayBench["add"]>[0] | object = {}): BenchGateway =>
    bench.add({ acsUrl: `http://127.0.0.1:${acs.cwmpPort}/`, acsPassword: BATCH_PASSWORD, ...more });
  async function called({ gateway: device, event }: BenchGateway): Promise<string> {
    await device.powerOn();
    return (await event("session-ended")).outcome;
  }
  const stored = ({ gateway: device }: BenchGateway) => acs.stores.devices.get(device.deviceId);

  it("a window: it enrols itself with the password of its batch, and is provisioned in that session", async () => {
    const rule = await openRule(acs);
    const device = gateway();
    expect(await called(device)).to.equal("done");
    expect(device.gateway.read(USERNAME)).to.equal(device.gateway.deviceId);
    expect(await stored(device)).to.include({ enrolledBy: rule, quarantine: null, root: "InternetGatewayDevice." });
  });

  it("a window with one user name for the batch", async () => {
    await openRule(acs, { username: "factory" });
    const [first, second] = [gateway({ acsUsername: "factory" }), gateway({ acsUsername: "factory", number: 1 })];
    expect(await Promise.all([called(first), called(second)])).to.deep.equal(["done", "done"]);
    for (const device of [first, second]) {
      const id = device.gateway.deviceId;
      expect(device.gateway.read(USERNAME)).to.equal(id);
      expect(device.gateway.read("InternetGatewayDevice.ManagementServer.Username"), "it has a name of its own now").to.equal(id);
      device.gateway.triggerPeriodic();
      expect(await device.event("session-ended", 2)).to.include({ outcome: "done" });
      expect(await stored(device)).to.include({ username: id, passwordIsFactory: false });
    }
  });

  it("the wrong password: its session fails, and nobody is registered", async () => {
    await openRule(acs);
    const device = gateway({ acsPassword: "another" });
    expect(await called(device)).to.equal("failed");
    expect(await stored(device)).to.equal(undefined);
  });

  it("with approval: nothing is set until an operator says yes; then the next call is the first contact", async () => {
    await openRule(acs, { approval: true });
    const device = gateway();
    expect(await called(device)).to.equal("done");
    expect(device.gateway.read(USERNAME)).not.to.equal(device.gateway.deviceId);
    expect(device.effects.map(({ effect }) => effect)).not.to.include("set");
    await acs.call("POST", `/api/devices/${device.gateway.deviceId}/approve`);
    device.gateway.triggerPeriodic();
    await device.event("session-ended", 2);
    expect(device.gateway.read(USERNAME)).to.equal(device.gateway.deviceId);
  });

  describe("over TLS", () => {
    before(async function () {
      requireCommand(this, "openssl");
      authority = await makeAuthority();
      const own = await authority.issue("localhost", 30, "localhost");
      tls = { ACS_CWMP_TLS_CERT_FILE: own.certFile, ACS_CWMP_TLS_KEY_FILE: own.keyFile, ACS_CWMP_TLS_CLIENT_CA_FILE: authority.certFile };
    });

    it("a factory certificate: no password is asked for", async () => {
      if (authority === undefined) throw new Error("no authority");
      const rule = await openRule(acs, { kind: "certificate" });
      const ca = authority.cert.toString();
      const id = gateway().gateway.deviceId;
      const { cert, key } = await authority.issue(id);
      const certificate = { cert: cert.toString(), key: key.toString() };
      const device = gateway({ acsUrl: `https://localhost:${acs.cwmpPort}/`, acsPassword: "none", ca, certificate });
      expect(await called(device)).to.equal("done");
      expect(device.gateway.read(USERNAME)).to.equal(id);
      expect(await stored(device)).to.include({ enrolledBy: rule });
    });
  });
});
