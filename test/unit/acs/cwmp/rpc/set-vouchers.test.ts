/** SetVouchers. Layer: test. */
import { expect } from "chai";
import { MalformedMessage } from "../../../../../acs/cwmp/malformed-message.js";
import { readSetVouchers } from "../../../../../acs/cwmp/rpc/set-vouchers.js";
import { scanXml } from "../../../../../acs/cwmp/scan-xml.js";

describe("SetVouchers (TR-069 A.4.1.3)", () => {
  it("is malformed without a list, and takes blanks around a voucher for layout", () => {
    expect(() => readSetVouchers(scanXml("<r/>")))
      .to.throw(MalformedMessage)
      .with.property("path", "r/VoucherList");
    expect(readSetVouchers(scanXml("<r><VoucherList><base64>\n  cmV2\n</base64></VoucherList></r>")).vouchers).to.deep.equal(["cmV2"]);
  });
});
