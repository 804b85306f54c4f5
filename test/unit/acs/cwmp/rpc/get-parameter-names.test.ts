/** GetParameterNames. Layer: test. */
import { expect } from "chai";
import { MalformedMessage } from "../../../../../acs/cwmp/malformed-message.js";
import { readGetParameterNames, readGetParameterNamesResponse } from "../../../../../acs/cwmp/rpc/get-parameter-names.js";
import { scanXml } from "../../../../../acs/cwmp/scan-xml.js";

describe("GetParameterNames (TR-069 A.3.2.3)", () => {
  it("takes an empty path for the root", () => {
    const request = scanXml("<GetParameterNames><ParameterPath/><NextLevel>true</NextLevel></GetParameterNames>");
    expect(readGetParameterNames(request)).to.deep.equal({ kind: "GetParameterNames", path: "", nextLevel: true });
  });

  it("is malformed without ParameterPath or NextLevel", () => {
    expect(() => readGetParameterNames(scanXml("<r><NextLevel>0</NextLevel></r>")))
      .to.throw(MalformedMessage)
      .with.property("path", "r/ParameterPath");
    expect(() => readGetParameterNames(scanXml("<r><ParameterPath/></r>")))
      .to.throw(MalformedMessage)
      .with.property("path", "r/NextLevel");
  });

  it("has a response that is malformed without ParameterList, or without the Name of a row", () => {
    expect(() => readGetParameterNamesResponse(scanXml("<r/>")))
      .to.throw(MalformedMessage)
      .with.property("path", "r/ParameterList");
    const nameless = scanXml("<r><ParameterList><ParameterInfoStruct><Writable>1</Writable></ParameterInfoStruct></ParameterList></r>");
    expect(() => readGetParameterNamesResponse(nameless))
      .to.throw(MalformedMessage)
      .with.property("path", "ParameterInfoStruct/Name");
  });
});
