/**
 * Voice-signalled management, each embodiment message by message: the products themselves on loopback, and for the exact bytes a gateway
 * whose voice side is our SIP core and whose NMS client is a raw socket.
 * Spec: US 2012/0089717 A1. Layer: test (spec).
 */
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { makeFirmware } from "../../device-sim/device/firmware.js";
import { headerValue, type SipRequest } from "../../sip-bridge/sip/message.js";
import { type Authority, makeAuthority } from "../support/certificates.js";
import { type BenchGateway, type GatewayBench, openGatewayBench } from "../support/gateway-bench.js";
import { type NmsGateway, nmsGateway, responseOf } from "../support/nms-gateway.js";
import { requireCommand } from "../support/services.js";
import { repositoryPath } from "../support/shared-data.js";
import { openGateway, type SipGateway } from "../support/sip-gateway.js";
import { DEVICE_PASSWORD, startTestAcs, type TestAcs } from "../support/test-acs.js";
import { startTestBridge, TEST_DOMAIN, TEST_PASSWORD, type TestBridge } from "../support/test-bridge.js";

const FIRMWARE = "1 Firmware Upgrade Image";
const golden = (name: string): string => readFileSync(repositoryPath(`test/golden/nms/${name}.xml`), "utf8");

/** One gateway of the document: 69600, of a model that reads the document's own fields. */
interface Embodied {
  readonly voice: SipGateway;
  readonly client: NmsGateway;
  /** The nth NOTIFY that reached its voice processing module. */
  notify(nth: number): Promise<SipRequest>;
  close(): Promise<void>;
}

