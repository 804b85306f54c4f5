/**
 * The files that a device can send.
 * Spec: TR-069 A.4.1.5.
 */
import { expect } from "chai";
import { indexModel } from "../../../../device-sim/device/model-index.js";
import { newTree } from "../../../../device-sim/device/parameter-tree.js";
import { uploadContent } from "../../../../device-sim/device/upload-content.js";
import { tr098VoiceGateway } from "../../../../schemas/data-models/tr098-voice-gateway.js";

const R = "InternetGatewayDevice.";
const stored = new Map([
  [`${R}Time.NTPServer1`, 'a "b"\nc'],
  [`${R}ManagementServer.Password`, "secret"],
]);
const tree = newTree(indexModel(tr098VoiceGateway), stored);
const content = (fileType: string, log: readonly string[] = []) => Buffer.from(uploadContent(tree, fileType, log)).toString();

describe("TR-069 A.4.1.5: what Upload sends", () => {
  it("the configuration: what can be set, a line each whatever is in the value", () => {
    const lines = content("1 Vendor Configuration File").split("\n");
    expect(lines).to.include(`${R}Time.NTPServer1="a \\"b\\"\\nc"`);
    expect(lines.some((line) => line.includes("DeviceInfo.UpTime"))).to.equal(false);
    expect(lines.at(-1)).to.equal("");
  });
  it("no secret is in it", () => {
    expect(content("3 Vendor Configuration File 1")).to.not.match(/secret|Password/);
  });
  it("the log, oldest line first", () => {
    expect(content("2 Vendor Log File", ["one", "two"])).to.equal("one\ntwo\n");
  });
});
