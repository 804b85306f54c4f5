/** The errors of readers. Layer: test. */
import { expect } from "chai";
import { LimitExceeded, MalformedMessage } from "../../../../acs/cwmp/malformed-message.js";

describe("MalformedMessage", () => {
  it("says where and why; outside the root there is no where", () => {
    expect(new MalformedMessage("Inform/DeviceId", "missing")).to.include({
      name: "MalformedMessage",
      path: "Inform/DeviceId",
      message: "Inform/DeviceId: missing",
    });
    expect(new MalformedMessage("", "no root element").message).to.equal("no root element");
  });

  it("LimitExceeded is one that names its limit", () => {
    const error = new LimitExceeded("Envelope", "depthMax", 64);
    expect(error).to.be.instanceOf(MalformedMessage);
    expect(error).to.include({
      name: "LimitExceeded",
      path: "Envelope",
      limit: "depthMax",
      most: 64,
      message: "Envelope: more than depthMax allows (64)",
    });
  });
});
