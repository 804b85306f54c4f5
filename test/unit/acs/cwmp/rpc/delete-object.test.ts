/** DeleteObject. Layer: test. */
import { expect } from "chai";
import { MalformedMessage } from "../../../../../acs/cwmp/malformed-message.js";
import { readDeleteObject, readDeleteObjectResponse } from "../../../../../acs/cwmp/rpc/delete-object.js";
import { scanXml } from "../../../../../acs/cwmp/scan-xml.js";

describe("DeleteObject (TR-069 A.3.2.7)", () => {
  it("is malformed without a name; a missing key is an empty one", () => {
    expect(() => readDeleteObject(scanXml("<r/>")))
      .to.throw(MalformedMessage)
      .with.property("path", "r/ObjectName");
    expect(readDeleteObject(scanXml("<r><ObjectName>Device.Users.User.2.</ObjectName></r>")).parameterKey).to.equal("");
  });

  it("is not yet in force if the response does not say so (field quirk 28)", () => {
    expect(readDeleteObjectResponse(scanXml("<r/>")).status).to.equal(1);
  });
});
