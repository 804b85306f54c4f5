/** ScheduleDownload. Layer: test. */
import { expect } from "chai";
import { MalformedMessage } from "../../../../../acs/cwmp/malformed-message.js";
import { readScheduleDownload } from "../../../../../acs/cwmp/rpc/schedule-download.js";
import { scanXml } from "../../../../../acs/cwmp/scan-xml.js";

const read = (windows: string): ReturnType<typeof readScheduleDownload> =>
  readScheduleDownload(scanXml(`<r><FileType>1 Firmware Upgrade Image</FileType><URL>http://files.example/a</URL>${windows}</r>`));

describe("ScheduleDownload (TR-069 A.4.1.8)", () => {
  it("is malformed without windows of time", () => {
    expect(() => read(""))
      .to.throw(MalformedMessage)
      .with.property("path", "r/TimeWindowList");
    expect(() => read("<TimeWindowList><TimeWindowStruct><WindowStart>0</WindowStart></TimeWindowStruct></TimeWindowList>"))
      .to.throw(MalformedMessage)
      .with.property("path", "TimeWindowStruct/WindowEnd");
  });

  it("leaves the retries to the device if they are not told", () => {
    const window = "<WindowStart>0</WindowStart><WindowEnd>60</WindowEnd><WindowMode>2 Immediately</WindowMode>";
    const { timeWindows } = read(`<TimeWindowList><TimeWindowStruct>${window}</TimeWindowStruct></TimeWindowList>`);
    expect(timeWindows).to.deep.equal([{ startS: 0, endS: 60, mode: "2 Immediately", userMessage: "", maxRetries: -1 }]);
  });
});
