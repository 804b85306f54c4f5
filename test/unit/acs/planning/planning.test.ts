/** Names, batches, and how values are written. */
import { expect } from "chai";
import { DEFAULT_MODEL_POLICY } from "../../../../acs/devices/model-policy.js";
import { batchesOf, halvesOf } from "../../../../acs/planning/batches.js";
import { instancesOf, isDiscovered, leavesOf, parentOf } from "../../../../acs/planning/discovered-names.js";
import { isReachabilitySetting } from "../../../../acs/planning/reachability.js";
import { isSameValue, writeForm } from "../../../../acs/planning/write-form.js";

const named = (...names: readonly string[]) => names.map((name) => ({ name }));

describe("batches", () => {
  it("keep the order, lose nothing, and none is empty", () => {
    expect(batchesOf([1, 2, 3, 4, 5], 2)).to.deep.equal([[1, 2], [3, 4], [5]]);
    expect(batchesOf([], 2)).to.deep.equal([]);
    expect(halvesOf([1, 2, 3])).to.deep.equal([[1, 2], [3]]);
    expect(() => halvesOf([1])).to.throw(RangeError);
  });
});

describe("discovered names (TR-069 A.3.2.3)", () => {
  it("leaves are what is no object, its dot forgotten or not", () => {
    expect(leavesOf(named("D.", "D.A", "D.B", "D.B.1", "D.B.1.X", "D.Bx", ""))).to.deep.equal(named("D.A", "D.B.1.X", "D.Bx"));
  });
  it("instances are numbers right below the table, 0 among them (quirk 18)", () => {
    expect(instancesOf(named("T.", "T.0.", "T.3", "T.3.", "T.x.", "T.4.X", "U.5."), "T.")).to.deep.equal([0, 3]);
  });
  it("an object is found with its dot and without", () => {
    expect([isDiscovered(named("D.A."), "D.A."), isDiscovered(named("D.A"), "D.A."), isDiscovered(named("D.AB"), "D.A")]).to.deep.equal([
      true,
      true,
      false,
    ]);
  });
  it("parents end in a dot; the root has none", () => {
    expect(["D.A.B", "D.A.B.", "D.", "D"].map(parentOf)).to.deep.equal(["D.A.", "D.A.", "", ""]);
  });
});

describe("reachability settings", () => {
  it("are those of ManagementServer that contact depends on, and the WAN side of both models", () => {
    const settings = ["URL", "Username", "Password", "PeriodicInformInterval", "ConnectionRequestPassword"].map(
      (last) => `ManagementServer.${last}`,
    );
    const wan = ["WANDevice.1.WANConnectionDevice.1.WANPPPConnection.1.Username", "PPP.Interface.1.Password", "IP.Interface.1.Enable"];
    for (const name of [...settings, ...wan]) expect(isReachabilitySetting(`Device.${name}`), name).to.equal(true);
  });
  it("are no others", () => {
    for (const name of ["Time.NTPServer1", "ManagementServer.UpgradesManaged", "LANDevice.1.X", "Services.VoiceService.1.X"])
      expect(isReachabilitySetting(`Device.${name}`), name).to.equal(false);
  });
});

describe("how values are written (quirks 14, 15)", () => {
  const words = { ...DEFAULT_MODEL_POLICY, booleans: "words" } as const;
  it("booleans as the model wants them", () => {
    expect(["1", "true", "0", "false"].map((value) => writeForm("xsd:boolean", value, DEFAULT_MODEL_POLICY))).to.deep.equal([
      "1",
      "1",
      "0",
      "0",
    ]);
    expect(["1", "0"].map((value) => writeForm("xsd:boolean", value, words))).to.deep.equal(["true", "false"]);
    expect(writeForm("xsd:string", "true", DEFAULT_MODEL_POLICY)).to.equal("true");
  });
  it("times without fractions unless the model takes them", () => {
    const time = "2026-01-01T12:00:00.123+02:00";
    expect(writeForm("xsd:dateTime", time, DEFAULT_MODEL_POLICY)).to.equal("2026-01-01T12:00:00+02:00");
    expect(writeForm("xsd:dateTime", time, { ...DEFAULT_MODEL_POLICY, dateTimeFractions: true })).to.equal(time);
  });
  it("values are the same in another spelling of their type only", () => {
    expect(isSameValue("xsd:boolean", "True", "1")).to.equal(true);
    expect(isSameValue("xsd:dateTime", "2026-01-01T10:00:00Z", "2026-01-01T12:00:00.9+02:00")).to.equal(true);
    expect(isSameValue("xsd:dateTime", "2026-01-01T10:00:00", "2026-01-01T10:00:00Z"), "no zone: local time").to.equal(false);
    expect(isSameValue("xsd:string", "1", "true")).to.equal(false);
  });
});
