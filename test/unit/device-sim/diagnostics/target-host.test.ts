/**
 * From the host of a test to the address that is tested.
 * Spec: TR-181 (Host, ProtocolVersion), RFC 1123 2.1.
 */
import { expect } from "chai";
import { isHostName, targetAddress } from "../../../../device-sim/diagnostics/target-host.js";
import { TestFailure } from "../../../../device-sim/diagnostics/test-runner.js";

const stateOf = (host: string, version = "Any"): Promise<string> =>
  targetAddress(host, version).catch((error: unknown) => (error instanceof TestFailure ? error.state : String(error)));

describe("the host of a test", () => {
  it("that is an address is taken as it is, IPv6 with brackets too", async () => {
    expect(await stateOf("192.0.2.1")).to.equal("192.0.2.1");
    expect(await stateOf("[2001:db8::1]")).to.equal("2001:db8::1");
    expect(await stateOf("192.0.2.1", "IPv4")).to.equal("192.0.2.1");
  });

  it("of the other family than ProtocolVersion has no address", async () => {
    expect(await stateOf("192.0.2.1", "IPv6")).to.equal("Error_CannotResolveHostName");
    expect(await stateOf("2001:db8::1", "IPv4")).to.equal("Error_CannotResolveHostName");
  });

  it("that is a name is looked up", async () => {
    expect(await stateOf("localhost", "IPv4")).to.equal("127.0.0.1");
  });

  it("that is no name is not looked up", async () => {
    const hostile = [
      "",
      "-f",
      "a-.example",
      "-a.example",
      "a..b",
      ".",
      ";id",
      "a b",
      "a\nb",
      "a\0",
      "$(id)",
      "`id`",
      "a/b",
      "a:1",
      "%61",
      "ü",
    ];
    for (const host of [...hostile, "a".repeat(64), `${"a.".repeat(127)}aa`]) {
      expect(isHostName(host), JSON.stringify(host)).to.equal(false);
      expect(await stateOf(host), JSON.stringify(host)).to.equal("Error_CannotResolveHostName");
    }
    for (const host of ["a", "gw-1.example", "_sip.example.", "1.example", "a".repeat(63)]) expect(isHostName(host), host).to.equal(true);
  });
});
