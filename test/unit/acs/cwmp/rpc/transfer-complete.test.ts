/** TransferComplete. Layer: test. */
import { expect } from "chai";
import { MalformedMessage } from "../../../../../acs/cwmp/malformed-message.js";
import { readTransferComplete } from "../../../../../acs/cwmp/rpc/transfer-complete.js";
import { scanXml } from "../../../../../acs/cwmp/scan-xml.js";

describe("TransferComplete (TR-069 A.3.3.2)", () => {
  const fault = (inner: string): ReturnType<typeof readTransferComplete> =>
    readTransferComplete(scanXml(`<TransferComplete><FaultStruct>${inner}</FaultStruct></TransferComplete>`));

  it("is a success by its code alone (field quirk 27)", () => {
    expect(fault("<FaultCode> 0 </FaultCode><FaultString>all well</FaultString>").fault).to.deep.equal({
      faultCode: 0,
      faultString: "all well",
    });
  });

  it("is malformed if it does not say how the transfer ended", () => {
    expect(() => readTransferComplete(scanXml("<TransferComplete/>")))
      .to.throw(MalformedMessage)
      .with.property("path", "TransferComplete/FaultStruct");
    expect(() => fault(""))
      .to.throw(MalformedMessage)
      .with.property("path", "FaultStruct/FaultCode");
    for (const code of ["", "none", "-1"])
      expect(() => fault(`<FaultCode>${code}</FaultCode>`), code).to.throw(MalformedMessage, "not a number");
  });
});
