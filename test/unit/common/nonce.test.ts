/**
 * Nonces: whose they are, how old, and how often used.
 * Spec: RFC 7616 3.3, 3.4.
 */
import { expect } from "chai";
import { createNonceKeeper, type NonceKeeper } from "../../../common/nonce.js";

const NOW_MS = 1_700_000_000_000;
let salts = 0;
const keeper = (more: { noncesMax?: number; key?: string } = {}): NonceKeeper =>
  createNonceKeeper({
    key: Buffer.from(more.key ?? "0123456789abcdef0123456789abcdef"),
    lifetimeMs: 60_000,
    noncesMax: more.noncesMax ?? 100,
    randomBytes: (count) => Buffer.alloc(count, ++salts),
  });

describe("common/nonce", () => {
  it("is fresh for its lifetime, then stale, for any keeper with the same key", () => {
    const nonce = keeper().issue("voice", NOW_MS);
    expect(keeper().inspect(nonce, "voice", NOW_MS + 60_000)).to.equal("fresh");
    expect(keeper().inspect(nonce, "voice", NOW_MS + 60_001)).to.equal("stale");
  });

  it("is forged with another key, in another scope, from the future, and with one character changed", () => {
    const nonce = keeper().issue("voice", NOW_MS);
    expect(keeper({ key: "another key, 32 octets long....." }).inspect(nonce, "voice", NOW_MS)).to.equal("forged");
    expect(keeper().inspect(nonce, "video", NOW_MS)).to.equal("forged");
    expect(keeper().inspect(nonce, "voice", NOW_MS - 5_001)).to.equal("forged");
    for (let i = 0; i < nonce.length; i++) {
      const changed = nonce.slice(0, i) + (nonce[i] === "A" ? "B" : "A") + nonce.slice(i + 1);
      expect(keeper().inspect(changed, "voice", NOW_MS), `character ${i}`).to.equal("forged");
    }
  });

  it("garbage is forged, not an error", () => {
    for (const text of ["", "x", "=".repeat(40), "é".repeat(40), "A".repeat(100_000)]) {
      expect(keeper().inspect(text, "voice", NOW_MS)).to.equal("forged");
    }
  });

  it("one that was used for a scope is fresh for that one, and for its time only", () => {
    const one = keeper();
    const nonce = one.issue("voice", NOW_MS);
    one.use(nonce, 1, NOW_MS, "voice");
    const looks = [one.inspect(nonce, "voice", NOW_MS), one.inspect(nonce, "video", NOW_MS), one.inspect(nonce, "voice", NOW_MS + 60_001)];
    expect(looks).to.deep.equal(["fresh", "forged", "stale"]);
    expect(one.inspect(nonce, "voice", NOW_MS - 5_001)).to.equal("forged");
  });

  it("two nonces of one millisecond differ", () => {
    const one = keeper();
    expect(one.issue("voice", NOW_MS)).to.not.equal(one.issue("voice", NOW_MS));
  });

  it("each count is taken once; gaps and latecomers within 32 are fine, older ones are not", () => {
    const one = keeper();
    const nonce = one.issue("voice", NOW_MS);
    const use = (nc: number): string => one.use(nonce, nc, NOW_MS);
    expect([use(1), use(1), use(5), use(4), use(4), use(5), use(40), use(9), use(9), use(8), use(2)]).to.deep.equal([
      ...["new", "replayed", "new", "new", "replayed", "replayed", "new", "new", "replayed"],
      ...["replayed", "replayed"], // 40 - 32: out of the window
    ]);
  });

  it("a jump over the whole window forgets what was below it, and takes none of it again", () => {
    const one = keeper();
    const nonce = one.issue("voice", NOW_MS);
    expect([1, 0xffff_ffff, 1, 0xffff_fffe, 0xffff_ffff].map((nc) => one.use(nonce, nc, NOW_MS))).to.deep.equal([
      ...["new", "new", "replayed", "new", "replayed"],
    ]);
  });

  it("an answer without qop may be used once", () => {
    const one = keeper();
    const nonce = one.issue("voice", NOW_MS);
    expect([one.use(nonce, undefined, NOW_MS), one.use(nonce, undefined, NOW_MS), one.use(nonce, 7, NOW_MS)]).to.deep.equal([
      ...["new", "replayed", "replayed"],
    ]);
  });

  it("what was forgotten under load is stale, never new again", () => {
    const one = keeper({ noncesMax: 2 });
    const nonces = [0, 1, 2, 3].map((ms) => one.issue("voice", NOW_MS + ms));
    for (const nonce of nonces) one.use(nonce, 1, NOW_MS + 10);
    const [first = "", second = "", third = "", fourth = ""] = nonces;
    expect([first, second].map((nonce) => one.use(nonce, 1, NOW_MS + 10))).to.deep.equal(["stale", "stale"]);
    expect([first, second].map((nonce) => one.inspect(nonce, "voice", NOW_MS + 10))).to.deep.equal(["stale", "stale"]);
    expect([third, fourth].map((nonce) => one.use(nonce, 1, NOW_MS + 10))).to.deep.equal(["replayed", "replayed"]);
  });

  it("an expired nonce is stale when it is used, and its memory is free for others", () => {
    const one = keeper({ noncesMax: 1 });
    const old = one.issue("voice", NOW_MS);
    one.use(old, 1, NOW_MS);
    expect(one.use(old, 2, NOW_MS + 60_001)).to.equal("stale");
    const young = one.issue("voice", NOW_MS + 60_001);
    expect(one.use(young, 1, NOW_MS + 60_001)).to.equal("new");
    expect(one.inspect(one.issue("voice", NOW_MS + 60_001), "voice", NOW_MS + 60_001)).to.equal("fresh");
  });
});
