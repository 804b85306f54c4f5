/** AutonomousTransferComplete. Layer: test. */
import { expect } from "chai";
import { MalformedMessage } from "../../../../../acs/cwmp/malformed-message.js";
import { readAutonomousTransferComplete } from "../../../../../acs/cwmp/rpc/autonomous-transfer-complete.js";
import { scanXml } from "../../../../../acs/cwmp/scan-xml.js";

describe("AutonomousTransferComplete (TR-069 A.3.3.3)", () => {
  it("is malformed if it does not say how the transfer ended", () => {
    expect(() => readAutonomousTransferComplete(scanXml("<r><TransferURL>http://files.example/a</TransferURL></r>")))
      .to.throw(MalformedMessage)
      .with.property("path", "r/FaultStruct");
  });
});
