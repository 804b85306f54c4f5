/** GetParameterValues. Rows of the response: parameter-value.test.ts. Layer: test. */
import { expect } from "chai";
import { MalformedMessage } from "../../../../../acs/cwmp/malformed-message.js";
import { readGetParameterValues, readGetParameterValuesResponse } from "../../../../../acs/cwmp/rpc/get-parameter-values.js";
import { scanXml } from "../../../../../acs/cwmp/scan-xml.js";

describe("GetParameterValues (TR-069 A.3.2.2)", () => {
  it('reads "" as the whole tree, not as nothing', () => {
    const request = scanXml("<r><ParameterNames><string/><string>Device.Time.</string></ParameterNames></r>");
    expect(readGetParameterValues(request).names).to.deep.equal(["", "Device.Time."]);
  });

  it("is malformed without its list, both ways", () => {
    expect(() => readGetParameterValues(scanXml("<r/>")))
      .to.throw(MalformedMessage)
      .with.property("path", "r/ParameterNames");
    expect(() => readGetParameterValuesResponse(scanXml("<r/>")))
      .to.throw(MalformedMessage)
      .with.property("path", "r/ParameterList");
  });

  it("ignores what stands in the list but is no ParameterValueStruct", () => {
    const list = "<Other/><ParameterValueStruct><Name>A</Name><Value>1</Value></ParameterValueStruct><Other/>";
    expect(readGetParameterValuesResponse(scanXml(`<r><ParameterList>${list}</ParameterList></r>`)).values).to.have.lengthOf(1);
  });
});
