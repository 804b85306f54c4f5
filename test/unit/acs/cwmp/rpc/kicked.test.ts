/** Kicked. Layer: test. */
import { expect } from "chai";
import { readKicked, readKickedResponse } from "../../../../../acs/cwmp/rpc/kicked.js";
import { scanXml } from "../../../../../acs/cwmp/scan-xml.js";

describe("Kicked (TR-069 A.4.2.1)", () => {
  it("takes an argument that is missing for an empty one", () => {
    expect(readKicked(scanXml("<r><Arg>1</Arg></r>"))).to.deep.equal({ kind: "Kicked", command: "", referer: "", arg: "1", next: "" });
    expect(readKickedResponse(scanXml("<r/>"))).to.deep.equal({ kind: "KickedResponse", nextUrl: "" });
  });
});
