/**
 * The ACS makes a gateway subscribe (TR-104 EventSubscribe), and from then on wakes it in that dialog: ACS, bridge and simulated gateway are
 * the products themselves.
 * Spec: TR-104 issue 1 VoiceProfile.SIP.EventSubscribe, issue 2 SIP.Network.EventSubscribe; RFC 6665; sip.md 1.1. Layer: integration test.
 */
import { expect } from "chai";
import { type BenchGateway, openGatewayBench } from "../support/gateway-bench.js";
import { DEVICE_PASSWORD, startTestAcs, type TestAcs } from "../support/test-acs.js";
import { startTestBridge, TEST_DOMAIN, type TestBridge } from "../support/test-bridge.js";

const MODELS = {
  tr098: {
    table: "InternetGatewayDevice.Services.VoiceService.1.VoiceProfile.1.SIP.EventSubscribe.",
    ntp: "InternetGatewayDevice.Time.NTPServer1",
  },
  tr181: { table: "Device.Services.VoiceService.1.SIP.Network.1.EventSubscribe.", ntp: "Device.Time.NTPServer1" },
} as const;

for (const model of ["tr098", "tr181"] as const) {
  describe(`EventSubscribe, from the ACS to the NOTIFY in the dialog: ${model}`, () => {
    const { table, ntp } = MODELS[model];
    const bench = openGatewayBench();
    let bridge: TestBridge;
    let acs: TestAcs;
    let device: BenchGateway;

    before(async () => {
      bridge = await startTestBridge({ http: null });
      acs = await startTestAcs({ realTime: true, parts: { bridge: bridge.bridge }, env: { ACS_REFRESH_AT_BOOTSTRAP: "false" } });
      const sip = {
        registrar: "127.0.0.1",
        registrarPort: bridge.sipPort,
        domain: TEST_DOMAIN,
        password: "sip-secret",
        address: "127.0.0.1",
      };
      device = bench.add({ acsUrl: `http://127.0.0.1:${acs.cwmpPort}/`, acsPassword: DEVICE_PASSWORD, model, bootMs: 20, sip });
      const { deviceId, instance } = device.gateway;
      await bridge.putAccount(instance.lineNumber, sip.password);
      const { oui, productClass, serialNumber } = instance;
      const sipAddress = `sip:${instance.lineNumber}@${TEST_DOMAIN}`;
      const created = await acs.call("POST", "/api/devices", { oui, productClass, serialNumber, password: DEVICE_PASSWORD, sipAddress });
      expect([created.status, created.body.id]).to.deep.equal([201, deviceId]);
      await device.gateway.powerOn();
      await device.event("registered");
    });
    after(async () => {
      await bench.close();
      await acs.close();
      await bridge.close();
    });

    async function done(order: Readonly<Record<string, unknown>>): Promise<void> {
      const task = await acs.untilTask(await acs.task(device.gateway.deviceId, order), "done", "failed");
      expect(task.failure).to.equal(null);
    }
    const outcomes = (): readonly string[] => device.events.flatMap((event) => (event.kind === "notify-received" ? [event.outcome] : []));

    it("a row of the table makes the gateway subscribe; the first NOTIFY is none to call in for", async () => {
      const values = [
        { name: "Event", value: "resync" },
        { name: "Notifier", value: "127.0.0.1" },
        { name: "NotifierPort", value: String(bridge.sipPort) },
        { name: "ExpireTime", value: "600" },
        ...(model === "tr181" ? [{ name: "Enable", value: "1" }] : []),
      ];
      await done({ kind: "addObject", path: table });
      await done({ kind: "setParameterValues", values: values.map(({ name, value }) => ({ name: `${table}1.${name}`, value })) });
      expect(await device.event("subscribed")).to.include({ event: "resync", expiresS: 600 });
      for (let turn = 0; !outcomes().includes("subscription: first") && turn < 200; turn++)
        await new Promise((resolve) => setTimeout(resolve, 10));
      expect(outcomes()).to.include("subscription: first");
    });

    it("the next task wakes it in the dialog: it calls in, and the task is done", async () => {
      const since = await acs.stores.events.newestId();
      await done({ kind: "getParameterValues", names: [ntp] });
      const events = await acs.stores.events.list({ deviceId: device.gateway.deviceId, afterId: since, limit: 100 });
      const asked = events.find(({ kind, data }) => kind === "wake-changed" && data["state"] === "asked");
      expect(asked?.data["reason"]).to.match(/NOTIFY/);
      expect(outcomes().at(-1)).to.equal("trigger");
      const informs = events.filter(({ kind }) => kind === "device-informed").map(({ data }) => data["events"]);
      expect(informs[0]).to.deep.equal(["6 CONNECTION REQUEST"]);
    });

    it("a gateway that was switched off and on subscribes anew", async () => {
      await device.gateway.powerOff();
      await device.gateway.powerOn();
      await device.event("subscribed", 2);
      await done({ kind: "getParameterValues", names: [ntp] });
      expect(outcomes().at(-1)).to.equal("trigger");
    });
  }).timeout(30_000);
}
