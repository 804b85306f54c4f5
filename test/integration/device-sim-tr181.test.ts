/**
 * A gateway of TR-181: what its model has and that of TR-098 has not.
 * Spec: TR-181 (ManagementServer), TR-069 3.7.1.5 (13 WAKEUP, 14 HEARTBEAT).
 */
import { expect } from "chai";
import { openGatewayBench } from "../support/gateway-bench.js";
import { INFORM_RESPONSE, openScriptedAcs, type Reply, type ScriptedAcs } from "../support/scripted-acs.js";
import { DEVICE_PASSWORD, startTestAcs } from "../support/test-acs.js";

const MS = "Device.ManagementServer.";
const set = (values: Readonly<Record<string, string>>): Reply => ({
  message: {
    kind: "SetParameterValues",
    values: Object.entries(values).map(([leaf, text]) => ({ name: MS + leaf, type: "", text })),
    parameterKey: "",
  },
});
const eventsOf = (acs: ScriptedAcs) => acs.informs().map(({ events }) => events.map(({ code }) => code));

describe("device-sim: a gateway of TR-181", () => {
  const bench = openGatewayBench();
  let acs: ScriptedAcs;
  beforeEach(async () => {
    acs = await openScriptedAcs();
  });
  afterEach(async () => {
    await bench.close();
    await acs.close();
  });

  /** After its first session, in which the ACS has set these. */
  async function online(values: Readonly<Record<string, string>> = {}, options: { readonly hears?: true } = {}) {
    acs.script(INFORM_RESPONSE, set(values));
    const connectionRequest = options.hears === undefined ? {} : { connectionRequest: { host: "127.0.0.1", port: 0 } };
    const device = bench.add({ model: "tr181", acsUrl: acs.url, ...connectionRequest });
    await device.gateway.powerOn();
    await device.event("session-ended");
    return device;
  }

  it("tells who it is and the seven forced parameters once each", async () => {
    await online();
    const [inform] = acs.informs();
    expect(inform?.deviceId).to.include({ productClass: "VG3000", serialNumber: "VG3K0001000000" });
    expect(inform?.parameters.map(({ name }) => name)).to.deep.equal([
      "Device.RootDataModelVersion",
      "Device.DeviceInfo.HardwareVersion",
      "Device.DeviceInfo.SoftwareVersion",
      "Device.DeviceInfo.ProvisioningCode",
      `${MS}ParameterKey`,
      `${MS}ConnectionRequestURL`,
      `${MS}AliasBasedAddressing`,
    ]);
  });

  it("HeartbeatPolicy: 14 HEARTBEAT at InitiationTime plus whole intervals; an interval under 30 s is refused", async () => {
    const soon = new Date(Date.now() + 1_500).toISOString();
    const { event } = await online({
      "HeartbeatPolicy.Enable": "true",
      "HeartbeatPolicy.ReportingInterval": "30",
      "HeartbeatPolicy.InitiationTime": soon,
    });
    acs.script(INFORM_RESPONSE, set({ "HeartbeatPolicy.ReportingInterval": "29" }));
    await event("session-ended", 2);
    expect(eventsOf(acs)[1]).to.deep.equal(["14 HEARTBEAT"]);
    const refusal = acs.posts.findLast(({ envelope }) => envelope?.message.kind === "Fault")?.envelope?.message;
    expect(refusal).to.deep.include({ faultCode: 9003 });
    expect(JSON.stringify(refusal)).to.include("9007");
  });

  it("a wake from standby is told with 13 WAKEUP, and is no BOOT", async () => {
    const { gateway, event } = await online();
    gateway.wakeUp();
    await event("session-ended", 2);
    expect(eventsOf(acs)[1]).to.deep.equal(["13 WAKEUP"]);
  });

  it("EnableCWMP false: no Inform any more, until a subscriber switches it on again", async () => {
    const { gateway, event } = await online({ EnableCWMP: "0" });
    gateway.triggerPeriodic();
    gateway.changeLocally("Device.DeviceInfo.ProvisioningCode", "while mute");
    expect(acs.informs()).to.have.length(1);
    gateway.changeLocally(`${MS}EnableCWMP`, "1");
    await event("session-ended", 2);
    expect(eventsOf(acs)[1]).to.have.members(["2 PERIODIC", "4 VALUE CHANGE"]);
  });

  it("HTTPCompression GZIP: envelopes come compressed from the next session on", async () => {
    const { gateway, event } = await online({ HTTPCompression: "GZIP" });
    gateway.triggerPeriodic();
    await event("session-ended", 2);
    const codings = acs.posts
      .filter(({ envelope }) => envelope?.message.kind === "Inform")
      .map(({ headers }) => headers["content-encoding"]);
    expect(codings).to.deep.equal([undefined, "gzip"]);
  });

  it("HTTPConnectionRequestEnable false: the port is closed and the URL empty; true opens the same one", async () => {
    const { gateway, event } = await online({}, { hears: true });
    const url = gateway.read(`${MS}ConnectionRequestURL`) ?? "";
    expect((await fetch(url)).status).to.equal(401);
    gateway.changeLocally(`${MS}HTTPConnectionRequestEnable`, "0");
    await event("session-ended", 2);
    expect(eventsOf(acs)[1]).to.deep.equal(["4 VALUE CHANGE"]);
    expect(gateway.read(`${MS}ConnectionRequestURL`)).to.equal("");
    const refused = await fetch(url).then(
      () => false,
      () => true,
    );
    expect(refused).to.equal(true);
    gateway.changeLocally(`${MS}HTTPConnectionRequestEnable`, "1");
    await event("session-ended", 3);
    expect(gateway.read(`${MS}ConnectionRequestURL`)).to.equal(url);
    expect((await fetch(url)).status).to.equal(401);
  });

  it("AutonomousTransferCompletePolicy switched off: a local upgrade is no event 10", async () => {
    const { gateway, event } = await online({ "AutonomousTransferCompletePolicy.Enable": "0" });
    gateway.upgradeLocally("5.1.0");
    await event("session-ended", 2);
    expect(eventsOf(acs)[1]).to.have.members(["1 BOOT", "4 VALUE CHANGE"]);
    expect(acs.said()).not.to.include("AutonomousTransferComplete");
  });

  it("the ACS takes 13 WAKEUP and 14 HEARTBEAT like any other event", async () => {
    const real = await startTestAcs({ realTime: true });
    try {
      const device = bench.add({ model: "tr181", acsUrl: `http://127.0.0.1:${real.cwmpPort}/`, acsPassword: DEVICE_PASSWORD });
      const { oui, productClass, serialNumber } = device.gateway.instance;
      await real.gateway({ oui, productClass, serialNumber });
      await device.gateway.powerOn();
      await device.event("session-ended");
      const told = (code: string) =>
        real.untilEvent(code, ({ kind, data }) => kind === "device-informed" && JSON.stringify(data["events"]).includes(code));
      device.gateway.wakeUp();
      await told("13 WAKEUP");
      device.gateway.changeLocally(`${MS}HeartbeatPolicy.InitiationTime`, new Date(Date.now() + 300).toISOString());
      device.gateway.changeLocally(`${MS}HeartbeatPolicy.Enable`, "1");
      await told("14 HEARTBEAT");
    } finally {
      await real.close();
    }
  });
});
