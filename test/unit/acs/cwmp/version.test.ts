/** Versions of CWMP. Layer: test. */
import { expect } from "chai";
import { RefusedRequest } from "../../../../acs/cwmp/faults.js";
import { chooseVersion, spokenVersion } from "../../../../acs/cwmp/version.js";

const namespace = (minor: string): string => `urn:dslforum-org:cwmp-1-${minor}`;

describe("the version that a device speaks (TR-069 A.6)", () => {
  it("1.0, 1.1 and 1.2 are told by their namespaces", () => {
    expect(["0", "1", "2"].map((minor) => spokenVersion({ namespace: namespace(minor) }))).to.deep.equal(["1.0", "1.1", "1.2"]);
  });

  it("1.3 is 1.2 with SessionTimeout, and 1.4 is 1.2 with SupportedCWMPVersions, whatever else comes with it", () => {
    expect(spokenVersion({ namespace: namespace("2"), sessionTimeoutS: 60 })).to.equal("1.3");
    expect(spokenVersion({ namespace: namespace("2"), supportedCwmpVersions: ["1.0"] })).to.equal("1.4");
    expect(spokenVersion({ namespace: namespace("2"), sessionTimeoutS: 60, supportedCwmpVersions: [] })).to.equal("1.4");
  });

  it("headers of later versions make nothing of an older namespace", () => {
    expect(spokenVersion({ namespace: namespace("0"), sessionTimeoutS: 60, supportedCwmpVersions: ["1.4"] })).to.equal("1.0");
  });

  it("a namespace that claims 1.3 or more is an alias of 1.2 (field quirk 1)", () => {
    for (const minor of ["3", "4", "12"]) expect(spokenVersion({ namespace: namespace(minor) }), minor).to.equal("1.2");
    expect(spokenVersion({ namespace: "URN:DSLFORUM-ORG:CWMP-1-4" })).to.equal("1.2");
  });

  it("is none that we know in another major version", () => {
    for (const other of ["urn:dslforum-org:cwmp-2-0", "urn:dslforum-org:cwmp-0-9", "urn:example", ""])
      expect(spokenVersion({ namespace: other }), other).to.equal(undefined);
  });
});

describe("the version of a session (TR-069 3.7.4)", () => {
  it("is the highest that was offered and that we speak, and is named to the device", () => {
    const choice = (...offered: readonly string[]) => chooseVersion({ namespace: namespace("2"), supportedCwmpVersions: offered });
    expect(choice("1.0", "1.1", "1.2", "1.3", "1.4")).to.deep.equal({ version: "1.4", isOffered: true });
    expect(choice("1.1", "1.9", "1.0")).to.deep.equal({ version: "1.1", isOffered: true });
  });

  it("is the one that the device speaks if it offers none, and is not named", () => {
    expect(chooseVersion({ namespace: namespace("1") })).to.deep.equal({ version: "1.1", isOffered: false });
    expect(chooseVersion({ namespace: namespace("2"), sessionTimeoutS: 30 })).to.deep.equal({ version: "1.3", isOffered: false });
  });

  it("takes an offer of nothing that is a version for none", () => {
    const supportedCwmpVersions = ["latest", "v1", "1.", "99999.1"];
    expect(chooseVersion({ namespace: namespace("2"), supportedCwmpVersions })).to.deep.equal({ version: "1.4", isOffered: false });
    expect(chooseVersion({ namespace: namespace("2"), supportedCwmpVersions: [] })).to.deep.equal({ version: "1.4", isOffered: false });
  });

  it("is refused with 8006 if nothing offered or spoken is ours", () => {
    const offered = { namespace: namespace("2"), supportedCwmpVersions: ["2.0", "2.1"] };
    expect(() => chooseVersion(offered))
      .to.throw(RefusedRequest, "2.0, 2.1")
      .with.property("faultCode", 8006);
    expect(() => chooseVersion({ namespace: "urn:dslforum-org:cwmp-2-0" }))
      .to.throw(RefusedRequest, "cwmp-2-0")
      .with.property("faultCode", 8006);
  });
});
