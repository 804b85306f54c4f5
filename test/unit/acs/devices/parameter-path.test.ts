/**
 * Names as template and instance numbers.
 * Layer: unit.
 */
import { expect } from "chai";
import { codePath, joinPath, pathOrderKey } from "../../../../acs/devices/parameter-path.js";
import { runSeed, seededRandom } from "../../../support/seeded-random.js";

describe("acs/devices/parameter-path", () => {
  it("takes the instance numbers out of a name", () => {
    expect(codePath("InternetGatewayDevice.WANDevice.1.WANConnectionDevice.12.Stats")).to.deep.equal({
      template: "InternetGatewayDevice.WANDevice.{i}.WANConnectionDevice.{i}.Stats",
      instances: "1.12",
    });
    expect(codePath("Device.DeviceInfo.UpTime")).to.deep.equal({ template: "Device.DeviceInfo.UpTime", instances: "" });
    expect(codePath("Device.Hosts.Host.3.")).to.deep.equal({ template: "Device.Hosts.Host.{i}.", instances: "3" });
  });

  it("an alias is an instance as a number is: one template for both, told apart by its brackets (TR-069 3.6.1)", () => {
    expect(codePath("Device.Hosts.Host.[tv].MACAddress")).to.deep.equal({
      template: "Device.Hosts.Host.{i}.MACAddress",
      instances: "[tv]",
    });
    expect(codePath("Device.X.[eth0.7].Y.3.")).to.deep.equal({ template: "Device.X.{i}.Y.{i}.", instances: "[eth0.7].3" });
    expect(codePath("Device.X.[3].P").instances).not.to.equal(codePath("Device.X.3.P").instances);
  });

  it("only canonical instance numbers are numbers (TR-106 3.2): 0, 007 and digits without end are names", () => {
    for (const segment of ["0", "007", "-1", "1a", "12345678901", "１"]) {
      expect(codePath(`Device.${segment}.X`), segment).to.deep.equal({ template: `Device.${segment}.X`, instances: "" });
      expect(codePath(`Device.${segment}.7.X`), segment).to.deep.equal({ template: `Device.${segment}.{i}.X`, instances: "7" });
    }
    expect(codePath("Device.4294967295.X").instances).to.equal("4294967295");
  });

  it("a segment that looks like our mark comes back as it was", () => {
    for (const name of ["Device.{i}.X", "Device.{i}.1.{i}", "{", "{{", "{{i}", "{{{i}.2", "Device.{i", "Device.{0}.3"]) {
      expect(joinPath(codePath(name)), name).to.equal(name);
    }
    expect(codePath("Device.{i}.X").template).not.to.equal(codePath("Device.1.X").template);
  });

  it("law: joinPath(codePath(name)) is name, and different names have different codes", () => {
    const random = seededRandom(runSeed());
    const pieces = [
      "Device",
      "{i}",
      "{",
      "}",
      "{{i}",
      "[a]",
      "[a.b]",
      "[",
      "]",
      "1",
      "2",
      "10",
      "0",
      "01",
      ".",
      ".",
      ".",
      "a",
      "Ä",
      "😀",
      " ",
      "\0",
      "99999999999",
    ];
    const codes = new Map<string, string>();
    for (let i = 0; i < 20_000; i++) {
      const name = random.list(8, () => random.pick(pieces)).join("");
      const { template, instances } = codePath(name);
      expect(joinPath({ template, instances }), `seed ${random.seed}: ${JSON.stringify(name)}`).to.equal(name);
      const code = `${template}|${instances}`;
      expect(codes.get(code) ?? name, `seed ${random.seed}`).to.equal(name);
      codes.set(code, name);
    }
  });

  it("refuses numbers that do not fit the template", () => {
    for (const coded of [
      { template: "Device.{i}.X", instances: "" },
      { template: "Device.{i}.X", instances: "1.2" },
      { template: "Device.X", instances: "1" },
    ]) {
      expect(() => joinPath(coded)).to.throw(RangeError);
    }
  });

  it("path order: an object before what it holds, instance 2 before 10, neighbours that share a beginning apart", () => {
    const ordered = ["A", "A.", "A.1.X", "A.2", "A.2.B", "A.10.X", "A.B", "A.B.C", "A-B", "AB"];
    const sorted = [...ordered].reverse().sort((a, b) => (pathOrderKey(a) < pathOrderKey(b) ? -1 : 1));
    expect(sorted).to.deep.equal(ordered);
  });
});
