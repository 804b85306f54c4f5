/**
 * Quarantine: a device whose approval is pending, or whose credentials came with another identity, is heard and not served.
 * Spec: DESIGN 4, 12; cwmp.md 1.3, 1.11 row 29, quirk 42. Layer: integration test.
 */
import { expect } from "chai";
import { CwmpClient, heard, messageOf } from "../support/cwmp-client.js";
import { openRule, removeRules, stranger } from "../support/enrolling.js";
import { startTestAcs, type TestAcs } from "../support/test-acs.js";

const NTP = "InternetGatewayDevice.Time.NTPServer1";
const readNtp = { kind: "getParameterValues", names: [NTP] } as const;
const ntpAnswer = { kind: "GetParameterValuesResponse", values: [{ name: NTP, type: "xsd:string", text: "x" }] } as const;

describe("quarantine", () => {
  let acs: TestAcs;
  before(async () => {
    acs = await startTestAcs({ env: { ACS_REFRESH_AT_BOOTSTRAP: "false" } });
  });
  after(() => acs.close());
  afterEach(() => removeRules(acs));

  const post = async (id: string, what: string) => acs.call("POST", `/api/devices/${id}/${what}`);
  const shown = async (id: string) => (await acs.call("GET", `/api/devices/${id}`)).body;
  const listed = async (query: string): Promise<readonly string[]> =>
    (await acs.call("GET", `/api/devices?quarantine=${query}`)).body.devices.map(({ id }: { id: string }) => id);
  const stateOf = async (id: string) => (await acs.stores.tasks.get(id))?.state;

  describe("until an operator approves", () => {
    async function pending() {
      await openRule(acs, { approval: true });
      const device = stranger(acs);
      expect(heard(await device.inform("0 BOOTSTRAP", "1 BOOT"))).to.equal("InformResponse");
      return device;
    }

    it("the device hears InformResponse and 204, no task of it runs, and nothing that it told is kept", async () => {
      const device = await pending();
      const task = await acs.task(device.id, readNtp);
      expect((await device.empty()).status).to.equal(204);
      expect((await device.inform("2 PERIODIC")).status).to.equal(200);
      expect((await device.empty()).status).to.equal(204);
      expect(await stateOf(task)).to.equal("queued");
      expect(await acs.stores.devices.tree(device.id, "")).to.deep.equal([]);
      expect(await shown(device.id)).to.deep.include({
        ...{ manufacturer: "", root: null, lastInformAt: new Date(acs.clock.now()).toISOString() },
        quarantine: { reason: "approval-pending", since: new Date(acs.clock.now()).toISOString(), claimed: null },
      });
    });

    it("that it calls is told, not each time", async () => {
      const device = await pending();
      for (let i = 0; i < 3; i++) await device.inform("2 PERIODIC");
      const calls = await acs.events(device.id, "quarantined-call");
      expect(calls.map(({ data }) => data)).to.deep.equal([{ reason: "approval-pending", events: ["0 BOOTSTRAP", "1 BOOT"] }]);
      expect(await acs.events(device.id, "device-informed")).to.deep.equal([]);
    });

    it("what else it asks is refused with 8001, so that it tells it again later", async () => {
      const device = await pending();
      const fault = { faultCode: 0, faultString: "" };
      const complete = { kind: "TransferComplete", commandKey: "k", fault, startTime: "", completeTime: "" } as const;
      const answer = messageOf(await device.say(complete));
      expect(answer).to.include({ kind: "Fault", faultCode: 8001 });
      expect((await device.empty()).status).to.equal(204);
    });

    it("a message before Inform, or one that can't be read, ends its session with 400", async () => {
      const device = await pending();
      expect((await device.post("<broken")).status).to.equal(400);
      expect((await device.post("")).status).to.equal(400);
    });

    it("it is listed by its reason", async () => {
      const device = await pending();
      expect(await listed("approval-pending")).to.include(device.id);
      expect(await listed("any")).to.include(device.id);
      expect(await listed("identity-changed")).not.to.include(device.id);
      expect((await acs.call("GET", "/api/devices?quarantine=no")).status).to.equal(422);
    });

    it("approved, its next Inform is its first contact: provisioned, given a password of its own, then its tasks, though it sends no 0 BOOTSTRAP again", async () => {
      const device = await pending();
      const task = await acs.task(device.id, readNtp);
      expect(await post(device.id, "approve")).to.deep.include({ status: 200 });
      expect((await device.inform("2 PERIODIC")).status).to.equal(200);
      expect(heard(await device.empty())).to.equal("SetParameterValues");
      expect(heard(await device.say({ kind: "SetParameterValuesResponse", status: 0 }))).to.equal("SetParameterValues");
      expect(heard(await device.say({ kind: "SetParameterValuesResponse", status: 0 }))).to.equal("GetParameterValues");
      expect((await device.say(ntpAnswer)).status).to.equal(204);
      expect(await stateOf(task)).to.equal("done");
      const released = await acs.events(device.id, "device-released");
      expect(released.map(({ data }) => data)).to.deep.equal([{ reason: "approval-pending" }]);
    });

    it("rejected, it is gone, and can't come again under the same rule: 403, and an event says why", async () => {
      const device = await pending();
      expect((await post(device.id, "reject")).status).to.equal(204);
      expect((await acs.call("GET", `/api/devices/${device.id}`)).status).to.equal(404);
      device.forget();
      expect((await device.inform("0 BOOTSTRAP")).status).to.equal(403);
      const told = (await acs.events(null, "device-unknown")).filter(({ data }) => data["claimed"] === device.id);
      expect(told.map(({ data }) => data["why"])).to.deep.equal(["rejected"]);
      expect(await acs.stores.devices.get(device.id)).to.equal(undefined);
    });

    it("it can't be released as if its identity had changed, nor approved twice: 409; nobody: 404", async () => {
      const device = await pending();
      expect((await post(device.id, "release")).status).to.equal(409);
      await post(device.id, "approve");
      expect((await post(device.id, "approve")).status).to.equal(409);
      expect((await post(device.id, "reject")).status).to.equal(409);
      for (const what of ["approve", "release", "reject"]) expect((await post("0A1B2C-NOBODY", what)).status).to.equal(404);
    });

    it("it stays pending over a restart", async () => {
      const own = await startTestAcs();
      await openRule(own, { approval: true });
      const device = stranger(own);
      await device.inform("0 BOOTSTRAP");
      const again = await own.restart();
      const later = new CwmpClient({ ...device.options, port: again.cwmpPort });
      await again.task(device.id, readNtp);
      expect((await later.inform("1 BOOT")).status).to.equal(200);
      expect((await later.empty()).status).to.equal(204);
      await again.close();
    });

    it("it is not woken; approved, it is", async () => {
      const device = await pending();
      expect((await device.empty()).status).to.equal(204);
      await acs.task(device.id, readNtp);
      await acs.call("PATCH", `/api/devices/${device.id}`, { sipAddress: "sip:1001@voice.example" });
      await post(device.id, "approve");
      await acs.untilEvent("a wake", ({ kind, deviceId }) => kind === "wake-changed" && deviceId === device.id);
      const kinds = (await acs.events(device.id, "wake-changed", "device-released")).map(({ kind }) => kind);
      expect(kinds).to.deep.equal(["device-released", "wake-changed"]);
    });
  });

  describe("when credentials come with another identity", () => {
    async function impersonated() {
      const [gateway, victim] = [await acs.gateway(), await acs.gateway()];
      const impostor = new CwmpClient({ ...gateway.options, identity: victim.options.identity });
      return { gateway, victim, impostor };
    }

    it("the device of the credentials is quarantined, the claimed one is not touched", async () => {
      const { gateway, victim, impostor } = await impersonated();
      const task = await acs.task(gateway.id, readNtp);
      const before = await acs.stores.devices.get(victim.id);
      expect((await impostor.inform("2 PERIODIC")).status).to.equal(200);
      expect((await impostor.empty()).status).to.equal(204);
      expect(await stateOf(task)).to.equal("queued");
      expect(await acs.stores.devices.get(victim.id)).to.deep.equal(before);
      expect(await acs.events(victim.id, "device-informed", "identity-mismatch", "device-quarantined")).to.deep.equal([]);
      const [event] = await acs.events(gateway.id, "device-quarantined");
      expect(event?.data).to.deep.equal({ reason: "identity-changed", claimed: victim.id, remoteAddress: "127.0.0.1" });
      expect(await listed("identity-changed")).to.include(gateway.id);
    });

    it("an identity that nobody has does the same", async () => {
      const gateway = await acs.gateway();
      const identity = { ...gateway.options.identity, serialNumber: "REPLACED" };
      expect((await new CwmpClient({ ...gateway.options, identity }).inform("0 BOOTSTRAP")).status).to.equal(200);
      expect((await shown(gateway.id)).quarantine).to.include({ reason: "identity-changed", claimed: "0A1B2C-VG2000-REPLACED" });
      expect(await acs.stores.devices.get("0A1B2C-VG2000-REPLACED")).to.equal(undefined);
    });

    it("it does not get into the session of the claimed one, nor end it", async () => {
      const { victim, impostor } = await impersonated();
      await acs.task(victim.id, readNtp);
      await victim.inform("2 PERIODIC");
      expect(heard(await victim.empty())).to.equal("GetParameterValues");
      await impostor.inform("2 PERIODIC");
      expect((await impostor.say(ntpAnswer)).status).to.equal(204);
      expect((await victim.say(ntpAnswer)).status).to.equal(204);
    });

    it("a session of its own that is going on is over: its answer gets 400, the task is read back after the release", async () => {
      const { gateway, impostor } = await impersonated();
      const task = await acs.task(gateway.id, readNtp);
      await gateway.inform("2 PERIODIC");
      expect(heard(await gateway.empty())).to.equal("GetParameterValues");
      await impostor.inform("2 PERIODIC");
      expect((await gateway.say(ntpAnswer)).status).to.equal(400);
      expect(await acs.stores.devices.tree(gateway.id, NTP)).to.deep.equal([]);
      await post(gateway.id, "release");
      await gateway.inform("2 PERIODIC");
      expect(await stateOf(task)).to.equal("unknown");
    });

    it("a connection that proved the device before gets nothing either", async () => {
      const { gateway, impostor } = await impersonated();
      await gateway.inform("2 PERIODIC");
      await gateway.empty();
      const task = await acs.task(gateway.id, readNtp);
      await impostor.inform("2 PERIODIC");
      expect((await gateway.inform("2 PERIODIC")).status, "its connection knew it as free").to.equal(400);
      expect((await gateway.inform("2 PERIODIC")).status).to.equal(200);
      expect((await gateway.empty()).status).to.equal(204);
      expect(await stateOf(task)).to.equal("queued");
    });

    it("released, it is served again, over the connection that it has, and met as new once", async () => {
      const { gateway, impostor } = await impersonated();
      const task = await acs.task(gateway.id, readNtp);
      await impostor.inform("2 PERIODIC");
      await gateway.inform("2 PERIODIC");
      expect((await gateway.empty()).status).to.equal(204);
      expect((await post(gateway.id, "approve")).status).to.equal(409);
      expect((await post(gateway.id, "release")).body.quarantine).to.equal(null);
      await gateway.inform("2 PERIODIC");
      expect(heard(await gateway.empty())).to.equal("SetParameterValues");
      expect(heard(await gateway.say({ kind: "SetParameterValuesResponse", status: 0 }))).to.equal("GetParameterValues");
      expect((await gateway.say(ntpAnswer)).status).to.equal(204);
      expect(await stateOf(task)).to.equal("done");
      await gateway.inform("2 PERIODIC");
      expect((await gateway.empty()).status).to.equal(204);
      const kinds = (await acs.stores.tasks.list({ deviceId: gateway.id, limit: 9 })).map(({ order }) => order.kind);
      expect(kinds.filter((kind) => kind === "provision")).to.have.length(1);
    });

    it("one whose approval is pending stays pending; the claim is shown", async () => {
      await openRule(acs, { approval: true });
      const device = stranger(acs);
      await device.inform("0 BOOTSTRAP");
      const identity = { ...device.options.identity, serialNumber: "OTHER" };
      await new CwmpClient({ ...device.options, identity }).inform("2 PERIODIC");
      expect((await shown(device.id)).quarantine).to.include({ reason: "approval-pending", claimed: "00D09E-HG1-OTHER" });
    });
  });

  describe("one identity, several devices (quirk 42)", () => {
    const URL_NAME = "InternetGatewayDevice.ManagementServer.ConnectionRequestURL";
    const informFrom = (client: CwmpClient, url: string, code = "2 PERIODIC") =>
      client.say({
        ...{ kind: "Inform", deviceId: { manufacturer: "Example Voice", ...client.options.identity }, maxEnvelopes: 1 },
        ...{ events: [{ code, commandKey: "" }], currentTime: "", retryCount: 0 },
        parameters: [{ name: URL_NAME, type: "xsd:string", text: url }],
      });
    const [here, there] = ["http://192.0.2.1:7547/a1b2c3", "http://192.0.2.2:7547/d4e5f6"];

    it("connection-request URLs that take turns are told, once, without their paths; the device is served on", async () => {
      const gateway = await acs.gateway();
      for (let i = 0; i < 3; i++) {
        await informFrom(gateway, here);
        await informFrom(gateway, there);
      }
      const event = await acs.untilEvent("shared", ({ kind, deviceId }) => kind === "identity-shared" && deviceId === gateway.id);
      const values = ["192.0.2.2:7547", "192.0.2.1:7547"];
      expect(event.data).to.deep.equal({ sign: "connection-request-url", values });
      const device = await shown(gateway.id);
      expect(device.sharedIdentity).to.deep.include({ sign: "connection-request-url", values });
      expect(device.quarantine).to.equal(null);
      expect((await acs.call("DELETE", `/api/devices/${gateway.id}/shared-identity`)).body.sharedIdentity).to.equal(null);
      expect((await acs.call("DELETE", "/api/devices/0A1B2C-NOBODY/shared-identity")).status).to.equal(404);
    });

    it("a device that moves has a new URL, and nothing is told", async () => {
      const gateway = await acs.gateway();
      for (let i = 0; i < 8; i++) await informFrom(gateway, `http://192.0.2.${i}:7547/x`);
      await gateway.empty();
      expect(await acs.events(gateway.id, "identity-shared")).to.deep.equal([]);
      expect((await shown(gateway.id)).sharedIdentity).to.equal(null);
    });
  });
});
