/** SetParameterValues. Layer: test. */
import { expect } from "chai";
import { MalformedMessage } from "../../../../../acs/cwmp/malformed-message.js";
import { readSetParameterValues, readSetParameterValuesResponse } from "../../../../../acs/cwmp/rpc/set-parameter-values.js";
import { scanXml } from "../../../../../acs/cwmp/scan-xml.js";

describe("SetParameterValues (TR-069 A.3.2.1)", () => {
  it("is malformed without ParameterList; without ParameterKey the key is empty", () => {
    expect(() => readSetParameterValues(scanXml("<r><ParameterKey>k</ParameterKey></r>")))
      .to.throw(MalformedMessage)
      .with.property("path", "r/ParameterList");
    expect(readSetParameterValues(scanXml("<r><ParameterList/></r>"))).to.deep.equal({
      kind: "SetParameterValues",
      values: [],
      parameterKey: "",
    });
  });

  it("has a response that is not believed applied unless it says 0 (field quirk 28)", () => {
    const status = (text: string): number => readSetParameterValuesResponse(scanXml(`<r>${text}</r>`)).status;
    expect(["<Status>0</Status>", "<Status>1</Status>", "<Status>7</Status>", "<Status/>", ""].map(status)).to.deep.equal([0, 1, 1, 1, 1]);
  });
});
