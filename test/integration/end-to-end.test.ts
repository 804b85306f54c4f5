/**
 * The main path with nothing made up: a REST task, a NOTIFY over UDP, the gateway's call, the task's end. ACS, SIP bridge and gateways are
 * the products themselves on loopback, with both adapters of the wake contract.
 * Spec: DESIGN 4. Layer: integration test.
 */
import { expect } from "chai";
import { answers481 } from "../../device-sim/behaviours/answers-481.js";
import type { Behaviour } from "../../device-sim/behaviours/behaviour.js";
import { neverAnswersNotify } from "../../device-sim/behaviours/never-answers-notify.js";
import { makeFirmware } from "../../device-sim/device/firmware.js";
import type { SipBridgeConfig } from "../../sip-bridge/main.js";
import { type BenchGateway, openGatewayBench } from "../support/gateway-bench.js";
import { DEVICE_PASSWORD, startTestAcs, type TestAcs } from "../support/test-acs.js";
import { IMPATIENT_SIP, startTestBridge, TEST_DOMAIN, TEST_TOKEN, type TestBridge } from "../support/test-bridge.js";

const MODELS = {
  tr098: { root: "InternetGatewayDevice.", timeZone: "LocalTimeZoneName" },
  tr181: { root: "Device.", timeZone: "LocalTimeZone" },
} as const;
const R = MODELS.tr098.root;
const NTP = `${R}Time.NTPServer1`;
const FIRMWARE = "1 Firmware Upgrade Image";
const setNtp = (value: string, name: string = NTP) => ({ kind: "setParameterValues", values: [{ name, value }] });

interface Site {
  readonly acs: TestAcs;
  /** A gateway that has called in, is provisioned, read and registered. */
  online(behaviours?: readonly Behaviour[]): Promise<BenchGateway>;
  close(): Promise<void>;
}

async function openSite(
  adapter: "in process" | "over HTTP",
  model: keyof typeof MODELS = "tr098",
  changes: Partial<SipBridgeConfig> = {},
): Promise<Site> {
  const bridge: TestBridge = await startTestBridge(changes);
  const remote = { ACS_SIP_BRIDGE_URL: bridge.url.href, ACS_SIP_BRIDGE_TOKEN: TEST_TOKEN };
  const acs = await startTestAcs({
    realTime: true,
    ...(adapter === "in process" ? { parts: { bridge: bridge.bridge } } : { env: remote }),
  });
  const bench = openGatewayBench();
  let number = 0;
  return {
    acs,
    online: async (behaviours = []) => {
      const sip = {
        registrar: "127.0.0.1",
        registrarPort: bridge.sipPort,
        domain: TEST_DOMAIN,
        password: "sip-secret",
        address: "127.0.0.1",
      };
      const device = bench.add({
        ...{
          acsUrl: `http://127.0.0.1:${acs.cwmpPort}/`,
          acsPassword: DEVICE_PASSWORD,
          model,
          number: number++,
          bootMs: 20,
          sip,
          behaviours,
        },
      });
      const { oui, productClass, serialNumber, sipUser } = { sipUser: `${1_000 + number}`, ...device.gateway.instance };
      await bridge.putAccount(sipUser, sip.password);
      await acs.gateway({ oui, productClass, serialNumber });
      await device.gateway.powerOn();
      await device.event("registered");
      await acs.untilEvent("the tree is read", ({ kind, deviceId, data }) => {
        return kind === "task-changed" && deviceId === device.gateway.deviceId && data["kind"] === "refresh" && data["to"] === "done";
      });
      return device;
    },
    close: async () => {
      await bench.close();
      await acs.close();
      await bridge.close();
    },
  };
}

