/**
 * Digest authentication: vectors computed elsewhere, and hostile header values.
 * Spec: RFC 7616 3.9.1, RFC 2617 3.5.
 */
import { expect } from "chai";
import {
  answerDigest,
  chooseChallenge,
  DIGEST_HEADER_CHARS_MAX,
  type DigestAlgorithm,
  type DigestUse,
  digestHa1,
  digestResponse,
  parseChallenges,
  parseCredentials,
  provesPassword,
  writeChallenge,
  writeCredentials,
} from "../../../common/digest.js";

const MD5: DigestAlgorithm = { hash: "MD5", isSession: false };
const SHA_256: DigestAlgorithm = { hash: "SHA-256", isSession: false };

describe("common/digest: responses", () => {
  const uri = "sip:hgw1@192.0.2.10:5060;line=abc";
  const nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c0";
  const auth: DigestUse = { qop: "auth", cnonce: "0a4f113b", nc: 1 };
  const response = (algorithm: DigestAlgorithm, use?: DigestUse): string => {
    const ha1 = digestHa1(algorithm.hash, "hgw1", "voice.example", "secret");
    return digestResponse({ algorithm, ha1, nonce, method: "NOTIFY", uri, ...(use === undefined ? {} : { use }) });
  };

  it("HA1 by MD5, SHA-256 and SHA-512-256", () => {
    expect(digestHa1("MD5", "hgw1", "voice.example", "secret")).to.equal("fb8070c951e8cf9f2fd95856130ab8f4");
    expect(digestHa1("SHA-256", "hgw1", "voice.example", "secret")).to.equal(
      "c3be845afda555dcaf7fffcb1c5b1f366024a554ae209c55c71f42829837fcfc",
    );
    expect(digestHa1("SHA-512-256", "hgw1", "voice.example", "secret")).to.equal(
      "f8399594510b0dde0df3ed484e192bccfe27874c20dde382dae3621c3bfd34b0",
    );
  });

  it("MD5 with qop auth", () => expect(response(MD5, auth)).to.equal("511186d82ff67a62a67cbee749d0435c"));
  it("MD5 without qop", () => expect(response(MD5)).to.equal("e9467988f49597a34200dc4259f77203"));
  it("MD5-sess with qop auth", () => expect(response({ hash: "MD5", isSession: true }, auth)).to.equal("a7a2160f10a6fb1faa7e9932cd912e7c"));
  it("MD5 with qop auth-int of an empty body", () =>
    expect(response(MD5, { ...auth, qop: "auth-int" })).to.equal("56d7fd23e6c2361d81f8b91473b9f04b"));
  it("SHA-256 with qop auth", () =>
    expect(response(SHA_256, auth)).to.equal("77d9906005ecfcaec6774905805f9094c74c9f941ee1d10a2f9c2943239328ff"));
  it("SHA-512-256 with qop auth", () =>
    expect(response({ hash: "SHA-512-256", isSession: false }, auth)).to.equal(
      "4f35b517dda30378481491b15d6829e2e509dd1ad146f13576465f7fd5dc970b",
    ));
  it("a session algorithm without cnonce is our bug", () => expect(() => response({ hash: "MD5", isSession: true })).to.throw(RangeError));

  it("the examples of RFC 7616 3.9.1", () => {
    const nonce7616 = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
    const use: DigestUse = { qop: "auth", cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", nc: 1 };
    const example = (algorithm: DigestAlgorithm): string => {
      const ha1 = digestHa1(algorithm.hash, "Mufasa", "http-auth@example.org", "Circle of Life");
      return digestResponse({ algorithm, ha1, nonce: nonce7616, method: "GET", uri: "/dir/index.html", use });
    };
    expect(example(MD5)).to.equal("8ca523f5e9506fed4657c9700eebdbec");
    expect(example(SHA_256)).to.equal("753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
  });
});

describe("common/digest: challenges", () => {
  it("reads several challenges of one value, in order, and leaves out what it does not know", () => {
    const value =
      'Digest realm="a", nonce="1", algorithm=SHA-256, qop="auth", Basic realm="b", Negotiate YWJj==, ' +
      'Digest realm="c", nonce="2", qop="auth,auth-int", stale=TRUE, opaque="o", Digest realm="d", nonce="3", algorithm=AKAv1-MD5';
    expect(parseChallenges(value)).to.deep.equal([
      { realm: "a", nonce: "1", algorithm: SHA_256, algorithmName: "SHA-256", qops: ["auth"], isStale: false },
      { realm: "c", nonce: "2", algorithm: MD5, qops: ["auth", "auth-int"], opaque: "o", isStale: true },
    ]);
  });

  it("an unknown qop alone is not answered, since no answer could be right", () => {
    expect(parseChallenges('Digest realm="a", nonce="1", qop="auth-conf"')).to.deep.equal([]);
  });

  it("takes the topmost, or the first that is stronger than MD5", () => {
    const offered = parseChallenges('Digest realm="a", nonce="1", Digest realm="a", nonce="2", algorithm=SHA-256');
    expect(chooseChallenge(offered)?.nonce).to.equal("1");
    expect(chooseChallenge(offered, "strongest")?.nonce).to.equal("2");
    expect(chooseChallenge([])).to.equal(undefined);
  });

  it("what is written is read again", () => {
    const challenge = {
      realm: 'say "hi" \\',
      nonce: "n",
      algorithm: SHA_256,
      algorithmName: "SHA-256",
      qops: ["auth"],
      isStale: true,
    } as const;
    expect(parseChallenges(writeChallenge(challenge))).to.deep.equal([challenge]);
  });
});

describe("common/digest: credentials", () => {
  const challenge = {
    realm: "voice",
    nonce: "n1",
    algorithm: SHA_256,
    algorithmName: "sha-256",
    qops: ["auth", "auth-int"],
    opaque: "o",
    isStale: false,
  } as const;
  const ha1 = digestHa1("SHA-256", "anna", "voice", "secret");
  const answer = answerDigest({ challenge, username: "anna", ha1, method: "REGISTER", uri: "sip:voice", cnonce: "c", nc: 10 });

  it("an answer echoes realm, nonce, opaque and the algorithm's spelling, and takes auth rather than auth-int", () => {
    expect(writeCredentials(answer)).to.match(
      /^Digest username="anna", realm="voice", nonce="n1", uri="sip:voice", response="[0-9a-f]{64}", algorithm=sha-256, opaque="o", qop=auth, nc=0000000a, cnonce="c"$/,
    );
  });

  it("what is written is read again", () => expect(parseCredentials(writeCredentials(answer))).to.deep.equal(answer));

  it("the right password proves itself; another method, another HA1 or a missing hash does not", () => {
    expect(provesPassword(answer, { "SHA-256": ha1 }, { method: "REGISTER" })).to.equal(true);
    expect(provesPassword(answer, { "SHA-256": ha1 }, { method: "INVITE" })).to.equal(false);
    expect(provesPassword(answer, { "SHA-256": digestHa1("SHA-256", "anna", "voice", "Secret") }, { method: "REGISTER" })).to.equal(false);
    expect(provesPassword(answer, { MD5: ha1 }, { method: "REGISTER" })).to.equal(false);
  });

  it("auth-int covers the body", () => {
    const onlyInt = { ...challenge, qops: ["auth-int"] } as const;
    const body = Buffer.from("body");
    const signed = answerDigest({ challenge: onlyInt, username: "anna", ha1, method: "NOTIFY", uri: "sip:x", cnonce: "c", nc: 1, body });
    expect(provesPassword(signed, { "SHA-256": ha1 }, { method: "NOTIFY", body })).to.equal(true);
    expect(provesPassword(signed, { "SHA-256": ha1 }, { method: "NOTIFY", body: Buffer.from("Body") })).to.equal(false);
  });

  for (const [what, value] of [
    ["another scheme", "Basic YTpi"],
    ["an unknown scheme with parameters", "NoOneKnowsThisScheme opaque-data=here"],
    ["no response", 'Digest username="a", realm="r", nonce="n", uri="u"'],
    ["a response of the wrong length", 'Digest username="a", realm="r", nonce="n", uri="u", response="00"'],
    ["a repeated parameter", `Digest username="a", username="b", realm="r", nonce="n", uri="u", response="${"0".repeat(32)}"`],
    ["qop without nc", `Digest username="a", realm="r", nonce="n", uri="u", qop=auth, cnonce="c", response="${"0".repeat(32)}"`],
    [
      "nc that is not 8 hexadecimal digits",
      `Digest username="a", realm="r", nonce="n", uri="u", qop=auth, nc=1, cnonce="c", response="${"0".repeat(32)}"`,
    ],
    ["an unknown algorithm", `Digest username="a", realm="r", nonce="n", uri="u", algorithm=MD4, response="${"0".repeat(32)}"`],
    ["a quote without end", 'Digest username="a, realm="r'],
    ["two answers in one", `Digest username="a", realm="r", nonce="n", uri="u", response="${"0".repeat(32)}", Digest realm="x"`],
    ["nothing", ""],
    ["only separators", ", , ,"],
  ] as const) {
    it(`refuses ${what}`, () => expect(parseCredentials(value)).to.equal(undefined));
  }

  it("a value over the limit is not looked at", () => {
    expect(parseCredentials(`${writeCredentials(answer)}${" ".repeat(DIGEST_HEADER_CHARS_MAX)}`)).to.equal(undefined);
  });

  it("a line break cannot be smuggled into a header", () => {
    expect(() => writeCredentials({ ...answer, username: "a\r\nVia: x" })).to.throw(RangeError);
  });
});
