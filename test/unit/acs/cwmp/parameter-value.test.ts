/** ParameterValueStruct. Layer: test. */
import { expect } from "chai";
import { MalformedMessage } from "../../../../acs/cwmp/malformed-message.js";
import { canonicalType, readParameterList, writeParameterValues } from "../../../../acs/cwmp/parameter-value.js";
import { scanXml } from "../../../../acs/cwmp/scan-xml.js";
import { attribute, el } from "../../../../acs/cwmp/xml.js";

describe("types of values (TR-069 table A.2)", () => {
  it("are written in one way whatever the device's prefix and case", () => {
    const written = ["xsd:string", "xs:unsignedInt", "XSD:UNSIGNEDINT", "boolean", "a:b:dateTime", " xsd:int "];
    expect(written.map(canonicalType)).to.deep.equal([
      "xsd:string",
      "xsd:unsignedInt",
      "xsd:unsignedInt",
      "xsd:boolean",
      "xsd:dateTime",
      "xsd:int",
    ]);
  });

  it("keep the old SOAP base64, which the device will want back", () => {
    expect(["SOAP-ENC:base64", "soap-enc:base64", "xsd:base64Binary"].map(canonicalType)).to.deep.equal([
      "SOAP-ENC:base64",
      "SOAP-ENC:base64",
      "xsd:base64Binary",
    ]);
  });

  it("missing, empty or nonsense are none (field quirk 12)", () => {
    for (const written of [undefined, "", ":", "object", "xsd:", "constructor", "x".repeat(1_000)])
      expect(canonicalType(written)).to.equal(undefined);
  });
});

describe("ParameterValueStruct (TR-069 A.3.2.2)", () => {
  const read = (items: string): unknown => readParameterList(scanXml(`<r><ParameterList>${items}</ParameterList></r>`));

  it("keeps the value as sent and trims the name", () => {
    expect(
      read("<ParameterValueStruct><Name> Device.A </Name><Value xsi:type='xsd:string'> x </Value></ParameterValueStruct>"),
    ).to.deep.equal([{ name: "Device.A", type: "xsd:string", text: " x " }]);
  });

  it("without a type, or with nonsense for one, is a string that says so (field quirk 12)", () => {
    const untyped = { name: "Device.A", type: "xsd:string", text: "1", untyped: true };
    for (const value of ["<Value>1</Value>", "<Value xsi:type=''>1</Value>", "<Value xsi:type='object'>1</Value>"])
      expect(read(`<ParameterValueStruct><Name>Device.A</Name>${value}</ParameterValueStruct>`)).to.deep.equal([untyped]);
  });

  it("without Name is malformed, and the path says so", () => {
    expect(() => read("<ParameterValueStruct><Value>1</Value></ParameterValueStruct>"))
      .to.throw(MalformedMessage)
      .with.property("path", "ParameterValueStruct/Name");
  });

  it("a list that is missing is malformed; an empty one has no rows (field quirk 19)", () => {
    expect(() => readParameterList(el("GetParameterValuesResponse", {})))
      .to.throw(MalformedMessage)
      .with.property("path", "GetParameterValuesResponse/ParameterList");
    expect(read("")).to.deep.equal([]);
  });

  it("is written with its type and an exact count", () => {
    const list = writeParameterValues([{ name: "Device.A", type: "xsd:int", text: "1" }]);
    expect(attribute(list, "SOAP-ENC:arrayType")).to.equal("cwmp:ParameterValueStruct[1]");
    expect(list.children.map((item) => item.children.map((one) => [one.name, one.text, attribute(one, "xsi:type")]))).to.deep.equal([
      [
        ["Name", "Device.A", undefined],
        ["Value", "1", "xsd:int"],
      ],
    ]);
  });
});