for (const [adapter, model] of [
  ["in process", "tr098"],
  ["over HTTP", "tr098"],
  ["in process", "tr181"],
] as const) {
  describe(`from a REST task through SIP NOTIFY to done, the bridge ${adapter}, a gateway of ${model}`, function () {
    this.timeout(15_000);
    const { root, timeZone } = MODELS[model];
    const ntp = `${root}Time.NTPServer1`;
    let site: Site;
    let acs: TestAcs;
    let device: BenchGateway;
    let id: string;

    before(async () => {
      site = await openSite(adapter, model);
      acs = site.acs;
      device = await site.online();
      id = device.gateway.deviceId;
    });
    after(() => site.close());

    /** It was a NOTIFY, answered 200, that brought the device in. */
    async function doneByNotify(order: Readonly<Record<string, unknown>>) {
      const since = await acs.stores.events.newestId();
      const task = await acs.untilTask(await acs.task(id, order), "done", "failed");
      expect(task.failure).to.equal(null);
      const events = await acs.stores.events.list({ deviceId: id, afterId: since, limit: 100 });
      expect(
        events.find(({ kind, data }) => kind === "wire" && data["kind"] === "sent"),
        "a NOTIFY",
      ).not.to.equal(undefined);
      const informs = events.filter(({ kind }) => kind === "device-informed").map(({ data }) => data["events"]);
      expect(informs[0]).to.deep.equal(["6 CONNECTION REQUEST"]);
      return task;
    }

    it("setParameterValues: the gateway uses the value", async () => {
      await doneByNotify(setNtp("ntp.voice.example", ntp));
      expect(device.gateway.read(ntp)).to.equal("ntp.voice.example");
    });

    it("getParameterValues: the result has the values", async () => {
      const { result } = await doneByNotify({ kind: "getParameterValues", names: [ntp] });
      expect(result).to.deep.equal({ values: [{ name: ntp, type: "xsd:string", value: "ntp.voice.example" }] });
    });

    it("refresh: what somebody changed at the gateway is in the tree", async () => {
      device.gateway.changeLocally(`${root}Time.${timeZone}`, "CET-1CEST");
      await doneByNotify({ kind: "refresh", path: `${root}Time.` });
      const { entries } = (await acs.call("GET", `/api/devices/${id}/tree?path=${root}Time.${timeZone}`)).body;
      expect(entries[0]).to.include({ value: "CET-1CEST", writable: true });
    });

    it("upload and back: the configuration is kept as the gateway sent it, and the gateway is restored from the same bytes", async () => {
      const backup = await doneByNotify({ kind: "upload", fileType: "1 Vendor Configuration File" });
      const sent = device.effects.find(({ effect }) => effect === "upload");
      const { receivedFile } = backup.result as { receivedFile: { id: string; sha256: string } };
      expect(sent).to.include({ commandKey: backup.id, sha256: receivedFile.sha256 });
      const { files } = (await acs.call("GET", `/api/devices/${id}/files`)).body;
      expect(files).to.have.length(1);
      expect(files[0]).to.include({ id: receivedFile.id, taskId: backup.id });
      const saved = await fetch(`http://127.0.0.1:${acs.apiPort}/api/devices/${id}/files/${receivedFile.id}/content`, {
        headers: { Authorization: `Bearer ${acs.token}` },
      });
      expect(await saved.text()).to.include(`${ntp}=`);
      const restore = await doneByNotify({ kind: "download", receivedFileId: receivedFile.id });
      const fetched = device.effects.find(({ effect }) => effect === "download");
      expect(fetched).to.include({ commandKey: restore.id, fileType: "3 Vendor Configuration File", sha256: receivedFile.sha256 });
    });

    it("reboot: done when the gateway reports M Reboot", async () => {
      const boots = device.effects.filter(({ effect }) => effect === "boot").length;
      const task = await doneByNotify({ kind: "reboot" });
      expect(task.transitions.map(({ to }) => to)).to.deep.equal(["queued", "sent", "awaiting-device", "done"]);
      expect(device.effects.filter(({ effect }) => effect === "boot")).to.have.length(boots + 1);
      await device.event("registered", 2);
    });

    it("download: done when the gateway reports it, and the tree shows the new version", async () => {
      const query = new URLSearchParams({
        name: "vg.bin",
        fileType: FIRMWARE,
        model: device.gateway.instance.productClass,
        version: "4.1.0",
      });
      const file = await acs.call("POST", `/api/files?${query}`, makeFirmware("4.1.0", 200_000));
      expect(file.status).to.equal(201);
      const task = await doneByNotify({ kind: "download", catalogueId: file.body.id });
      expect(task.transitions.map(({ to }) => to)).to.deep.equal(["queued", "sent", "awaiting-device", "done"]);
      expect(device.gateway.read(`${root}DeviceInfo.SoftwareVersion`)).to.equal("4.1.0");
      const { entries } = (await acs.call("GET", `/api/devices/${id}/tree?path=${root}DeviceInfo.SoftwareVersion`)).body;
      expect(entries[0].value).to.equal("4.1.0");
      await device.event("registered", 3);
    });

    it("a read-only parameter is refused with 422 once the tree knows it; nothing is queued or woken", async () => {
      const since = await acs.stores.events.newestId();
      const name = `${root}DeviceInfo.SerialNumber`;
      const refused = await acs.call("POST", `/api/devices/${id}/tasks`, { kind: "setParameterValues", values: [{ name, value: "x" }] });
      expect(refused.status).to.equal(422);
      expect(JSON.stringify(refused.body)).to.include("values[0]");
      const since2 = (await acs.stores.events.list({ deviceId: id, afterId: since, limit: 100 })).filter(
        ({ kind }) => kind === "task-created",
      );
      expect(since2).to.deep.equal([]);
    });
  });
}

