/** GetParameterAttributes. Layer: test. */
import { expect } from "chai";
import { MalformedMessage } from "../../../../../acs/cwmp/malformed-message.js";
import { readGetParameterAttributes, readGetParameterAttributesResponse } from "../../../../../acs/cwmp/rpc/get-parameter-attributes.js";
import { scanXml } from "../../../../../acs/cwmp/scan-xml.js";

describe("GetParameterAttributes (TR-069 A.3.2.5)", () => {
  it("is malformed without a list of names, or of attributes", () => {
    expect(() => readGetParameterAttributes(scanXml("<r/>")))
      .to.throw(MalformedMessage)
      .with.property("path", "r/ParameterNames");
    expect(() => readGetParameterAttributesResponse(scanXml("<r/>")))
      .to.throw(MalformedMessage)
      .with.property("path", "r/ParameterList");
  });

  it("takes an attribute that is not told for off and nobody, and an empty list for no attributes", () => {
    const list = "<ParameterList><ParameterAttributeStruct><Name>Device.</Name></ParameterAttributeStruct></ParameterList>";
    expect(readGetParameterAttributesResponse(scanXml(`<r>${list}</r>`)).attributes).to.deep.equal([
      { name: "Device.", notification: 0, accessList: [] },
    ]);
    expect(readGetParameterAttributesResponse(scanXml("<r><ParameterList/></r>")).attributes).to.deep.equal([]);
  });
});
