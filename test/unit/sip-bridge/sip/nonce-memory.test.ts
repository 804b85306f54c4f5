/**
 * Credentials that go with the next request. Spec: RFC 3261 22.2, 22.3; RFC 7616 3.4, 3.5.
 */
import { expect } from "chai";
import { type DigestHash, digestHa1, parseCredentials, provesPassword } from "../../../../common/digest.js";
import { answerChallenge } from "../../../../sip-bridge/sip/answer-challenge.js";
import { headerValues, type SipRequest } from "../../../../sip-bridge/sip/message.js";
import { authorize, learn, type NonceMemory } from "../../../../sip-bridge/sip/nonce-memory.js";
import { sipRequest, sipResponse } from "../../../support/sip-messages.js";

const REQUEST = sipRequest("REGISTER sip:home SIP/2.0");
const USER = {
  username: "anna",
  ha1: (hash: DigestHash, realm: string) => (realm === "foreign" ? undefined : digestHa1(hash, "anna", realm, "secret")),
  cnonce: "c",
};
const challenge = (more = "") => sipResponse(REQUEST, 401, `WWW-Authenticate: Digest realm="home", nonce="n1", qop="auth"${more}`);

/** [nonce, nc] of what the request brings, by field. */
function brought(request: SipRequest, key = "authorization"): unknown {
  return headerValues(request, key).map((value) => {
    const credentials = parseCredentials(value);
    return [credentials?.nonce, credentials?.use?.nc];
  });
}
const send = (memory: NonceMemory) => authorize(memory, REQUEST, USER);

describe("sip/nonce-memory", () => {
  it("brings nothing before a challenge", () => expect(brought(send([]).request)).to.deep.equal([]));

  it("brings right credentials from the next request on, each with the next count", () => {
    const first = send(learn([], REQUEST, challenge(), USER));
    const second = send(first.memory);
    expect([brought(first.request), brought(second.request)]).to.deep.equal([[["n1", 1]], [["n1", 2]]]);
    const credentials = parseCredentials(headerValues(second.request, "authorization")[0] ?? "");
    expect(credentials && provesPassword(credentials, { MD5: digestHa1("MD5", "anna", "home", "secret") }, REQUEST)).to.equal(true);
  });

  it("counts the answer to the challenge as the first use", () => {
    const challenged = learn([], REQUEST, challenge(), USER);
    const again = answerChallenge(REQUEST, challenge(), { ...USER, nc: 1 }) ?? REQUEST;
    expect(brought(send(learn(challenged, again, sipResponse(again, 200), USER)).request)).to.deep.equal([["n1", 2]]);
  });

  it("drops a nonce when a new challenge of its realm comes, and begins to count again", () => {
    const memory = send(learn([], REQUEST, challenge(), USER)).memory;
    const stale = sipResponse(REQUEST, 401, 'WWW-Authenticate: Digest realm="home", nonce="n2", qop="auth", stale=true');
    expect(brought(send(learn(memory, REQUEST, stale, USER)).request)).to.deep.equal([["n2", 1]]);
  });

  it("RFC 7616 3.5: takes the nextnonce of Authentication-Info", () => {
    const { memory, request } = send(learn([], REQUEST, challenge(), USER));
    const ok = sipResponse(request, 200, 'Authentication-Info: qop=auth, nextnonce="n9", rspauth="x"');
    expect(brought(send(learn(memory, request, ok, USER)).request)).to.deep.equal([["n9", 1]]);
  });

  it("keeps a realm of each proxy beside the server's", () => {
    const proxies = sipResponse(
      REQUEST,
      407,
      'Proxy-Authenticate: Digest realm="p1", nonce="a"',
      'Proxy-Authenticate: Digest realm="p2", nonce="b"',
    );
    const memory = learn(learn([], REQUEST, challenge(), USER), REQUEST, proxies, USER);
    const { request } = send(memory);
    expect([brought(request), brought(request, "proxy-authorization")]).to.deep.equal([
      [["n1", 1]],
      [
        ["b", undefined],
        ["a", undefined],
      ],
    ]);
  });

  it("keeps nothing of a realm that is not to be answered, nor of a -sess algorithm, which holds the first cnonce", () => {
    const foreign = sipResponse(REQUEST, 401, 'WWW-Authenticate: Digest realm="foreign", nonce="n"');
    expect(learn([], REQUEST, foreign, USER)).to.deep.equal([]);
    expect(brought(send(learn([], REQUEST, challenge(", algorithm=MD5-sess"), USER)).request)).to.deep.equal([]);
  });

  it("an answer that says nothing of it leaves the count", () => {
    const { memory, request } = send(learn([], REQUEST, challenge(), USER));
    expect(brought(send(learn(memory, request, sipResponse(request, 423), USER)).request)).to.deep.equal([["n1", 2]]);
  });
});
