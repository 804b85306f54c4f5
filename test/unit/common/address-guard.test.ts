/**
 * Which addresses told by devices are knocked at. Layer: unit test.
 */
import { expect } from "chai";
import { createAddressGuard, DEFAULT_REFUSED_RANGES, isPublicAddress } from "../../../common/address-guard.js";

describe("address guard", () => {
  const guard = createAddressGuard(DEFAULT_REFUSED_RANGES);

  const refused: readonly (readonly [string, string])[] = [
    ["127.0.0.1", "loopback"],
    ["127.255.255.254", "loopback"],
    ["::1", "loopback"],
    ["::ffff:127.0.0.1", "loopback"],
    ["169.254.169.254", "link-local"],
    ["fe80::1%eth0", "link-local"],
    ["224.0.0.251", "multicast"],
    ["ff02::1", "multicast"],
    ["0.0.0.0", "unspecified"],
    ["::", "unspecified"],
    ["255.255.255.255", "reserved"],
    ["64:ff9b::7f00:1", "reserved"],
    ["192.0.2.7", "documentation"],
    ["2001:db8::1", "documentation"],
    ["localhost", "unspecified"],
    ["", "unspecified"],
  ];
  for (const [address, range] of refused) {
    it(`refuses ${address === "" ? "nothing" : address}: ${range}`, () => expect(guard.refusal(address)).to.equal(range));
  }

  it("allows public, private and carrier-grade addresses, where gateways live", () => {
    for (const address of ["20.1.2.7", "10.1.2.3", "192.168.1.1", "172.31.0.1", "100.64.0.9", "2a00:1::1", "fd00::1", "::ffff:10.0.0.1"])
      expect(guard.refusal(address), address).to.equal(undefined);
  });

  it("refuses exactly what it is told to", () => {
    const other = createAddressGuard(["private"]);
    expect([other.refusal("127.0.0.1"), other.refusal("10.0.0.1"), other.refusal("fd00::1")]).to.deep.equal([
      undefined,
      "private",
      "private",
    ]);
  });

  it("private and carrier-grade addresses are not public", () => {
    expect(["20.1.2.7", "2a00:1::1"].map(isPublicAddress)).to.deep.equal([true, true]);
    expect(["10.0.0.1", "100.64.0.1", "127.0.0.1", "192.168.178.1"].map(isPublicAddress)).to.deep.equal([false, false, false, false]);
  });
});
