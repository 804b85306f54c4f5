/**
 * How a device proves itself to HTTP servers.
 * Spec: RFC 7616 3.3-3.5, 3.9.1; RFC 7617.
 */
import { expect } from "chai";
import { authorize, readChallenge, withNextNonce } from "../../../../device-sim/cpe/http-credentials.js";

const LOGIN = { username: "Mufasa", password: "Circle of Life" };
const REQUEST = { method: "GET", uri: "/dir/index.html", cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ" };
const BOTH = [
  'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"',
  'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"',
];

describe("RFC 7616: the device's credentials", () => {
  it("the examples of 3.9.1 come out, MD5 and SHA-256", () => {
    const responses = BOTH.map((challenge) => {
      const known = readChallenge(challenge, false);
      return known && /response="(\w+)"/.exec(authorize(known, LOGIN, REQUEST).header)?.[1];
    });
    expect(responses).to.deep.equal([
      "8ca523f5e9506fed4657c9700eebdbec",
      "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
    ]);
  });
  it("of several challenges the strongest is answered", () => {
    const known = readChallenge(BOTH.join(", "), false);
    expect(known && authorize(known, LOGIN, REQUEST).header).to.include("algorithm=SHA-256");
  });
  it("the count of a nonce rises with each use, and begins anew with the next nonce", () => {
    const known = readChallenge(BOTH[0] ?? "", false);
    if (known === undefined) throw new Error("no challenge");
    const first = authorize(known, LOGIN, REQUEST);
    const second = authorize(first.known, LOGIN, REQUEST);
    expect([first, second].map(({ header }) => /nc=(\w+)/.exec(header)?.[1])).to.deep.equal(["00000001", "00000002"]);
    const next = withNextNonce(second.known, 'qop=auth, nextnonce="n2"');
    expect(authorize(next, LOGIN, REQUEST).header)
      .to.include('nonce="n2"')
      .and.include("nc=00000001");
    expect(withNextNonce(second.known, 'rspauth="x"')).to.equal(second.known);
  });
  it("Basic is answered only where that is allowed", () => {
    expect(readChallenge('Basic realm="x"', false)).to.equal(undefined);
    const known = readChallenge('Basic realm="x"', true);
    expect(known && authorize(known, LOGIN, REQUEST).header).to.equal("Basic TXVmYXNhOkNpcmNsZSBvZiBMaWZl");
    expect(readChallenge("Negotiate", true)).to.equal(undefined);
  });
});
