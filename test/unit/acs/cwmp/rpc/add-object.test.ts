/** AddObject. Layer: test. */
import { expect } from "chai";
import { MalformedMessage } from "../../../../../acs/cwmp/malformed-message.js";
import { readAddObject, readAddObjectResponse } from "../../../../../acs/cwmp/rpc/add-object.js";
import { scanXml } from "../../../../../acs/cwmp/scan-xml.js";

describe("AddObject (TR-069 A.3.2.6)", () => {
  it("is malformed without a name; a missing key is an empty one", () => {
    expect(() => readAddObject(scanXml("<r/>")))
      .to.throw(MalformedMessage)
      .with.property("path", "r/ObjectName");
    expect(readAddObject(scanXml("<r><ObjectName> Device.Users.User. </ObjectName></r>"))).to.deep.equal({
      kind: "AddObject",
      objectName: "Device.Users.User.",
      parameterKey: "",
    });
  });

  it("tells the number of the new instance, or is malformed: the object could not be found again", () => {
    for (const number of ["", "new", "-1"])
      expect(() => readAddObjectResponse(scanXml(`<r><InstanceNumber>${number}</InstanceNumber></r>`)), number).to.throw(MalformedMessage);
    expect(() => readAddObjectResponse(scanXml("<r><Status>0</Status></r>")))
      .to.throw(MalformedMessage)
      .with.property("path", "r/InstanceNumber");
  });
});
