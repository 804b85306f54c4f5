/** ScheduleInform. Layer: test. */
import { expect } from "chai";
import { readScheduleInform } from "../../../../../acs/cwmp/rpc/schedule-inform.js";
import { scanXml } from "../../../../../acs/cwmp/scan-xml.js";

describe("ScheduleInform (TR-069 A.4.1.2)", () => {
  it("without a delay that is a number has the delay 0, which a device refuses", () => {
    for (const delay of ["", "<DelaySeconds>soon</DelaySeconds>", "<DelaySeconds>-5</DelaySeconds>"])
      expect(readScheduleInform(scanXml(`<r>${delay}</r>`)), delay).to.deep.equal({ kind: "ScheduleInform", delayS: 0, commandKey: "" });
  });
});
