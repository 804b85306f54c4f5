/** FaultStruct. Layer: test. */
import { expect } from "chai";
import { readFaultStruct, writeFaultStruct } from "../../../../acs/cwmp/fault-struct.js";
import { MalformedMessage } from "../../../../acs/cwmp/malformed-message.js";
import { scanXml } from "../../../../acs/cwmp/scan-xml.js";
import { writeXml } from "../../../../acs/cwmp/write-xml.js";

describe("FaultStruct (TR-069 A.3.3.2, A.4.2.3)", () => {
  it("has a code; a text may be missing", () => {
    expect(readFaultStruct(scanXml("<Fault><FaultCode> 9015 </FaultCode></Fault>"))).to.deep.equal({ faultCode: 9015, faultString: "" });
  });

  it("without a code is malformed: nobody could tell whether it was a success", () => {
    expect(() => readFaultStruct(scanXml("<Fault/>")))
      .to.throw(MalformedMessage)
      .with.property("path", "Fault/FaultCode");
    expect(() => readFaultStruct(scanXml("<Fault><FaultCode>none</FaultCode></Fault>"))).to.throw(MalformedMessage, "not a number");
  });

  it("goes by the name that its message gives it", () => {
    const written = writeXml(writeFaultStruct("Fault", { faultCode: 0, faultString: "" }));
    expect(written).to.equal("<Fault><FaultCode>0</FaultCode><FaultString></FaultString></Fault>");
  });
});
