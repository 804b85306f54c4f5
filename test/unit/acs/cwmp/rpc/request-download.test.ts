/** RequestDownload. Layer: test. */
import { expect } from "chai";
import { MalformedMessage } from "../../../../../acs/cwmp/malformed-message.js";
import { readRequestDownload } from "../../../../../acs/cwmp/rpc/request-download.js";
import { scanXml } from "../../../../../acs/cwmp/scan-xml.js";

describe("RequestDownload (TR-069 A.4.2.2)", () => {
  it("says what kind of file is wanted; arguments may be missing", () => {
    expect(() => readRequestDownload(scanXml("<r/>")))
      .to.throw(MalformedMessage)
      .with.property("path", "r/FileType");
    expect(readRequestDownload(scanXml("<r><FileType>2 Web Content</FileType></r>"))).to.deep.equal({
      kind: "RequestDownload",
      fileType: "2 Web Content",
      fileTypeArgs: [],
    });
  });
});
