/**
 * What a voice-signalled gateway tells, in its tree.
 * Spec: US 2012/0089717 A1 [0049], [0070]. Layer: test.
 */
import { expect } from "chai";
import { nmsRoot, toldByNms } from "../../../../acs/devices/nms-tree.js";
import type { GatewayMessage } from "../../../../acs/nms/gateway-message.js";
import { IDENTITY } from "../../../support/builders.js";
import { NO_INFORMATION } from "../../../support/nms-gateway.js";

const message = (more: Partial<GatewayMessage> = {}): GatewayMessage => ({
  ...{ kind: "registration", identity: IDENTITY, information: NO_INFORMATION, lastAction: null, parameters: [], ...more },
});
const values = (told: GatewayMessage, root = "Device."): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(toldByNms(told, root).map(({ name, value }) => [name, value?.text]));

describe("the tree of a voice-signalled gateway", () => {
  it("has the standard's names for what the standard names, and ours for the rest", () => {
    const information = { ...NO_INFORMATION, softwareVersion: "1.0.3", ip: "10.40.41.36", fileName: "h260ver" };
    expect(values(message({ information }))).to.deep.equal({
      "Device.DeviceInfo.ManufacturerOUI": "0A1B2C",
      "Device.DeviceInfo.ProductClass": "VG2000",
      "Device.DeviceInfo.SerialNumber": "VG2K00000001",
      "Device.DeviceInfo.SoftwareVersion": "1.0.3",
      "Device.X_REVEILLE_NMS.IPAddress": "10.40.41.36",
      "Device.X_REVEILLE_NMS.FileName": "h260ver",
    });
  });

  it("has the outcome of the last action", () => {
    const lastAction = { id: "01task", action: "reboot", result: "success", detail: "" } as const;
    expect(values(message({ lastAction }))).to.include({
      "Device.X_REVEILLE_NMS.LastAction.ID": "01task",
      "Device.X_REVEILLE_NMS.LastAction.Result": "success",
      "Device.X_REVEILLE_NMS.LastAction.Detail": "",
    });
  });

  it("has the parameters that it tells, under its root only, and no secret", () => {
    const parameters = [
      { name: "Device.Time.NTPServer1", value: "ntp.example" },
      { name: "Device.ManagementServer.Password", value: "s3cret" },
      { name: "InternetGatewayDevice.A", value: "of another root" },
      { name: "Device.Time.", value: "an object has no value" },
    ];
    const told = values(message({ parameters }));
    expect(told).to.include({ "Device.Time.NTPServer1": "ntp.example", "Device.ManagementServer.Password": "" });
    expect(told).to.not.have.any.keys("InternetGatewayDevice.A", "Device.Time.");
  });

  it("has the root of the parameters that it tells, else the known one, else TR-181's", () => {
    const parameters = [{ name: "InternetGatewayDevice.A", value: "" }];
    expect(nmsRoot({ parameters }, "Device.")).to.equal("InternetGatewayDevice.");
    expect(nmsRoot({ parameters: [] }, "InternetGatewayDevice.")).to.equal("InternetGatewayDevice.");
    expect(nmsRoot({ parameters: [] }, null)).to.equal("Device.");
  });
});
