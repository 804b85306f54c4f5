/**
 * Lexical rules of parameter values.
 * Spec: TR-106 data types; TR-069 A.5.1 (9006, 9007).
 */
import { expect } from "chai";
import { readValue } from "../../../../device-sim/device/parameter-value.js";
import type { ParameterType } from "../../../../schemas/data-models/data-model.js";

const text = (type: ParameterType, value: string, declared = ""): string | number => {
  const read = readValue(type, declared, value);
  return read.ok ? read.text : read.faultCode;
};

describe("TR-106: values of parameters", () => {
  it("all four lexical booleans are taken and kept as 0 and 1", () => {
    expect(["0", "1", "false", "true"].map((value) => text({ base: "boolean" }, value))).to.deep.equal(["0", "1", "0", "1"]);
    for (const wrong of ["TRUE", "yes", "", "2", "constructor"]) expect(text({ base: "boolean" }, wrong), wrong).to.equal(9007);
  });
  it("numbers lose their leading zeros and keep to their range", () => {
    const type: ParameterType = { base: "unsignedInt", min: 1, max: 4_294_967_295 };
    expect(text(type, "007")).to.equal("7");
    expect(text(type, " 4294967295 ")).to.equal("4294967295");
    for (const wrong of ["0", "-1", "4294967296", "1.0", "", "1e3", "9".repeat(21)]) expect(text(type, wrong), wrong).to.equal(9007);
    expect(text({ base: "int", min: -1 }, "-1")).to.equal("-1");
  });
  it("a wrong xsi:type is forgiven if the text fits, else it is 9006", () => {
    expect(text({ base: "boolean" }, "1", "xsd:string")).to.equal("1");
    expect(text({ base: "boolean" }, "maybe", "xsd:string")).to.equal(9006);
    expect(text({ base: "boolean" }, "maybe", "xsd:boolean")).to.equal(9007);
    expect(text({ base: "string" }, "5", "xsd:unsignedInt")).to.equal("5");
  });
  it("the size of a string counts characters, not octets or UTF-16 units", () => {
    expect(text({ base: "string", charactersMax: 2 }, "ü😀")).to.equal("ü😀");
    expect(text({ base: "string", charactersMax: 2 }, "abc")).to.equal(9007);
  });
  it("enumerations are case-sensitive, and of a diagnostics state only Requested may be set", () => {
    expect(text({ base: "string", values: ["Enabled"] }, "enabled")).to.equal(9007);
    const state: ParameterType = { base: "string", values: ["None", "Requested", "Complete"], writableValues: ["Requested"] };
    expect(text(state, "Requested")).to.equal("Requested");
    expect(text(state, "Complete")).to.equal(9007);
  });
  it("times are ISO 8601, with or without a zone", () => {
    const type: ParameterType = { base: "dateTime" };
    for (const time of ["0001-01-01T00:00:00Z", "2026-01-31T23:59:59+01:00", "0001-01-03T03:04:05", "2026-01-01T00:00:00.5Z"]) {
      expect(text(type, time)).to.equal(time);
    }
    for (const wrong of ["2026-13-01T00:00:00Z", "2026-01-01", "yesterday", "2026-01-01T24:00:00Z", ""])
      expect(text(type, wrong), wrong).to.equal(9007);
  });
  it("an address is a dotted quad, a MAC address six octets, and either may be unset", () => {
    const ip: ParameterType = { base: "string", format: "ip-address" };
    expect(["192.0.2.1", ""].map((value) => text(ip, value))).to.deep.equal(["192.0.2.1", ""]);
    for (const wrong of ["256.0.0.1", "1.2.3", "1.2.3.4.5"]) expect(text(ip, wrong), wrong).to.equal(9007);
    expect(text({ base: "string", format: "mac-address" }, "02:00:00:00:00:0g")).to.equal(9007);
  });
});