describe("US 2012/0089717 A1: the messages on the wire", function () {
  this.timeout(15_000);
  let bridge: TestBridge;
  let acs: TestAcs;
  let gateway: Embodied;
  let numbers = 69_600;

  before(async () => {
    bridge = await startTestBridge();
    acs = await startTestAcs({ realTime: true, parts: { bridge: bridge.bridge } });
    await acs.call("PUT", "/api/models/0A1B2C-H260/policy", { nmsFormat: "document" });
  });
  after(async () => {
    await acs.close();
    await bridge.close();
  });
  beforeEach(async () => {
    gateway = await embodied();
  });
  afterEach(() => gateway.close());

  async function embodied(): Promise<Embodied> {
    const user = String(numbers++);
    await bridge.putAccount(user, TEST_PASSWORD);
    let look: () => void = () => undefined;
    const onNotify: Parameters<typeof openGateway>[0]["onNotify"] = ({ answer }) => {
      answer(200);
      look();
    };
    const voice = await openGateway({ bridgePort: bridge.sipPort, user, onNotify });
    await voice.register();
    const client = await nmsGateway(acs, { productClass: "H260", sipAddress: `sip:${user}@${TEST_DOMAIN}` });
    const notify = (nth: number): Promise<SipRequest> =>
      new Promise((resolve) => {
        look = () => {
          const found = voice.notifies[nth - 1];
          if (found !== undefined) resolve(found);
        };
        look();
      });
    const close = async (): Promise<void> => {
      client.disconnect();
      await voice.close();
    };
    return { voice, client, notify, close };
  }

  const reboot = () => acs.task(gateway.client.id, { kind: "reboot" });
  const outcome = (action: string) => ({ lastAction: { id: "", action, result: "success", detail: "" } as const });

  describe("embodiment 1: configuring a non-voice service function", () => {
    it("[0111-0115] registration, NOTIFY, non-voice request, the response of [0100-0109], and the outcome with the next registration", async () => {
      const id = await reboot(); // steps 401 and 402
      const connected = await gateway.client.register(); // step 403
      expect(connected.body).to.equal(golden("response-nothing"));
      await gateway.notify(1); // step 404
      const answer = await gateway.client.ask(); // step 404, by means of POST
      expect(answer.headers["content-type"]).to.equal('text/xml; charset="utf-8"');
      expect(answer.body).to.equal(golden("response-reboot")); // step 405
      await acs.untilTask(id, "awaiting-device");
      await gateway.client.register(outcome("reboot"));
      await acs.untilTask(id, "done");
    });

    it("[0086-0097] the NOTIFY, header by header", async () => {
      await reboot();
      await gateway.client.register();
      const notify = await gateway.notify(1);
      const user = notify.uri.slice("sip:".length, notify.uri.indexOf("@"));
      expect(notify.uri, "[0087]").to.equal(gateway.voice.contact);
      expect(headerValue(notify, "via"), "[0088]").to.match(/^SIP\/2\.0\/UDP 127\.0\.0\.1:\d+;.*branch=z9hG4bK/);
      expect(headerValue(notify, "to"), "[0089]").to.equal(`"${user}" <sip:${user}@${TEST_DOMAIN};user=phone>`);
      expect(headerValue(notify, "from"), "[0090]").to.match(/^<sip:acs@voice\.example;user=phone>;tag=[0-9a-f]{16}$/);
      expect(headerValue(notify, "call-id"), "[0091]").to.match(/^[0-9a-f]{32}$/);
      expect(headerValue(notify, "cseq"), "[0092]").to.equal("1 NOTIFY");
      expect(headerValue(notify, "max-forwards"), "[0093]").to.equal("70");
      expect(headerValue(notify, "event"), "[0094]").to.equal("resync");
      expect(headerValue(notify, "subscription-state"), "[0095]").to.equal("active; expires=1000");
      expect(headerValue(notify, "contact"), "[0096]").to.equal(`<sip:acs@127.0.0.1:${bridge.sipPort}>`);
      expect(headerValue(notify, "content-length"), "[0097]").to.equal("0");
      expect(notify.headers.map(({ key }) => key)).to.have.members([
        ...["via", "to", "from", "call-id", "cseq", "max-forwards", "event", "subscription-state", "contact", "content-length"],
      ]);
    });

    it("[0092] same Call-ID; CSeq is incremented by 1 for each non-voice request received, and by 1 when none came", async () => {
      const first = await reboot();
      await gateway.client.register();
      const { callId } = await gateway.notify(1);
      await gateway.client.ask();
      await gateway.client.ask(); // it asks once more by itself
      await gateway.client.register(outcome("reboot"));
      await acs.untilTask(first, "done");
      const since = await acs.stores.events.newestId();
      await reboot();
      const second = await gateway.notify(2);
      expect([second.callId, second.cseq.number]).to.deep.equal([callId, 3]);
      await acs.untilEvent("its answer", ({ id, kind, data }) => id > since && kind === "wire" && data["kind"] === "answered");
      await bridge.bridge.wake({
        ...{ wakeId: "once more", deviceId: gateway.client.id, event: "resync" },
        target: { by: "address-of-record", addressOfRecord: `sip:${numbers - 1}@${TEST_DOMAIN}` },
        profile: { callId: "kept", requestsReceived: 2 },
      });
      expect((await gateway.notify(3)).cseq.number, "no request has come since").to.equal(4);
    });
  });

  describe("embodiment 2: upgrading configuration and version file", () => {
    it("[0116-0139] the response of [0122-0133]: file type, name and download method; the place is agreed in advance [0140]", async () => {
      const id = await acs.task(gateway.client.id, { kind: "download", fileType: FIRMWARE, targetFileName: "h260ver", version: "2.0" });
      await gateway.client.register();
      await gateway.notify(1);
      expect((await gateway.client.ask()).body).to.equal(golden("response-upgrade"));
      await gateway.client.register({ information: { softwareVersion: "2.0" } });
      const task = await acs.untilTask(id, "done");
      expect(task.transitions.at(-1)?.reason).to.equal("the gateway runs version 2.0");
    });

    it("[0140] where no file server is agreed upon, the field of the download path is added, for models that read it", async () => {
      const other = await nmsGateway(acs, { productClass: "H261" });
      await acs.task(other.id, { kind: "download", url: "http://files.example/h261.cfg", fileType: "3 Vendor Configuration File" });
      expect(responseOf(await other.ask()).action).to.deep.include({
        ...{ kind: "upgrade", fileType: "config", fileName: "h261.cfg", downloadMethod: "http" },
        downloadPath: "http://files.example/h261.cfg",
      });
      other.disconnect();
    });
  });

  describe("which response is sent", () => {
    async function wantedVersion(productClass: string, version: string): Promise<string> {
      const query = new URLSearchParams({ name: `${productClass}.bin`, fileType: FIRMWARE, model: productClass, version });
      const { body } = await acs.call("POST", `/api/files?${query}`, makeFirmware(version, 1_000));
      await acs.call("PUT", `/api/models/${productClass}/wanted-version`, { version });
      return body.sha256;
    }

    it("[0051] computed: the version in the request is inconsistent with the one stored locally, so that the file of the current one is sent", async () => {
      const client = await nmsGateway(acs, { productClass: "H262" });
      const checksum = await wantedVersion("H262", "2.0");
      const response = responseOf(await client.ask({ information: { softwareVersion: "1.0" } }));
      expect(response.action).to.deep.include({ kind: "upgrade", fileType: "version", fileName: "H262.bin", checksum, fileSize: 1_000 });
      const [event] = await acs.events(client.id, "nms-requested");
      expect(event?.data).to.include({ answer: "version", response: "computed" });
      await acs.untilTask(response.actionId ?? "", "awaiting-device");
      await client.register({ information: { softwareVersion: "2.0" } });
      await acs.untilTask(response.actionId ?? "", "done");
      client.disconnect();
    });

    it("[0051] computed: the version is the wanted one, so that there is nothing to do", async () => {
      const client = await nmsGateway(acs, { productClass: "H263" });
      await wantedVersion("H263", "2.0");
      expect(responseOf(await client.ask({ information: { softwareVersion: "2.0" } }))).to.deep.include({
        status: "success",
        action: null,
      });
      client.disconnect();
    });

    it("[0049], [0051] computed by the version that was told last, when the request has none: it may contain basic information", async () => {
      const client = await nmsGateway(acs, { productClass: "H267" });
      await client.register({ information: { softwareVersion: "1.0" } });
      await wantedVersion("H267", "2.0");
      const response = responseOf(await client.ask({ information: { softwareVersion: "" } }));
      expect(response.action).to.deep.include({ kind: "upgrade", fileName: "H267.bin" });
      client.disconnect();
    });

    it("[0051] an upgrade that failed is not computed again at once", async () => {
      const client = await nmsGateway(acs, { productClass: "H264" });
      await wantedVersion("H264", "2.0");
      const told = { information: { softwareVersion: "1.0" } };
      const { actionId } = responseOf(await client.ask(told));
      const lastAction = { id: actionId ?? "", action: "version", result: "failure", detail: "no room" } as const;
      expect(responseOf(await client.ask({ ...told, lastAction })).action).to.equal(null);
      client.disconnect();
    });

    it("[0052], [0079] pre-encapsulated: what was made when the management was determined goes before what is computed", async () => {
      const client = await nmsGateway(acs, { productClass: "H265" });
      await wantedVersion("H265", "2.0");
      const id = await acs.task(client.id, { kind: "reboot" });
      const response = responseOf(await client.ask({ information: { softwareVersion: "1.0" } }));
      expect(response).to.deep.include({ action: { kind: "reboot" }, actionId: id });
      const [event] = await acs.events(client.id, "nms-requested");
      expect(event?.data).to.include({ response: "pre-encapsulated" });
      client.disconnect();
    });

    it("[0051], [0064] a gateway that registers with another version than the wanted one is signalled", async () => {
      await wantedVersion("H266", "2.0");
      const user = String(numbers++);
      await bridge.putAccount(user, TEST_PASSWORD);
      const voice = await openGateway({ bridgePort: bridge.sipPort, user });
      await voice.register();
      const client = await nmsGateway(acs, { productClass: "H266", sipAddress: `sip:${user}@${TEST_DOMAIN}` });
      await client.register({ information: { softwareVersion: "1.0" } });
      await acs.untilEvent("the NOTIFY's answer", ({ kind, deviceId, data }) => {
        return kind === "wire" && deviceId === client.id && data["kind"] === "answered";
      });
      expect(voice.notifies).to.have.length(1);
      client.disconnect();
      await voice.close();
    });
  });

  it("[0053] the voice message transmitting module sends nothing before the NMS server has received a registration message", async () => {
    await reboot();
    await acs.untilEvent("why not", ({ kind, deviceId, data }) => {
      return kind === "wake-changed" && deviceId === gateway.client.id && data["reason"] === "no registration message was received yet";
    });
    expect(gateway.voice.notifies).to.deep.equal([]);
    await gateway.client.register();
    await gateway.notify(1);
  });
});

