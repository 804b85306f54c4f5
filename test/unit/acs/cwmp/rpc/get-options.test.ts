/** GetOptions. Layer: test. */
import { expect } from "chai";
import { readGetOptions, readGetOptionsResponse, writeGetOptionsResponse } from "../../../../../acs/cwmp/rpc/get-options.js";
import { scanXml } from "../../../../../acs/cwmp/scan-xml.js";
import { writeXml } from "../../../../../acs/cwmp/write-xml.js";

describe("GetOptions (TR-069 A.4.1.4)", () => {
  it("asks for all options if it names none", () => {
    expect(readGetOptions(scanXml("<r/>"))).to.deep.equal({ kind: "GetOptions", optionName: "" });
  });

  it("tells an option that never expires by leaving the date out", () => {
    const read = readGetOptionsResponse(
      scanXml("<r><OptionList><OptionStruct><OptionName>Fax</OptionName></OptionStruct></OptionList></r>"),
    );
    expect(read.options).to.deep.equal([
      {
        ...{ optionName: "Fax", voucherSerialNumber: 0, state: 0, mode: 0 },
        ...{ startDate: "0001-01-01T00:00:00Z", expirationDate: "", isTransferable: false },
      },
    ]);
    expect(writeXml(writeGetOptionsResponse(read))).to.not.contain("ExpirationDate");
  });
});
