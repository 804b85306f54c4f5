/** Reboot. Layer: test. */
import { expect } from "chai";
import { readReboot, readRebootResponse } from "../../../../../acs/cwmp/rpc/reboot.js";
import { scanXml } from "../../../../../acs/cwmp/scan-xml.js";

describe("Reboot (TR-069 A.3.2.9)", () => {
  it("has an empty CommandKey if it has none", () => {
    expect(readReboot(scanXml("<Reboot/>"))).to.deep.equal({ kind: "Reboot", commandKey: "" });
    expect(readReboot(scanXml("<Reboot><CommandKey> k1 </CommandKey></Reboot>")).commandKey).to.equal("k1");
  });

  it("has a response without arguments", () => expect(readRebootResponse()).to.deep.equal({ kind: "RebootResponse" }));
});