for (const format of ["extended", "document"] as const) {
  describe(`US 2012/0089717 A1: a simulated gateway, end to end, in the ${format} format`, function () {
    this.timeout(15_000);
    let bridge: TestBridge;
    let acs: TestAcs;
    let bench: GatewayBench;
    let device: BenchGateway;
    let root: string;

    before(async () => {
      bridge = await startTestBridge();
      acs = await startTestAcs({ realTime: true, parts: { bridge: bridge.bridge } });
      bench = openGatewayBench();
      await bridge.putAccount("1001", "sip-secret");
      const sip = {
        registrar: "127.0.0.1",
        registrarPort: bridge.sipPort,
        domain: TEST_DOMAIN,
        password: "sip-secret",
        address: "127.0.0.1",
      };
      device = bench.add({
        ...{ acsUrl: `http://127.0.0.1:${acs.cwmpPort}/nms`, acsPassword: DEVICE_PASSWORD, bootMs: 20, sip },
        nms: { format, filesUrl: "http://127.0.0.1:9/agreed/" },
      });
      const { oui, productClass, serialNumber } = device.gateway.instance;
      await acs.call("PUT", `/api/models/${oui}-${productClass}/policy`, { nmsFormat: format });
      await acs.gateway({ oui, productClass, serialNumber, protocol: "nms" });
      await device.gateway.powerOn();
      await device.event("nms-registered");
      await device.event("registered");
      root = (await acs.call("GET", `/api/devices/${id()}`)).body.root;
    });
    after(async () => {
      await bench.close();
      await acs.close();
      await bridge.close();
    });

    const id = (): string => device.gateway.deviceId;
    /** It was a NOTIFY that made it ask. */
    async function byNotify(order: Readonly<Record<string, unknown>>) {
      const since = await acs.stores.events.newestId();
      const task = await acs.untilTask(await acs.task(id(), order), "done", "failed");
      const events = await acs.stores.events.list({ deviceId: id(), afterId: since, limit: 100 });
      expect(events.filter(({ kind, data }) => kind === "wire" && data["kind"] === "sent")).to.have.length(1);
      expect(events.filter(({ kind }) => kind === "nms-requested")).to.have.length(1);
      return task;
    }
    const states = (task: { readonly transitions: readonly { readonly to: string }[] }) => task.transitions.map(({ to }) => to);

    it("[0061], [0070] registers with IP and version information, by itself", async () => {
      const [event] = await acs.events(id(), "nms-registered");
      expect(event?.data).to.include({ ip: "127.0.0.1", softwareVersion: device.gateway.read(`${root}DeviceInfo.SoftwareVersion`) });
    });

    it("[0115] reboots, and tells after its restart that it has", async () => {
      const task = await byNotify({ kind: "reboot" });
      expect(states(task)).to.deep.equal(["queued", "sent", "awaiting-device", "done"]);
      expect(device.effects.filter(({ effect }) => effect === "reboot")).to.have.length(1);
      await device.event("registered", 2);
    });

    it("[0052] sets parameters; the tree has them", async () => {
      const name = `${root}Time.NTPServer1`;
      const task = await byNotify({ kind: "setParameterValues", values: [{ name, value: "ntp.voice.example" }] });
      expect(task.failure).to.equal(null);
      expect(device.gateway.read(name)).to.equal("ntp.voice.example");
      const { entries } = (await acs.call("GET", `/api/devices/${id()}/tree?path=${name}`)).body;
      expect(entries[0]).to.include({ value: "ntp.voice.example" });
    });

    it("tells in its own words why it could not", async () => {
      const task = await byNotify({ kind: "setParameterValues", values: [{ name: `${root}NoSuch.Thing`, value: "1" }] });
      expect(task.state).to.equal("failed");
      expect(task.failure?.detail).to.match(/^the gateway told: failure: .*NoSuch\.Thing/);
    });

    if (format === "document") return;

    it("[0139] downloads the version file, checks it, restarts with it", async () => {
      const { productClass } = device.gateway.instance;
      const query = new URLSearchParams({ name: "h260ver", fileType: FIRMWARE, model: productClass, version: "4.1.0" });
      const file = await acs.call("POST", `/api/files?${query}`, makeFirmware("4.1.0", 50_000));
      const task = await byNotify({ kind: "download", catalogueId: file.body.id });
      expect([task.state, ...states(task)]).to.deep.equal(["done", "queued", "sent", "awaiting-device", "done"]);
      expect(device.gateway.read(`${root}DeviceInfo.SoftwareVersion`)).to.equal("4.1.0");
      await device.event("registered", 3);
    });

    it("takes no file that is no version of it", async () => {
      const query = new URLSearchParams({ name: "bad", fileType: FIRMWARE, model: device.gateway.instance.productClass, version: "9.9" });
      const file = await acs.call("POST", `/api/files?${query}`, Buffer.alloc(500, "no firmware "));
      const task = await byNotify({ kind: "download", catalogueId: file.body.id });
      expect(task.failure?.detail).to.equal("the gateway told: failure: the file is no version of this gateway");
    });

    it("[0048], [0055], [0065] a NOTIFY without the identifier belongs to the voice service: management neither hears nor answers it", async () => {
      const { length } = device.events.filter(({ kind }) => kind === "notify-received");
      const requests = device.events.filter(({ kind }) => kind === "nms-requested").length;
      await bridge.bridge.wake({
        ...{ wakeId: "voice", deviceId: "voice", event: "message-summary" },
        target: { by: "address-of-record", addressOfRecord: `sip:1001@${TEST_DOMAIN}` },
      });
      const notify = await device.event("notify-received", length + 1);
      expect(notify).to.include({ event: "message-summary", outcome: "answered 489" });
      // What it would have made of a trigger would be asked before this one.
      await byNotify({ kind: "reboot" });
      expect(device.events.filter(({ kind }) => kind === "nms-requested")).to.have.length(requests + 1);
    });
  });
}

