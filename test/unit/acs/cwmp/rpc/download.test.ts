/** Download. Layer: test. */
import { expect } from "chai";
import { MalformedMessage } from "../../../../../acs/cwmp/malformed-message.js";
import { readDownload, readDownloadResponse } from "../../../../../acs/cwmp/rpc/download.js";
import { scanXml } from "../../../../../acs/cwmp/scan-xml.js";

describe("Download (TR-069 A.3.2.8)", () => {
  it("is malformed without FileType or URL; the rest has a meaning when absent", () => {
    expect(() => readDownload(scanXml("<r><URL>http://files.example/a</URL></r>")))
      .to.throw(MalformedMessage)
      .with.property("path", "r/FileType");
    expect(() => readDownload(scanXml("<r><FileType>1 Firmware Upgrade Image</FileType></r>")))
      .to.throw(MalformedMessage)
      .with.property("path", "r/URL");
    const least = scanXml("<r><FileType>1 Firmware Upgrade Image</FileType><URL>http://files.example/a</URL></r>");
    expect(readDownload(least)).to.include({ commandKey: "", username: "", password: "", fileSizeBytes: 0, delayS: 0 });
  });

  it("has a response of unknown times if it tells none, empty ones included (field quirk 28)", () => {
    const unknown = "0001-01-01T00:00:00Z";
    const expected = { kind: "DownloadResponse", status: 0, startTime: unknown, completeTime: unknown };
    expect(readDownloadResponse(scanXml("<r><Status>0</Status><StartTime/></r>"))).to.deep.equal(expected);
  });
});
