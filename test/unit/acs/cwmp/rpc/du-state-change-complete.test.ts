/** DUStateChangeComplete. Layer: test. */
import { expect } from "chai";
import { MalformedMessage } from "../../../../../acs/cwmp/malformed-message.js";
import { readAutonomousDUStateChangeComplete } from "../../../../../acs/cwmp/rpc/autonomous-du-state-change-complete.js";
import { readDUStateChangeComplete } from "../../../../../acs/cwmp/rpc/du-state-change-complete.js";
import { scanXml } from "../../../../../acs/cwmp/scan-xml.js";

const LEAST = {
  uuid: "",
  deploymentUnitRef: "",
  version: "",
  currentState: "",
  resolved: false,
  executionUnitRefs: [],
  startTime: "0001-01-01T00:00:00Z",
  completeTime: "0001-01-01T00:00:00Z",
  fault: { faultCode: 9028, faultString: "" },
};
const message = scanXml("<r><Results><Fault><FaultCode>9028</FaultCode></Fault></Results></r>");

describe("DUStateChangeComplete, AutonomousDUStateChangeComplete (TR-069 A.4.2.3, A.4.2.4)", () => {
  it("tells of each result at least how it ended", () => {
    expect(readDUStateChangeComplete(message)).to.deep.equal({ kind: "DUStateChangeComplete", results: [LEAST], commandKey: "" });
    expect(readAutonomousDUStateChangeComplete(message).results).to.deep.equal([{ ...LEAST, operationPerformed: "" }]);
  });

  it("is malformed if it does not", () => {
    const silent = scanXml("<r><Results><CurrentState>Installed</CurrentState></Results></r>");
    for (const read of [readDUStateChangeComplete, readAutonomousDUStateChangeComplete])
      expect(() => read(silent))
        .to.throw(MalformedMessage)
        .with.property("path", "Results/Fault");
  });
});