describe("gateways that are not woken, and files that are no firmware", function () {
  this.timeout(15_000);
  let site: Site;

  before(async () => {
    site = await openSite("in process", "tr098", { sip: IMPATIENT_SIP });
  });
  after(() => site.close());

  for (const [behaviour, kind, reason] of [
    [answers481, "answered", /^NOTIFY answered 481/],
    [neverAnswersNotify, "timed-out", /^NOTIFY unanswered$/],
  ] as const) {
    it(`${behaviour.name}: the task waits, says why, and is done at the next periodic call`, async () => {
      const { acs } = site;
      const { gateway } = await site.online([behaviour]);
      const id = await acs.task(gateway.deviceId, setNtp("ntp.late.example"));
      await acs.untilEvent(
        "the answer",
        (event) => event.kind === "wire" && event.deviceId === gateway.deviceId && event.data["kind"] === kind,
      );
      await acs.untilEvent("the reason", ({ deviceId, data }) => deviceId === gateway.deviceId && reason.test(String(data["reason"])));
      const { wake, openTasks } = (await acs.call("GET", `/api/devices/${gateway.deviceId}`)).body;
      expect(wake).to.include({ state: "waiting", attempts: 1 });
      expect(openTasks).to.include({ queued: 1, sent: 0 });
      gateway.triggerPeriodic();
      expect(await acs.untilTask(id, "done", "failed")).to.include({ state: "done", sends: 1 });
      expect(gateway.read(NTP)).to.equal("ntp.late.example");
      expect((await acs.call("GET", `/api/devices/${gateway.deviceId}`)).body.wake.state).to.equal("idle");
    });
  }

  it("a corrupt image: the task fails with the device's 9018, and the old version runs on", async () => {
    const { acs } = site;
    const { gateway } = await site.online();
    const before = gateway.read(`${R}DeviceInfo.SoftwareVersion`);
    const query = new URLSearchParams({ name: "bad.bin", fileType: FIRMWARE, model: gateway.instance.productClass, version: "9.9.9" });
    const file = await acs.call("POST", `/api/files?${query}`, Buffer.alloc(5_000, "no firmware "));
    const id = await acs.task(gateway.deviceId, { kind: "download", catalogueId: file.body.id });
    const task = await acs.untilTask(id, "failed", "done");
    expect(task.failure).to.deep.include({ code: "device-fault" });
    expect(task.failure?.fault).to.include({ faultCode: 9018 });
    expect(gateway.read(`${R}DeviceInfo.SoftwareVersion`)).to.equal(before);
  });
});
