/**
 * What tells simulated devices apart, and the firmware they take.
 */
import { expect } from "chai";
import { firmwareVersion, makeFirmware } from "../../../../device-sim/device/firmware.js";
import { deviceInstance, INSTANCE_LIMITS } from "../../../../device-sim/device/instance.js";
import { indexModel } from "../../../../device-sim/device/model-index.js";
import { tr098VoiceGateway } from "../../../../schemas/data-models/tr098-voice-gateway.js";

const index = indexModel(tr098VoiceGateway);

describe("device-sim: instances", () => {
  it("the same seed and number give the same device", () => {
    expect(deviceInstance(index, 7, 3, 1_001)).to.deep.equal({
      oui: "0A1B2C",
      productClass: "VG2000",
      serialNumber: "VG2K0007000003",
      macAddress: "02:00:07:00:00:03",
      lineNumber: "1004",
    });
  });
  it("devices of different seeds or numbers share neither serial number nor MAC address", () => {
    const { indexMax, seedMax } = INSTANCE_LIMITS;
    const all = [0, 1, 255, 256, seedMax].flatMap((seed) =>
      [0, 1, 255, 256, 65_536, indexMax].map((number) => deviceInstance(index, seed, number, 1)),
    );
    expect(new Set(all.map(({ serialNumber }) => serialNumber)).size).to.equal(all.length);
    expect(new Set(all.map(({ macAddress }) => macAddress)).size).to.equal(all.length);
    for (const { macAddress } of all) expect(macAddress).to.match(/^02(:[0-9A-F]{2}){5}$/);
  });
});

describe("device-sim: firmware images", () => {
  it("the version stands in the first line, the size is as asked", () => {
    const image = makeFirmware("4.0.0-rc1", 1_000);
    expect(image).to.have.length(1_000);
    expect(firmwareVersion(image)).to.equal("4.0.0-rc1");
  });
  it("anything else is no image", () => {
    for (const text of [
      "",
      "REVEILLE-FIRMWARE 4.0.0",
      "REVEILLE-FIRMWARE \n",
      "REVEILLE-FIRMWARE 4 0\n",
      " REVEILLE-FIRMWARE 4\n",
      `REVEILLE-FIRMWARE ${"9".repeat(65)}\n`,
    ]) {
      expect(firmwareVersion(Buffer.from(text)), text).to.equal(undefined);
    }
  });
});
