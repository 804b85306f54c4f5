import { expect } from "chai";
import { readAltNames } from "../../../../sip-bridge/net/certificate-identity.js";

describe("RFC 5922 7.1: names of a certificate", () => {
  it("are listed with their types", () => {
    expect(readAltNames("DNS:a.example, URI:sip:a.example, IP Address:2001:DB8:0:0:0:0:0:7")).to.deep.equal([
      "DNS:a.example",
      "URI:sip:a.example",
      "IP Address:2001:DB8:0:0:0:0:0:7",
    ]);
  });

  it("one name never passes for two, whatever it holds", () => {
    expect(readAltNames('DNS:"evil.example, URI:sip:voice.example", DNS:b.example')).to.deep.equal([
      "DNS:evil.example, URI:sip:voice.example",
      "DNS:b.example",
    ]);
    expect(readAltNames('DNS:"a\\", URI:sip:b, \\"", DNS:c')).to.deep.equal(['DNS:a", URI:sip:b, "', "DNS:c"]);
  });

  it("a name that can't be read is none", () => {
    expect(readAltNames('DNS:"a\\x", DNS:c')).to.deep.equal(["DNS:", "DNS:c"]);
    expect(readAltNames("")).to.deep.equal([]);
  });
});
