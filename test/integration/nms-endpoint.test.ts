/**
 * The NMS endpoint of a running ACS, over raw sockets: registration messages, non-voice requests, tasks and their outcomes, the planner's
 * signals, and whoever must not get in. The bridge is a scripted peer; time moves only when a test moves it.
 * Spec: US 2012/0089717 A1 [0049-0064]. Layer: integration test.
 */
import { once } from "node:events";
import { connect } from "node:net";
import { expect } from "chai";
import { NMS_LIMITS } from "../../acs/nms/nms-document.js";
import type { WakeRequest } from "../../schemas/wake-contract.js";
import { CwmpClient, messageOf } from "../support/cwmp-client.js";
import { openRule, removeRules } from "../support/enrolling.js";
import { settle } from "../support/fake-clock.js";
import { NmsGateway, nmsGateway, responseOf } from "../support/nms-gateway.js";
import { type ScriptedBridge, scriptedBridge } from "../support/scripted-bridge.js";
import { DEVICE_PASSWORD, startTestAcs, type TestAcs } from "../support/test-acs.js";

const SIP_ADDRESS = "sip:69600@voice.example";
const MINUTE_MS = 60_000;

/** A restart or a stop amid what a gateway was told. */
describe("the NMS endpoint over a restart of the ACS", () => {
  it("knows from the next registration message what became of a task that was sent before", async () => {
    let acs = await startTestAcs();
    const gateway = await nmsGateway(acs);
    const id = await acs.task(gateway.id, { kind: "reboot" });
    expect(responseOf(await gateway.ask()).actionId).to.equal(id);
    gateway.disconnect();
    acs = await acs.restart();
    const later = new NmsGateway(gateway.id, acs.cwmpPort, gateway.options.identity);
    await later.register({ lastAction: { id, action: "reboot", result: "success", detail: "" } });
    expect((await acs.untilTask(id, "done")).sends).to.equal(1);
    later.disconnect();
    await acs.close();
  });

  it("returns the response that was made before it", async () => {
    let acs = await startTestAcs();
    const gateway = await nmsGateway(acs);
    const id = await acs.task(gateway.id, { kind: "reboot" });
    acs = await acs.restart();
    const later = new NmsGateway(gateway.id, acs.cwmpPort, gateway.options.identity);
    expect(responseOf(await later.ask()).actionId).to.equal(id);
    const [event] = await acs.events(gateway.id, "nms-requested");
    expect(event?.data).to.include({ response: "pre-encapsulated" });
    later.disconnect();
    await acs.close();
  });
});

