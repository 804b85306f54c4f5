/**
 * The registrar as a whole: what strangers can learn from it, what one address may cost, what is left after a restart.
 * Spec: RFC 3261 10.3, 22; sip.md 3.1, 11. Layer: unit test.
 */
import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { expect } from "chai";
import { openRegistrarBench, type RegistrarBench } from "../../support/registrar-bench.js";
import { authorizationFor, DOMAIN, FLOW, type Login } from "../../support/registrar-talk.js";
import { sipRequest } from "../../support/sip-messages.js";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder.js";

const START = `REGISTER sip:${DOMAIN} SIP/2.0`;
const CONTACT = "Contact: <sip:anna@192.0.2.10>";

/** Hashes and MACs that are made while `work` runs. */
async function hashesDuring(work: () => Promise<unknown>): Promise<number> {
  const { hash, createHmac } = crypto;
  let made = 0;
  const counting =
    <A extends readonly unknown[], R>(make: (...given: A) => R) =>
    (...given: A): R => {
      made++;
      return make(...given);
    };
  Object.assign(crypto, { hash: counting(hash as never), createHmac: counting(createHmac as never) });
  syncBuiltinESMExports();
  try {
    await work();
    return made;
  } finally {
    Object.assign(crypto, { hash, createHmac });
    syncBuiltinESMExports();
  }
}

describe("the registrar", () => {
  let folder: TemporaryFolder;
  let bench: RegistrarBench;
  let files = 0;
  const open = () => openRegistrarBench(folder.file(`${files}.sqlite`));

  before(async () => {
    folder = await temporaryFolder();
  });
  beforeEach(async () => {
    files++;
    bench = await open();
  });
  afterEach(() => bench.close());
  after(() => folder.remove());

  describe("tells nobody which users there are", () => {
    /** A user that exists and one that does not, the password wrong for both. */
    const logins: readonly Login[] = [
      { username: "anna", password: "guess" },
      { username: "none", password: "guess" },
    ];
    const attempt = async (login: Login): Promise<string> => {
      const bare = sipRequest(START, CONTACT);
      const challenge = { status: 401, headers: await challengeHeaders() };
      return bench.send(sipRequest(START, CONTACT, authorizationFor(bare, challenge, login)));
    };
    async function challengeHeaders() {
      let headers: readonly { key: string; name: string; value: string }[] = [];
      await bench.service.handle({
        ...{ request: sipRequest(START, CONTACT), flow: FLOW, localTag: "t" },
        answer: (_status, draft = {}) => {
          headers = draft.headers ?? [];
        },
      });
      return headers;
    }

    it("answers both with the same octets, but for nonce and tag", async () => {
      const [known, unknown] = [await attempt(logins[0] ?? {}), await attempt(logins[1] ?? {})];
      expect(unknown).to.equal(known);
      expect(known).to.include("SIP/2.0 401 Unauthorized");
    });
    it("does the same work for both: store reads and hashes", async () => {
      const work: (readonly [number, number])[] = [];
      for (const login of logins) {
        const before = bench.reads();
        work.push([await hashesDuring(() => attempt(login)), bench.reads() - before]);
      }
      expect(work[1]).to.deep.equal(work[0]);
      expect(work[0]?.[0]).to.be.above(4);
      expect(work[0]?.[1]).to.equal(1);
    });
    it("slows both down alike: after five wrong passwords nothing is looked up for a second", async () => {
      for (const login of logins) {
        for (let guess = 0; guess < 6; guess++) await attempt(login);
        const before = bench.reads();
        await attempt(login);
        expect(bench.reads() - before).to.equal(0);
      }
      await bench.clock.advance(1_000);
      const before = bench.reads();
      await attempt(logins[1] ?? {});
      expect(bench.reads() - before).to.equal(1);
    });
    it("answers the first request the same whoever it is about", async () => {
      const about = (user: string) => bench.send(sipRequest(START, CONTACT, `To: <sip:${user}@${DOMAIN}>`));
      expect((await about("none")).replace("none", "anna")).to.equal(await about("anna"));
    });
  });

  describe("bounds what one address costs", () => {
    it("answers 503 with Retry-After when its owner registers too often, and neither reads nor writes", async () => {
      const limited = await openRegistrarBench(folder.file("limited.sqlite"), { burst: 2, perSecond: 1 });
      const statuses = [];
      for (let cseq = 1; cseq <= 3; cseq++) statuses.push(await limited.register({}, CONTACT, `CSeq: ${cseq} REGISTER`));
      expect(statuses).to.deep.equal([200, 200, 503]);
      expect((await limited.stores.bindings.current(`anna@${DOMAIN}`, limited.clock.now()))[0]?.cseq).to.equal(2);
      await limited.clock.advance(1_000);
      expect(await limited.register({}, CONTACT, "CSeq: 4 REGISTER")).to.equal(200);
      await limited.close();
    });
  });

  describe("remembers after a restart", () => {
    it("registrations, and the order of requests: a late copy changes nothing", async () => {
      expect(await bench.register({}, CONTACT, "CSeq: 9 REGISTER")).to.equal(200);
      await bench.close();
      bench = await open();
      expect(await bench.register({}, `${CONTACT};expires=0`, "CSeq: 9 REGISTER")).to.equal(500);
      expect(await bench.stores.bindings.count(bench.clock.now())).to.equal(1);
      expect(await bench.register({}, `${CONTACT};expires=0`, "CSeq: 10 REGISTER")).to.equal(200);
    });
  });

  describe("remembers how registrations ended", () => {
    const last = () => bench.outcomes.of(`anna@${DOMAIN}`).map(({ status, proof, reason, count }) => [status, proof, reason, count]);

    it("the last one of the owner: code, reason, source, User-Agent", async () => {
      await bench.register({}, CONTACT, "User-Agent: Gateway/1.2");
      const [outcome] = bench.outcomes.of(`anna@${DOMAIN}`);
      expect(outcome).to.deep.include({ status: 200, proof: "proven", userAgent: "Gateway/1.2", flow: FLOW, callId: "call-1" });
    });
    it("why it was refused, and how often in a row", async () => {
      for (const cseq of [1, 2]) await bench.register({}, `${CONTACT};q=7`, `CSeq: ${cseq} REGISTER`);
      expect(last()).to.deep.equal([[400, "proven", "contact: q is not 0 to 1", 2]]);
    });
    it("keeps what others tried apart from what the owner did", async () => {
      await bench.register({}, CONTACT);
      await bench.register({ password: "guess" }, CONTACT, "CSeq: 2 REGISTER");
      expect(last()).to.deep.equal([
        [200, "proven", "", 1],
        [401, "wrong-credentials", "", 1],
      ]);
    });
    it("says nothing of the first request of a registration, nor of addresses of others", async () => {
      await bench.send(sipRequest(START, CONTACT));
      await bench.register({ password: "guess" }, CONTACT, "To: <sip:anna@elsewhere.example>");
      expect(bench.outcomes.newest(10)).to.deep.equal([]);
    });
  });
});