describe("US 2012/0089717 A1 [0141]: HTTPS", function () {
  this.timeout(15_000);
  let authority: Authority;
  let bridge: TestBridge;
  let acs: TestAcs;
  const bench = openGatewayBench();

  before(async function () {
    requireCommand(this, "openssl");
    authority = await makeAuthority();
    const own = await authority.issue("acs", 30, "localhost");
    bridge = await startTestBridge();
    const env = { ACS_CWMP_TLS_CERT_FILE: own.certFile, ACS_CWMP_TLS_KEY_FILE: own.keyFile };
    acs = await startTestAcs({ realTime: true, env, parts: { bridge: bridge.bridge } });
  });
  after(async () => {
    await bench.close();
    await acs?.close();
    await bridge?.close();
    await authority?.remove();
  });

  it("a gateway registers, asks and is told over TLS", async () => {
    await bridge.putAccount("1001", "sip-secret");
    const device = bench.add({
      ...{ acsUrl: `https://localhost:${acs.cwmpPort}/nms`, acsPassword: DEVICE_PASSWORD, ca: authority.cert.toString("utf8"), nms: {} },
      sip: { registrar: "127.0.0.1", registrarPort: bridge.sipPort, domain: TEST_DOMAIN, password: "sip-secret", address: "127.0.0.1" },
    });
    const { oui, productClass, serialNumber } = device.gateway.instance;
    await acs.gateway({ oui, productClass, serialNumber, protocol: "nms" });
    await device.gateway.powerOn();
    await acs.untilTask(await acs.task(device.gateway.deviceId, { kind: "reboot" }), "done");
    expect(device.effects.filter(({ effect }) => effect === "reboot")).to.have.length(1);
  });
});