describe("the NMS endpoint", () => {
  let acs: TestAcs;
  let bridge: ScriptedBridge;
  let gateway: NmsGateway;

  before(async () => {
    bridge = scriptedBridge();
    acs = await startTestAcs({ parts: { bridge, random: () => 0 } });
  });
  after(() => acs.close());
  beforeEach(async () => {
    gateway = await nmsGateway(acs, { sipAddress: SIP_ADDRESS });
  });
  afterEach(() => gateway.disconnect());

  const signals = (): readonly WakeRequest[] => bridge.requests.filter(({ deviceId }) => deviceId === gateway.id);
  const model = (): string => `0A1B2C-${gateway.options.identity.productClass}`;
  const state = async (id: string) => (await acs.stores.tasks.get(id))?.state;
  const reboot = () => acs.task(gateway.id, { kind: "reboot" });
  const success = (id: string, action = "reboot") => ({ lastAction: { id, action, result: "success", detail: "" } as const });
  /** All that was begun has had its effects: a write of the store goes and comes. */
  async function quiet(): Promise<void> {
    for (let i = 0; i < 5; i++) {
      await acs.stores.settings.set("quiet", String(i));
      await settle();
    }
  }

  describe("a registration message", () => {
    it("is answered with success, and told in the timeline", async () => {
      expect(responseOf(await gateway.register())).to.deep.include({ status: "success", action: null });
      const [event] = await acs.events(gateway.id, "nms-registered");
      expect(event?.data).to.include({ ip: "10.40.41.36", softwareVersion: "1.0.3" });
    });

    it("fills the tree that REST shows", async () => {
      await gateway.register({ parameters: [{ name: "InternetGatewayDevice.Time.NTPServer1", value: "ntp.example" }] });
      const { body } = await acs.call("GET", `/api/devices/${gateway.id}`);
      expect(body).to.deep.include({ protocol: "nms", root: "InternetGatewayDevice." });
      const tree = await acs.call("GET", `/api/devices/${gateway.id}/tree?path=InternetGatewayDevice.`);
      expect(JSON.stringify(tree.body)).to.contain("ntp.example").and.to.contain("X_REVEILLE_NMS.IPAddress");
    });

    it("leaves in the tree what an earlier message on the same connection told", async () => {
      const parameters = [{ name: "InternetGatewayDevice.Time.NTPServer1", value: "ntp.example" }];
      await gateway.register({ parameters });
      await gateway.register();
      await gateway.ask();
      const names = parameters.map(({ name }) => name);
      expect((await acs.stores.devices.entries(gateway.id, names)).map(({ value }) => value)).to.deep.equal(["ntp.example"]);
      expect((await acs.stores.devices.get(gateway.id))?.root).to.equal("InternetGatewayDevice.");
    });

    it("makes a device that was registered without a word of NMS one that is managed so", async () => {
      const { id, options } = await acs.gateway();
      const silent = new NmsGateway(id, acs.cwmpPort, options.identity);
      await silent.register();
      expect((await acs.call("GET", `/api/devices/${id}`)).body.protocol).to.equal("nms");
      silent.disconnect();
    });

    it("is kept in a transcript, its secrets left out", async () => {
      await acs.call("POST", `/api/devices/${gateway.id}/transcript`, { minutes: 1 });
      await gateway.register({ parameters: [{ name: "Device.ManagementServer.Password", value: "tell-nobody" }] });
      const { body } = await acs.call("GET", `/api/devices/${gateway.id}/transcripts`);
      const url = `http://127.0.0.1:${acs.apiPort}/api/devices/${gateway.id}/transcripts/${body.transcripts[0].id}`;
      const text = await (await fetch(url, { headers: { Authorization: `Bearer ${acs.token}` } })).text();
      expect(text).to.contain("<registration>").and.to.contain("[redacted]").and.to.not.contain("tell-nobody");
    });
  });

  describe("a task", () => {
    it("is on disk as sent before the response that carries it has left, then awaits the outcome, then is done", async () => {
      await gateway.register();
      const id = await reboot();
      const response = responseOf(await gateway.ask());
      expect(response).to.deep.include({ action: { kind: "reboot" }, actionId: id });
      await acs.untilTask(id, "awaiting-device");
      await gateway.register(success(id));
      const task = await acs.untilTask(id, "done");
      expect(task.transitions.map(({ to }) => to)).to.deep.equal(["queued", "sent", "awaiting-device", "done"]);
    });

    it("that the gateway can't carry out fails with its words", async () => {
      const id = await reboot();
      await gateway.ask();
      await gateway.register({ lastAction: { id, action: "reboot", result: "failure", detail: "a call is going on" } });
      expect((await acs.untilTask(id, "failed")).failure).to.include({
        code: "not-done",
        detail: "the gateway told: failure: a call is going on",
      });
    });

    it("is not carried twice: a request that is repeated is answered without an action", async () => {
      const id = await reboot();
      await gateway.ask();
      expect(responseOf(await gateway.ask()).action).to.equal(null);
      expect((await acs.stores.tasks.get(id))?.sends).to.equal(1);
    });

    it("is carried once when two requests come at once: they are answered one after another", async () => {
      const id = await reboot();
      const twin = new NmsGateway(gateway.id, acs.cwmpPort, gateway.options.identity);
      await Promise.all([gateway.register(), twin.register()]);
      const answers = (await Promise.all([gateway.ask(), twin.ask()])).map(responseOf);
      expect(answers.map(({ actionId }) => actionId)).to.have.members([id, null]);
      expect((await acs.stores.tasks.get(id))?.sends).to.equal(1);
      twin.disconnect();
    });

    it("waits for the one before it", async () => {
      const [first, second] = [await reboot(), await reboot()];
      await gateway.ask();
      expect(responseOf(await gateway.ask(success(first))).actionId).to.equal(second);
      expect(await state(first)).to.equal("done");
    });

    it("whose outcome is never told is given up after a bounded time", async () => {
      const id = await reboot();
      await gateway.ask();
      await acs.untilTask(id, "awaiting-device");
      await acs.clock.advance(16 * MINUTE_MS);
      await acs.untilTask(id, "unknown");
      await acs.clock.advance(25 * 60 * MINUTE_MS);
      expect((await acs.untilTask(id, "failed")).failure?.code).to.equal("outcome-unknown");
    });

    it("of which the gateway shows that it never got it is carried again", async () => {
      const before = await reboot();
      await gateway.ask();
      await gateway.register(success(before));
      const id = await reboot();
      await gateway.ask(success(before));
      await acs.untilTask(id, "awaiting-device");
      await acs.clock.advance(16 * MINUTE_MS);
      await acs.untilTask(id, "unknown");
      gateway.forget(); // its nonce is too old
      expect(responseOf(await gateway.ask(success(before))).actionId).to.equal(id);
      expect((await acs.stores.tasks.get(id))?.sends).to.equal(2);
    });

    it("sets parameters, and the tree has them when the gateway has told that it did", async () => {
      const values = [{ name: "Device.Time.NTPServer1", value: "ntp.example" }];
      const id = await acs.task(gateway.id, { kind: "setParameterValues", values });
      expect(responseOf(await gateway.ask()).action).to.deep.equal({ kind: "parameters", parameters: values });
      await gateway.register(success(id, "parameters"));
      await acs.untilTask(id, "done");
      const [entry] = await acs.stores.devices.entries(gateway.id, ["Device.Time.NTPServer1"]);
      expect(entry).to.deep.include({ value: "ntp.example", cause: { kind: "set", ref: id } });
    });

    it("with a secret lies sealed in the store, and reaches the gateway open", async () => {
      const values = [{ name: "Device.ManagementServer.Password", value: "n3w-s3cret" }];
      const id = await acs.task(gateway.id, { kind: "setParameterValues", values });
      expect(JSON.stringify(await acs.stores.tasks.get(id))).to.not.contain("n3w-s3cret");
      expect((await gateway.ask()).body).to.contain("n3w-s3cret");
      expect(acs.logged()).to.not.contain("n3w-s3cret");
    });

    it("that was queued for NMS is carried out over CWMP, if the device speaks that from now on", async () => {
      const values = ["NTPServer1", "NTPServer2"].map((name) => ({ name: `Device.Time.${name}`, value: "ntp.example" }));
      await acs.call("PUT", `/api/models/${model()}/policy`, { valuesPerSetMax: 1 });
      const id = await acs.task(gateway.id, { kind: "setParameterValues", values });
      const client = new CwmpClient({ ...gateway.options, path: "/" });
      await client.inform("2 PERIODIC");
      const first = messageOf(await client.empty());
      expect(first.kind === "SetParameterValues" && first.values.map(({ name }) => name)).to.deep.equal(["Device.Time.NTPServer1"]);
      const second = messageOf(await client.say({ kind: "SetParameterValuesResponse", status: 0 }));
      expect(second.kind).to.equal("SetParameterValues");
      await client.say({ kind: "SetParameterValuesResponse", status: 0 });
      expect(await state(id)).to.equal("done");
      client.disconnect();
      await acs.call("PUT", `/api/models/${model()}/policy`, {});
    });

    it("of another kind is refused at its creation, with what is supported", async () => {
      const { status, body } = await acs.call("POST", `/api/devices/${gateway.id}/tasks`, { kind: "refresh", path: "" });
      expect(status).to.equal(422);
      expect(JSON.stringify(body)).to.contain("is not supported by NMS-managed devices; they take reboot, setParameterValues, download");
    });

    it("whose response was made in advance is returned as those bytes", async () => {
      const id = await reboot();
      await gateway.ask();
      const [event] = await acs.events(gateway.id, "nms-requested");
      expect(event?.data).to.include({ answer: "reboot", taskId: id, response: "pre-encapsulated" });
    });
  });

  describe("the format of a model", () => {
    it("is the document's own where its policy says so: no serial number, no action id", async () => {
      gateway = await nmsGateway(acs, { productClass: "OLD" });
      await acs.call("PUT", `/api/models/${model()}/policy`, { nmsFormat: "document" });
      const id = await reboot();
      expect(responseOf(await gateway.ask())).to.deep.equal({
        serialNumber: null,
        status: "success",
        actionId: null,
        action: { kind: "reboot" },
      });
      await gateway.register({ lastAction: { id: "", action: "reboot", result: "success", detail: "" } });
      await acs.untilTask(id, "done");
    });

    it("is that of the moment: what was made in another one is made anew", async () => {
      gateway = await nmsGateway(acs, { productClass: "CHANGED" });
      await reboot();
      await acs.call("PUT", `/api/models/${model()}/policy`, { nmsFormat: "document" });
      expect(responseOf(await gateway.ask()).actionId).to.equal(null);
      const [event] = await acs.events(gateway.id, "nms-requested");
      expect(event?.data).to.include({ response: "on-request" });
    });
  });

  describe("a signal", () => {
    it("is not sent before a registration message was received ([0053])", async () => {
      await reboot();
      await quiet();
      expect(signals()).to.deep.equal([]);
      const { wake } = (await acs.call("GET", `/api/devices/${gateway.id}`)).body;
      expect(wake).to.deep.include({ state: "waiting", reason: "no registration message was received yet" });
      await gateway.register();
      await acs.untilEvent(
        "the signal",
        ({ kind, data, deviceId }) => kind === "wake-changed" && data["state"] === "asked" && deviceId === gateway.id,
      );
      await quiet();
      expect(signals()).to.have.length(1);
      expect(signals()[0]).to.deep.include({ target: { by: "address-of-record", addressOfRecord: SIP_ADDRESS } });
      expect(signals()[0]?.profile).to.deep.include({
        ...{ events: ["resync"], callId: "kept", requestsReceived: 0, subscriptionState: "active; expires=1000" },
      });
    });

    it("goes nowhere but over SIP", async () => {
      const { body } = await acs.call("GET", `/api/devices/${gateway.id}/reachability`);
      expect(JSON.stringify(body)).to.contain("voice signalling alone triggers a gateway that is managed over NMS");
    });

    it("ends with the request, whose count the next one brings", async () => {
      await gateway.register();
      const first = await reboot();
      await quiet();
      await gateway.ask();
      expect((await acs.stores.devices.get(gateway.id))?.wake.state).to.equal("idle");
      const second = await reboot();
      await quiet();
      expect(signals(), "while the outcome of the first is awaited").to.have.length(1);
      await gateway.register(success(first));
      await quiet();
      expect(
        signals().map(({ profile }) => profile?.requestsReceived),
        second,
      ).to.deep.equal([0, 1]);
    });

    it("is sent at an interval, if the model wants that", async () => {
      gateway = await nmsGateway(acs, { productClass: "REGULAR", sipAddress: SIP_ADDRESS });
      await acs.call("PUT", `/api/models/${model()}/policy`, { nmsSignal: "interval", nmsSignalIntervalS: 600 });
      await gateway.register();
      const first = await reboot();
      await quiet();
      await gateway.ask();
      await gateway.register(success(first));
      await reboot();
      await quiet();
      expect(signals()).to.have.length(1);
      await acs.clock.advance(10 * MINUTE_MS - 1);
      await quiet();
      expect(signals()).to.have.length(1);
      await acs.clock.advance(1);
      await quiet();
      expect(signals()).to.have.length(2);
    });

    it("is sent after several registration messages, if the model wants that", async () => {
      gateway = await nmsGateway(acs, { productClass: "PATIENT", sipAddress: SIP_ADDRESS });
      await acs.call("PUT", `/api/models/${model()}/policy`, { nmsSignal: "registrations", nmsSignalRegistrations: 3 });
      await reboot();
      for (const expected of [0, 0, 1]) {
        await gateway.register();
        await quiet();
        expect(signals()).to.have.length(expected);
      }
    });
  });

  describe("who must not get in", () => {
    const status = async (body: string | Uint8Array, options = {}) => (await gateway.post(body, options)).status;

    it("nobody without credentials", async () => {
      expect((await gateway.send(gateway.messageText("registration"))).status).to.equal(401);
    });

    it("an unknown user, whatever serial number it tells", async () => {
      const stranger = new NmsGateway("0A1B2C-VG2000-STRANGER", acs.cwmpPort, gateway.options.identity);
      expect((await stranger.register()).status).to.equal(401);
      expect((await acs.stores.devices.get(gateway.id))?.nms.registeredAtMs).to.equal(null);
      stranger.disconnect();
    });

    it("a gateway with somebody else's serial number: it is quarantined, and the other is untouched", async () => {
      const other = await nmsGateway(acs);
      const id = await acs.task(other.id, { kind: "reboot" });
      expect(responseOf(await gateway.ask({ identity: other.options.identity })).action).to.equal(null);
      expect((await acs.stores.devices.get(gateway.id))?.quarantine?.reason).to.equal("identity-changed");
      expect(await acs.events(gateway.id, "identity-mismatch")).to.have.length(1);
      expect(await state(id)).to.equal("queued");
    });

    it("a quarantined gateway is answered, and nothing is done for it", async () => {
      const id = await reboot();
      await acs.stores.quarantine.quarantine(gateway.id, { reason: "identity-changed", sinceMs: 0, claimed: null }, []);
      expect(responseOf(await gateway.register()).status).to.equal("success");
      expect(responseOf(await gateway.ask()).action).to.equal(null);
      expect(await state(id)).to.equal("queued");
      expect(await acs.events(gateway.id, "quarantined-call")).to.have.length(1);
    });

    it("a request that is replayed", async () => {
      await gateway.register();
      const id = await reboot();
      const bytes = gateway.request(gateway.messageText("request"));
      const connection = await gateway.connection();
      connection.write(bytes);
      expect((await connection.answer()).status).to.equal(200);
      gateway.disconnect();
      const again = await gateway.connection();
      again.write(bytes);
      expect((await again.answer()).status).to.equal(401);
      expect((await acs.stores.tasks.get(id))?.sends).to.equal(1);
    });

    it("malformed XML, and the answer says where", async () => {
      const answer = await gateway.post("<registration><header><oui>12</oui></header></registration>");
      expect([answer.status, answer.body]).to.deep.equal([400, "header/oui: missing, or not six hexadecimal digits\n"]);
      expect(await status("<registration>")).to.equal(400);
      expect(await status(Buffer.from([0xff, 0xfe, 0x00]))).to.equal(400);
      expect(await status("")).to.equal(400);
    });

    it("a huge body, announced or not, or small and blown up", async () => {
      const huge = Buffer.alloc(NMS_LIMITS.bodyBytesMax + 1, " ");
      await gateway.register();
      expect(await status(huge)).to.equal(413);
      expect(await status(huge, { headers: { "Content-Encoding": "br" } })).to.equal(415);
    });

    it("another method than POST", async () => {
      const socket = connect(acs.cwmpPort, "127.0.0.1");
      socket.write("GET /nms HTTP/1.1\r\nHost: acs\r\n\r\n");
      const [bytes] = (await once(socket, "data")) as [Buffer];
      expect(bytes.toString("latin1")).to.match(/^HTTP\/1\.1 405 /);
      socket.destroy();
    });

    it("a gateway that nobody registered, unless an enrolment rule takes it in", async () => {
      const identity = { oui: "00D09E", productClass: "HG1", serialNumber: "NMS1" };
      const unknown = new NmsGateway("00D09E-HG1-NMS1", acs.cwmpPort, identity);
      expect((await unknown.register()).status).to.equal(401);
      const rule = await openRule(acs, { password: DEVICE_PASSWORD, approval: true });
      expect(responseOf(await unknown.register()).status).to.equal("success");
      const device = await acs.stores.devices.get(unknown.id);
      expect(device).to.deep.include({ enrolledBy: rule, protocol: "cwmp" });
      expect(device?.quarantine?.reason, "until it is approved").to.equal("approval-pending");
      await acs.call("POST", `/api/devices/${unknown.id}/approve`);
      await unknown.register();
      expect(await acs.stores.devices.get(unknown.id)).to.deep.include({ protocol: "nms", quarantine: null });
      await removeRules(acs);
      unknown.disconnect();
    });

    it("and CWMP is spoken on every other path as before", async () => {
      const { id, options } = await acs.gateway();
      const cwmp = new CwmpClient({ port: acs.cwmpPort, identity: options.identity, username: id, password: DEVICE_PASSWORD });
      expect((await cwmp.inform("2 PERIODIC")).body).to.contain("InformResponse");
      cwmp.disconnect();
    });
  });
});
