/**
 * Answering 401 and 407. Spec: RFC 3261 8.1.3.5, 22.2; RFC 8760 2.4.
 */
import { expect } from "chai";
import { type DigestHash, digestHa1, parseCredentials, provesPassword } from "../../../../common/digest.js";
import { answerChallenge, challengesOf } from "../../../../sip-bridge/sip/answer-challenge.js";
import { headerValue, headerValues } from "../../../../sip-bridge/sip/message.js";
import { sipRequest, sipResponse } from "../../../support/sip-messages.js";

const request = sipRequest("NOTIFY sip:hgw1@192.0.2.10;line=1 SIP/2.0");
const answer = {
  username: "hgw1",
  ha1: (hash: "MD5" | "SHA-256" | "SHA-512-256", realm: string) =>
    realm === "home" ? digestHa1(hash, "hgw1", realm, "secret") : undefined,
  cnonce: "c",
  nc: 1,
};

describe("sip/answer-challenge", () => {
  it("repeats the request with credentials and the next CSeq; Call-ID, From and To stay", () => {
    const again = answerChallenge(
      request,
      sipResponse(request, 401, 'WWW-Authenticate: Digest realm="home", nonce="n", qop="auth"'),
      answer,
    );
    const credentials = parseCredentials(headerValue(again ?? { headers: [] }, "authorization") ?? "");
    expect(again?.cseq).to.deep.equal({ number: 2, method: "NOTIFY" });
    expect(headerValues(again ?? { headers: [] }, "cseq")).to.deep.equal(["2 NOTIFY"]);
    expect(again).to.include({ callId: request.callId, from: request.from, to: request.to });
    expect(credentials).to.include({ uri: "sip:hgw1@192.0.2.10;line=1", username: "hgw1" });
    expect(credentials && provesPassword(credentials, { MD5: digestHa1("MD5", "hgw1", "home", "secret") }, request)).to.equal(true);
  });

  it("407 is answered in Proxy-Authorization, and old credentials are replaced", () => {
    const response = sipResponse(request, 407, 'Proxy-Authenticate: Digest realm="home", nonce="n"');
    const once = answerChallenge(request, response, answer) ?? request;
    const twice = answerChallenge(once, response, answer) ?? request;
    expect(headerValues(twice, "proxy-authorization")).to.have.length(1);
    expect(twice.cseq.number).to.equal(3);
  });

  it("takes the first challenge it has credentials for, or the strongest", () => {
    const response = sipResponse(
      request,
      401,
      'WWW-Authenticate: Digest realm="away", nonce="1"',
      'WWW-Authenticate: Digest realm="home", nonce="2", algorithm=MD5',
      'WWW-Authenticate: Digest realm="home", nonce="3", algorithm=SHA-256',
    );
    const nonceOf = (policy: "topmost" | "strongest"): string | undefined =>
      parseCredentials(headerValue(answerChallenge(request, response, { ...answer, policy }) ?? request, "authorization") ?? "")?.nonce;
    expect([nonceOf("topmost"), nonceOf("strongest")]).to.deep.equal(["2", "3"]);
  });

  it("22.3: each realm of an aggregated response is answered, servers in a 407 and proxies in a 401 too", () => {
    const response = sipResponse(
      request,
      407,
      'Proxy-Authenticate: Digest realm="home", nonce="1", algorithm=SHA-256',
      'Proxy-Authenticate: Digest realm="home", nonce="2", algorithm=MD5',
      'Proxy-Authenticate: Digest realm="other", nonce="3"',
      'WWW-Authenticate: Digest realm="home", nonce="4"',
    );
    const knowsBoth = { ...answer, ha1: (hash: DigestHash, realm: string) => digestHa1(hash, "hgw1", realm, "secret") };
    const again = answerChallenge(request, response, knowsBoth) ?? request;
    const nonces = (key: string): unknown => headerValues(again, key).map((value) => parseCredentials(value)?.nonce);
    expect([nonces("proxy-authorization"), nonces("authorization")]).to.deep.equal([["1", "3"], ["4"]]);
    expect(again.cseq.number).to.equal(2);
  });

  it("22.3: credentials for another realm stay when one more realm asks", () => {
    const asks = (realm: string) => sipResponse(request, 407, `Proxy-Authenticate: Digest realm="${realm}", nonce="${realm}1"`);
    const knowsBoth = { ...answer, ha1: (hash: DigestHash, realm: string) => digestHa1(hash, "hgw1", realm, "secret") };
    const once = answerChallenge(request, asks("home"), knowsBoth) ?? request;
    const twice = answerChallenge(once, asks("other"), knowsBoth) ?? request;
    const realms = headerValues(twice, "proxy-authorization").map((value) => parseCredentials(value)?.realm);
    expect(realms).to.have.members(["home", "other"]);
  });

  it("never answers Basic, a foreign realm, or a response that is no challenge", () => {
    for (const response of [
      sipResponse(request, 401, 'WWW-Authenticate: Basic realm="home"'),
      sipResponse(request, 401, 'WWW-Authenticate: Digest realm="away", nonce="n"'),
      sipResponse(request, 403, 'WWW-Authenticate: Digest realm="home", nonce="n"'),
      sipResponse(request, 401, 'Proxy-Authenticate: Digest realm="home", nonce="n"'),
    ]) {
      expect(answerChallenge(request, response, answer)).to.equal(undefined);
    }
    expect(challengesOf(sipResponse(request, 401))).to.deep.equal([]);
  });
});
