/**
 * A simulated voice gateway in the LAN of a simulated home gateway: each learns over DHCP who the other is, and the ACS shows it.
 * Spec: TR-069 Annex F (TR-111 part 1); TR-098 ManageableDevice, TR-181 GatewayInfo.
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { expect } from "chai";
import type { Envelope } from "../../acs/cwmp/envelope.js";
import type { DeviceMessage } from "../../acs/cwmp/messages.js";
import type { DeviceInstance } from "../../device-sim/device/instance.js";
import { openGatewayBench } from "../support/gateway-bench.js";
import { openScriptedAcs, type ScriptedAcs } from "../support/scripted-acs.js";
import { openScriptedDhcpServer } from "../support/scripted-dhcp-server.js";

const TABLE = "InternetGatewayDevice.ManagementServer.ManageableDevice.";
const COUNT = "InternetGatewayDevice.ManagementServer.ManageableDeviceNumberOfEntries";
const INFO = "Device.GatewayInfo.";
const toldValue = (envelope: Envelope<DeviceMessage> | null | undefined, name: string): string | undefined =>
  envelope?.message.kind === "Inform" ? envelope.message.parameters.find((one) => one.name === name)?.text : undefined;

describe("device-sim: device-gateway association (TR-069 Annex F)", () => {
  const bench = openGatewayBench();
  const acses: ScriptedAcs[] = [];
  const openAcs = async (): Promise<ScriptedAcs> => {
    const acs = await openScriptedAcs();
    acses.push(acs);
    return acs;
  };
  afterEach(async () => {
    await bench.close();
    await Promise.all(acses.splice(0).map((acs) => acs.close()));
  });

  /** A gateway that hears its LAN, and has met its ACS. */
  const homeGateway = async () => {
    const acs = await openAcs();
    const { gateway, event } = bench.add({ acsUrl: acs.url, lanDhcp: { host: "127.0.0.1", port: 0 } });
    await gateway.powerOn();
    await event("session-ended");
    return { gateway, event, acs, dhcpServer: { host: "127.0.0.1", port: gateway.lanPort ?? 0 } };
  };

  it("the device shows its gateway; the gateway lists the device, once however often it asks", async () => {
    const { gateway: home, dhcpServer } = await homeGateway();
    const behind = bench.add({ acsUrl: (await openAcs()).url, model: "tr181", number: 1, dhcpServer });
    await behind.gateway.powerOn();
    await behind.event("session-ended");
    const names = ["ManufacturerOUI", "ProductClass", "SerialNumber"];
    const identityOf = ({ oui, productClass, serialNumber }: DeviceInstance) => [oui, productClass, serialNumber];
    expect(names.map((leaf) => behind.gateway.read(INFO + leaf))).to.deep.equal(identityOf(home.instance));
    expect(names.map((leaf) => home.read(`${TABLE}1.${leaf}`))).to.deep.equal(identityOf(behind.gateway.instance));
    await behind.gateway.powerOff();
    await behind.gateway.powerOn();
    await behind.event("session-ended", 2);
    expect(home.read(COUNT)).to.equal("1");
  });

  it("a device that finds itself behind another gateway tells it with 4 VALUE CHANGE", async () => {
    const home = await homeGateway();
    const acs = await openAcs();
    const behind = bench.add({ acsUrl: acs.url, model: "tr181", number: 1, dhcpServer: home.dhcpServer });
    await behind.gateway.powerOn();
    await behind.event("session-ended");
    await Promise.all([behind.gateway.powerOff(), home.gateway.powerOff()]);
    const other = bench.add({ acsUrl: (await openAcs()).url, number: 2, lanDhcp: home.dhcpServer });
    await other.gateway.powerOn();
    await behind.gateway.powerOn();
    const { serialNumber } = other.gateway.instance;
    const { envelope } = await acs.post(({ envelope: told }) => toldValue(told, `${INFO}SerialNumber`) === serialNumber);
    expect(envelope?.message).to.deep.include({ kind: "Inform" });
    expect(
      acs
        .informs()
        .at(-1)
        ?.events.map(({ code }) => code),
    ).to.include("4 VALUE CHANGE");
  });

  it("a gateway whose count is notified actively tells its ACS of a new device", async () => {
    const home = await homeGateway();
    home.acs.script(
      { message: { kind: "InformResponse", maxEnvelopes: 1 } },
      {
        message: {
          kind: "SetParameterAttributes",
          parameters: [{ name: COUNT, notification: 2 }],
        },
      },
    );
    home.gateway.triggerPeriodic();
    await home.event("session-ended", 2);
    const behind = bench.add({ acsUrl: (await openAcs()).url, model: "tr181", number: 1, dhcpServer: home.dhcpServer });
    await behind.gateway.powerOn();
    await home.event("session-ended", 3);
    expect(home.acs.informs().at(-1)?.events).to.deep.equal([{ code: "4 VALUE CHANGE", commandKey: "" }]);
  });

  it("a DHCP server that is no such gateway leaves GatewayInfo empty, and makes no session wait", async () => {
    const acs = await openAcs();
    const dhcp = await openScriptedDhcpServer("IPv4", { url: acs.url });
    const { gateway, event } = bench.add({ acsUrl: acs.url, model: "tr181", dhcpServer: { host: dhcp.host, port: dhcp.port } });
    await gateway.powerOn();
    await event("session-ended");
    expect(gateway.read(`${INFO}SerialNumber`)).to.equal("");
    await gateway.powerOff();
    await dhcp.close();
  });

  it("what nobody named, or no DHCPINFORM, is neither listed nor answered; more devices than there is room for change nothing", async () => {
    const { gateway, dhcpServer } = await homeGateway();
    const socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    const answers: Buffer[] = [];
    socket.on("message", (bytes) => answers.push(bytes));
    const send = (bytes: Uint8Array) =>
      new Promise<void>((resolve) => socket.send(bytes, dhcpServer.port, dhcpServer.host, () => resolve()));
    const inform = (serialNumber: string): Buffer => {
      const inner = Buffer.concat([
        Buffer.from([1, 6]),
        Buffer.from("0A1B2C"),
        Buffer.from([2, serialNumber.length]),
        Buffer.from(serialNumber),
      ]);
      const option = Buffer.concat([Buffer.from([125, inner.length + 5, 0, 0, 0x0d, 0xe9, inner.length]), inner]);
      return Buffer.concat([
        Buffer.from([1, 1, 6, 0]),
        Buffer.alloc(232),
        Buffer.from([99, 130, 83, 99, 53, 1, 8]),
        option,
        Buffer.from([255]),
      ]);
    };
    await send(Buffer.from("hello"));
    await send(inform(""));
    for (let at = 0; at < 40; at++) await send(inform(`V-${at}`));
    while (answers.length < 40) await once(socket, "message");
    expect(gateway.read(COUNT)).to.equal("32");
    expect(answers).to.have.length(40);
    socket.close();
  });
});
