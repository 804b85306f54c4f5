/**
 * Gateways and the managed devices behind them, over REST.
 * Spec: TR-111 part 1; TR-098 and TR-181 (ManageableDevice), TR-106 (GatewayInfo). Layer: integration.
 */
import { expect } from "chai";
import { LAN_DEVICES_MAX } from "../../acs/devices/lan-neighbours.js";
import { GATEWAY, GATEWAY_ID, type RestServer, startRestServer } from "../support/rest-server.js";

const PHONE = { oui: "0A1B2C", productClass: "IPPhone", serialNumber: "P-1" };
const PHONE_ID = "0A1B2C-IPPhone-P%2D1";
const TABLE = "InternetGatewayDevice.ManagementServer.ManageableDevice.";

describe("REST: gateways and the devices behind them (TR-111)", () => {
  let server: RestServer;
  beforeEach(async () => {
    server = await startRestServer();
    await server.call("POST", "/api/devices", GATEWAY);
  });
  afterEach(() => server.close());

  const told = (deviceId: string, root: string, values: Readonly<Record<string, string>>) =>
    server.stores.devices.recordInform({
      ...{ deviceId, atMs: server.clock.now(), manufacturer: "", root, cwmpNamespace: "urn:dslforum-org:cwmp-1-2" },
      parameters: Object.entries(values).map(([name, text]) => ({ name, value: { type: "xsd:string", text } })),
      ...{ bootstrap: false, cause: { kind: "inform", ref: "t" }, newTasks: [], diagnosticReadIds: [], events: [], unknownSettleMs: 1_000 },
    });
  const row = (segment: string, { oui, productClass, serialNumber }: typeof PHONE) => ({
    [`${TABLE}${segment}.ManufacturerOUI`]: oui,
    [`${TABLE}${segment}.ProductClass`]: productClass,
    [`${TABLE}${segment}.SerialNumber`]: serialNumber,
    [`${TABLE}${segment}.Host`]: "",
  });
  const lanOf = async (id: string) => (await server.call("GET", `/api/devices/${encodeURIComponent(id)}/lan`)).body;

  it("a gateway shows whom it lists, with the ids of those that are registered here", async () => {
    const stranger = { ...PHONE, serialNumber: "P-2" };
    await server.call("POST", "/api/devices", { ...PHONE, password: "x" });
    await told(GATEWAY_ID, "InternetGatewayDevice.", { ...row("3", PHONE), ...row("[cpe-4]", stranger) });
    expect(await lanOf(GATEWAY_ID)).to.deep.equal({
      gateway: null,
      devices: [
        { ...PHONE, row: `${TABLE}3.`, device: PHONE_ID },
        { ...stranger, row: `${TABLE}[cpe-4].`, device: null },
      ],
      proxied: [],
    });
  });

  it("a proxier shows the devices that it stands for, each managed under its own identity", async () => {
    await server.call("POST", "/api/devices", { ...PHONE, password: "x" });
    const virtual = Object.entries(row("1", PHONE)).map(([name, text]) => [name.replace("ManageableDevice", "VirtualDevice"), text]);
    await told(GATEWAY_ID, "InternetGatewayDevice.", Object.fromEntries(virtual));
    const proxied = [{ ...PHONE, row: "InternetGatewayDevice.ManagementServer.VirtualDevice.1.", device: PHONE_ID }];
    expect(await lanOf(GATEWAY_ID)).to.deep.equal({ gateway: null, devices: [], proxied });
  });

  it("a device behind a gateway shows which one", async () => {
    await server.call("POST", "/api/devices", { ...PHONE, password: "x" });
    await told(PHONE_ID, "Device.", {
      "Device.GatewayInfo.ManufacturerOUI": GATEWAY.oui,
      "Device.GatewayInfo.ProductClass": GATEWAY.productClass,
      "Device.GatewayInfo.SerialNumber": GATEWAY.serialNumber,
    });
    const { oui, productClass, serialNumber } = GATEWAY;
    expect(await lanOf(PHONE_ID)).to.deep.equal({
      gateway: { oui, productClass, serialNumber, device: GATEWAY_ID },
      devices: [],
      proxied: [],
    });
  });

  it("who is not named is not shown: an empty GatewayInfo, a row without serial number, a device that never called", async () => {
    expect(await lanOf(GATEWAY_ID)).to.deep.equal({ gateway: null, devices: [], proxied: [] });
    const nobody = { "InternetGatewayDevice.GatewayInfo.ManufacturerOUI": "", "InternetGatewayDevice.GatewayInfo.SerialNumber": "" };
    await told(GATEWAY_ID, "InternetGatewayDevice.", { ...nobody, ...row("1", { ...PHONE, serialNumber: "" }) });
    expect(await lanOf(GATEWAY_ID)).to.deep.equal({ gateway: null, devices: [], proxied: [] });
  });

  it("shows so many rows at most", async () => {
    const rows = Array.from({ length: LAN_DEVICES_MAX + 1 }, (_, at) => row(String(at + 1), { ...PHONE, serialNumber: `P${at}` }));
    await told(GATEWAY_ID, "InternetGatewayDevice.", Object.assign({}, ...rows));
    expect((await lanOf(GATEWAY_ID)).devices).to.have.length(LAN_DEVICES_MAX);
  });

  it("answers 404 for a device that is not there", async () => {
    expect((await server.call("GET", "/api/devices/none/lan")).status).to.equal(404);
  });
});
