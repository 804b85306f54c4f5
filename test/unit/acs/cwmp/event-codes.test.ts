/** Event codes are told apart by their prefix (TR-069 3.7.1.5, cwmp.md 4.2). */
import { expect } from "chai";
import { eventPrefix, hasCode, hasEvent } from "../../../../acs/cwmp/event-codes.js";
import { anInform } from "../../../support/builders.js";

describe("event codes", () => {
  it("are known by their number, whatever spaces and case", () => {
    expect(["1 BOOT", " 1  boot", "1\tBoot", "1"].map(eventPrefix)).to.deep.equal(["1", "1", "1", "1"]);
    expect(eventPrefix("10 AUTONOMOUS TRANSFER COMPLETE")).to.equal("10");
  });
  it("of methods are known by M and the method; of vendors by X", () => {
    expect([" m  reboot", "M Reboot", "M", "X 00D09E Dance"].map(eventPrefix)).to.deep.equal(["M REBOOT", "M REBOOT", "M ", "X"]);
  });
  it("that are empty are none", () => {
    expect(hasCode(["", "  "], "1")).to.equal(false);
  });
  it("are found among those of an Inform, and among those of a stored event", () => {
    expect(hasEvent(anInform("2 PERIODIC", " 6 Connection Request"), "6")).to.equal(true);
    expect(hasEvent(anInform("10 AUTONOMOUS TRANSFER COMPLETE"), "1")).to.equal(false);
    expect(hasCode(["2 PERIODIC", "6  connection request"], "6")).to.equal(true);
  });
});
