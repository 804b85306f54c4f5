/**
 * What of a message is kept in a trace.
 * Spec: RFC 7616 3.4, 3.5.
 */
import { expect } from "chai";
import { maskMessage } from "../../../../sip-bridge/trace/traced.js";

const withHeader = (line: string): string =>
  maskMessage(`REGISTER sip:voice.example SIP/2.0\r\n${line}\r\nCSeq: 1 REGISTER\r\n\r\n`).split("\r\n")[1] ?? "";

describe("a traced message", () => {
  const digest =
    'Digest username="1001", realm="voice.example", nonce="NONCE1", uri="sip:voice.example", response="RESPONSE1", algorithm=MD5, cnonce="CNONCE1", opaque="OPAQUE1", qop=auth, nc=00000001';
  for (const name of ["Authorization", "Proxy-Authorization", "AUTHORIZATION "]) {
    it(`${name.trim()} shows who, and nothing to log in with`, () => {
      const line = withHeader(`${name}: ${digest}`);
      for (const secret of ["NONCE1", "RESPONSE1", "CNONCE1", "OPAQUE1"]) expect(line).not.to.include(secret);
      for (const shown of ['username="1001"', 'realm="voice.example"', "algorithm=MD5", "nc=00000001", "response=***"])
        expect(line).to.include(shown);
    });
  }

  it("challenges and what follows them hide their nonces", () => {
    expect(withHeader('WWW-Authenticate: Digest realm="r", nonce="N1", opaque="O1", stale=true, qop="auth"')).to.equal(
      'WWW-Authenticate: Digest realm="r", nonce=***, opaque=***, stale=true, qop="auth"',
    );
    expect(withHeader('Proxy-Authenticate: Digest realm="r",nonce="N1"')).to.equal('Proxy-Authenticate: Digest realm="r",nonce=***');
    expect(withHeader('Authentication-Info: nextnonce="N1", rspauth="R1", qop=auth')).to.equal(
      "Authentication-Info: nextnonce=***, rspauth=***, qop=auth",
    );
  });

  it("of other schemes nothing is shown, nor of a header that is folded, nor of a quote that never ends", () => {
    expect(withHeader("Authorization: Basic dXNlcjpwYXNz")).to.equal("Authorization: Basic ***");
    expect(withHeader('Authorization: Digest username="a",\r\n  response="R1"')).to.equal(
      'Authorization: Digest username="a", response=***',
    );
    expect(withHeader('Authorization: Digest response="R1, realm="r')).not.to.include("R1");
    expect(withHeader('Authorization: Digest x-secret="S1"')).not.to.include("S1");
  });

  it("a body is only counted", () => {
    expect(maskMessage("MESSAGE sip:a@b SIP/2.0\r\nTo: x\r\n\r\nsecret text")).to.equal(
      "MESSAGE sip:a@b SIP/2.0\r\nTo: x\r\n\r\n(11 octets of body)",
    );
  });
});
