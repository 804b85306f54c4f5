/**
 * Who may have a device woken: digest of connection requests on values.
 * Spec: TR-069 3.2.2; RFC 7616 3.4. Layer: unit test.
 */
import { expect } from "chai";
import { answerDigest, type DigestHash, digestHa1, parseChallenges, writeCredentials } from "../../../../common/digest.js";
import { createNonceKeeper } from "../../../../common/nonce.js";
import {
  judgeRequest,
  type RequestGuard,
  readRequestCredentials,
  requestChallenges,
} from "../../../../sip-bridge/connection-requests/authorize.js";
import { decoyHashes } from "../../../../sip-bridge/registrar/authenticate.js";

const NOW_MS = 1_700_000_000_000;
const LIFETIME_MS = 60_000;
const octets = (count: number): Uint8Array => new Uint8Array(count).fill(7);
const login = {
  username: "acs",
  ha1s: { MD5: digestHa1("MD5", "acs", "r", "s3cret"), "SHA-256": digestHa1("SHA-256", "acs", "r", "s3cret") },
};

function guardOf(algorithms: readonly DigestHash[] = ["MD5"]): RequestGuard {
  const nonces = createNonceKeeper({ key: octets(32), lifetimeMs: LIFETIME_MS, noncesMax: 100, randomBytes: octets });
  return { realm: "r", nonces, algorithms, decoy: decoyHashes(octets(64)) };
}

interface Asked {
  readonly uri?: string;
  readonly password?: string;
  readonly username?: string;
  readonly hash?: DigestHash;
  /** Of the URL that the nonce was given for. */
  readonly challengedId?: string;
}

/** The Authorization of an ACS that was challenged at NOW_MS. */
function authorization(guard: RequestGuard, asked: Asked = {}): string {
  const { uri = "/cr/abc", password = "s3cret", username = "acs", hash = "MD5", challengedId = "abc" } = asked;
  const [challenge] = requestChallenges({ ...guard, algorithms: [hash] }, challengedId, false, NOW_MS).flatMap(parseChallenges);
  if (challenge === undefined) throw new Error("no challenge");
  return writeCredentials(
    answerDigest({ challenge, username, ha1: digestHa1(hash, username, "r", password), method: "GET", uri, cnonce: "c", nc: 1 }),
  );
}

function verdict(guard: RequestGuard, header: string, nowMs = NOW_MS, known: typeof login | null = login): string {
  const credentials = readRequestCredentials(header, "abc", guard, nowMs);
  return credentials === undefined ? "challenge" : judgeRequest(credentials, known ?? undefined, guard, nowMs);
}

describe("the digest of a connection request", () => {
  const uris = [
    ["the path", "/cr/abc", "authorised"],
    ["the path with a query", "/cr/abc?x", "authorised"],
    ["the whole URL", "http://bridge.example:7548/cr/abc", "authorised"],
    ["the path before a proxy changed it", "/reveille/cr/abc", "authorised"],
    ["that of another device", "/cr/xyz", "challenge"],
    ["nothing of ours", "/", "challenge"],
  ] as const;
  for (const [what, uri, expected] of uris) {
    it(`is worth "${expected}" over ${what}`, () => {
      const guard = guardOf();
      expect(verdict(guard, authorization(guard, { uri }))).to.equal(expected);
    });
  }

  it("is wrong with another password or user, and for nobody's id", () => {
    const guard = guardOf();
    expect(verdict(guard, authorization(guard, { password: "x" }))).to.equal("wrong");
    expect(verdict(guard, authorization(guard, { username: "x" }))).to.equal("wrong");
    expect(verdict(guard, authorization(guard), NOW_MS, null)).to.equal("wrong");
  });

  it("is stale when it is right and late, or said twice", () => {
    const guard = guardOf();
    const header = authorization(guard);
    expect(verdict(guard, header)).to.equal("authorised");
    expect(verdict(guard, header)).to.equal("stale");
    expect(verdict(guard, authorization(guard), NOW_MS + LIFETIME_MS + 1)).to.equal("stale");
  });

  it("is challenged again with an algorithm that was not offered, a nonce for another device, or a nonce of nobody", () => {
    const guard = guardOf();
    expect(verdict(guard, authorization(guard, { hash: "SHA-256" }))).to.equal("challenge");
    expect(verdict(guard, authorization(guard, { challengedId: "xyz" }))).to.equal("challenge");
    expect(verdict(guard, authorization(guard).replace(/nonce="../, 'nonce="zz'))).to.equal("challenge");
    expect(verdict(guard, "Basic YWNzOnMzY3JldA==")).to.equal("challenge");
  });

  it("takes each algorithm that was offered, and offers them in order with one nonce", () => {
    const guard = guardOf(["SHA-256", "MD5"]);
    expect(verdict(guard, authorization(guard, { hash: "SHA-256" }))).to.equal("authorised");
    const offered = requestChallenges(guard, "abc", true, NOW_MS).flatMap(parseChallenges);
    expect(offered.map(({ algorithm, isStale }) => [algorithm.hash, isStale])).to.deep.equal([
      ["SHA-256", true],
      ["MD5", true],
    ]);
    expect(new Set(offered.map(({ nonce }) => nonce)).size).to.equal(1);
  });
});
