/** GetRPCMethods. Layer: test. */
import { expect } from "chai";
import { MalformedMessage } from "../../../../../acs/cwmp/malformed-message.js";
import { readGetRPCMethodsResponse } from "../../../../../acs/cwmp/rpc/get-rpc-methods.js";
import { scanXml } from "../../../../../acs/cwmp/scan-xml.js";

describe("GetRPCMethodsResponse (TR-069 A.3.1.1)", () => {
  it("is malformed without MethodList", () => {
    expect(() => readGetRPCMethodsResponse(scanXml("<GetRPCMethodsResponse/>")))
      .to.throw(MalformedMessage)
      .with.property("path", "GetRPCMethodsResponse/MethodList");
  });

  it("lists vendor methods too, in the order sent", () => {
    const list = "<MethodList><string>Reboot</string><string>X_EXAMPLE_Dance</string></MethodList>";
    expect(readGetRPCMethodsResponse(scanXml(`<r>${list}</r>`)).methods).to.deep.equal(["Reboot", "X_EXAMPLE_Dance"]);
  });
});
