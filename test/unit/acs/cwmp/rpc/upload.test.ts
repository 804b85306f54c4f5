/** Upload. Layer: test. */
import { expect } from "chai";
import { MalformedMessage } from "../../../../../acs/cwmp/malformed-message.js";
import { readUpload } from "../../../../../acs/cwmp/rpc/upload.js";
import { scanXml } from "../../../../../acs/cwmp/scan-xml.js";

describe("Upload (TR-069 A.4.1.5)", () => {
  it("is malformed without FileType or URL; the rest has a meaning when absent", () => {
    expect(() => readUpload(scanXml("<r><URL>http://files.example/a</URL></r>")))
      .to.throw(MalformedMessage)
      .with.property("path", "r/FileType");
    expect(() => readUpload(scanXml("<r><FileType>2 Vendor Log File</FileType></r>")))
      .to.throw(MalformedMessage)
      .with.property("path", "r/URL");
    const least = scanXml("<r><FileType>2 Vendor Log File</FileType><URL>http://files.example/a</URL></r>");
    expect(readUpload(least)).to.include({ commandKey: "", username: "", password: "", delayS: 0 });
  });
});
