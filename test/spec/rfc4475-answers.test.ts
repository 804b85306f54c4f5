/**
 * RFC 4475, all 49 messages: what the running bridge answers over UDP, and over TCP where framing is at stake. The bridge is a registrar
 * and takes no calls, so an INVITE that is well formed gets 405; what the RFC wants of an element that does take calls is asked of one
 * made of the same parts.
 */
import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { systemClock } from "../../common/clock.js";
import { answerDigest, digestHa1, parseChallenges, writeCredentials } from "../../common/digest.js";
import type { IncomingRequest } from "../../sip-bridge/net/server-transactions.js";
import { openUdpEndpoint, type UdpEndpoint } from "../../sip-bridge/net/udp-endpoint.js";
import { refusalOf, type UasAbilities } from "../../sip-bridge/sip/admit-request.js";
import type { SipHeader } from "../../sip-bridge/sip/message.js";
import { parseMessage } from "../../sip-bridge/sip/parse-message.js";
import { spendHop } from "../../sip-bridge/sip/routing.js";
import { openRawSender, type RawAnswer } from "../support/raw-udp.js";
import { connectPeer } from "../support/stream-peer.js";
import { startTestBridge, TEST_PASSWORD, type TestBridge } from "../support/test-bridge.js";
import { TORTURE_MESSAGES, tortureMessage } from "../support/torture-messages.js";

/** What the bridge answers; null: nothing, for it is a response. */
const ANSWERS: Readonly<Record<string, number | null>> = {
  // 3.1.1: taken for what they are. INVITE and MESSAGE are not for a registrar, REGISTER is challenged.
  ...{ wsinv: 405, intmeth: 501, esc01: 405, escnull: 401, esc02: 501, lwsdisp: 200, longreq: 405, dblreq: 401, semiuri: 200 },
  ...{ transports: 200, mpart01: 405, unreason: null, noreason: null },
  // 3.1.2: refused by their form; a bad Date is nobody's business.
  ...{ badinv01: 400, clerr: 400, ncl: 400, scalar02: 400, scalarlg: null, quotbal: 400, ltgtruri: 400, lwsruri: 400, lwsstart: 400 },
  ...{ trws: 400, escruri: 400, baddate: 405, regbadct: 400, badaspec: 400, baddn: 400, badvers: 505, mismatch01: 400, mismatch02: 501 },
  bigcode: null,
  // 3.2: the magic cookie alone is no branch; the rules of RFC 2543 match it.
  badbranch: 200,
  // 3.3: refused, or not, by their meaning. An unknown scheme of authorization is none.
  ...{ insuf: 400, unkscm: 416, novelsc: 416, unksm2: 401, bext01: 420, invut: 405, regaut01: 401, multi01: 400, mcl01: 400, bcast: null },
  ...{ zeromf: 200, cparam01: 401, cparam02: 401, regescrt: 401, sdp01: 405 },
  // 3.4: no branch, no Max-Forwards, no tag in From.
  inv2543: 405,
};
const value = ({ headers }: RawAnswer, name: string): string | undefined => headers.find(({ key }) => key === name)?.value;
const values = ({ headers }: RawAnswer, name: string): readonly string[] =>
  headers.filter(({ key }) => key === name).map((field) => field.value);

describe("RFC 4475: what the bridge answers over UDP", () => {
  let bridge: TestBridge;
  before(async () => {
    bridge = await startTestBridge({ domains: { main: "example.com", aliases: [] } });
    await bridge.putAccount("watson", TEST_PASSWORD);
    await bridge.putAccount("user", TEST_PASSWORD);
  });
  after(() => bridge.close());

  /** Sends it from a place of its own. */
  async function ask(bytes: Uint8Array): Promise<RawAnswer> {
    const sender = await openRawSender(bridge.sipPort);
    try {
      return await sender.answerTo(bytes);
    } finally {
      sender.close();
    }
  }

  for (const [section, names] of Object.entries(TORTURE_MESSAGES)) {
    for (const name of names) {
      const status = ANSWERS[name];
      if (status === null || status === undefined) {
        it(`${section} ${name}: nothing`, async () => {
          const sender = await openRawSender(bridge.sipPort);
          expect(await sender.answersBefore(tortureMessage(name))).to.deep.equal([]);
          sender.close();
        });
      } else {
        it(`${section} ${name}: ${status}`, async () => expect((await ask(tortureMessage(name))).status).to.equal(status));
      }
    }
  }

  it("has an answer, or none on purpose, for each of the 49", () => {
    const names = Object.values(TORTURE_MESSAGES).flat();
    expect(names).to.have.length(49);
    expect(Object.keys(ANSWERS).sort()).to.deep.equal([...names].sort());
  });

  it("3.1.1.8 dblreq: one answer; the second request in the datagram is none", async () => {
    const sender = await openRawSender(bridge.sipPort);
    const { status } = await sender.answerTo(tortureMessage("dblreq"));
    expect([status, await sender.answersBefore(Buffer.from("\r\n\r\n"))]).to.deep.equal([401, []]);
    sender.close();
  });

  it("3.1.2.18 mismatch02, 3.1.1.2 intmeth: 501 with Allow where the request could be read", async () => {
    expect(value(await ask(tortureMessage("intmeth")), "allow")).to.match(/^REGISTER, .*OPTIONS/);
  });

  it("3.3.1 insuf: the 400 has the Via and the CSeq, and does not invent what was missing", async () => {
    const answer = await ask(tortureMessage("insuf"));
    expect(answer.headers.map(({ key }) => key)).to.deep.equal(["via", "cseq", "content-length"]);
  });

  it("3.3.5 bext01: Unsupported names both", async () => {
    expect(value(await ask(tortureMessage("bext01")), "unsupported")).to.equal("nothingSupportsThis, nothingSupportsThisEither");
  });

  it("3.3.7 regaut01: a challenge that can be answered", async () => {
    const offered = values(await ask(tortureMessage("regaut01")), "www-authenticate").flatMap(parseChallenges);
    expect(offered.map(({ algorithm }) => algorithm.hash)).to.deep.equal(["SHA-256", "MD5"]);
  });

  /** The message again, with an answer to the challenge it met. */
  async function authenticated(name: string, username: string): Promise<RawAnswer> {
    const bytes = tortureMessage(name);
    const [challenge] = values(await ask(bytes), "www-authenticate").flatMap(parseChallenges);
    if (challenge === undefined) throw new Error("no challenge");
    const ha1 = digestHa1("SHA-256", username, challenge.realm, TEST_PASSWORD);
    const answer = answerDigest({ challenge, username, ha1, method: "REGISTER", uri: "sip:example.com", cnonce: "c", nc: 1 });
    const text = bytes.toString("latin1");
    const end = text.indexOf("\r\n") + 2;
    const again = text.replace(/branch=z9hG4bK/, "branch=z9hG4bKagain");
    return ask(Buffer.from(`${again.slice(0, end)}Authorization: ${writeCredentials(answer)}\r\n${again.slice(end)}`, "latin1"));
  }

  it("3.1.1.4 escnull: names nobody, and cuts no address", async () => {
    expect((await authenticated("escnull", "user")).status).to.equal(404);
  });

  it("3.3.4 unksm2: a To that is no SIP URI gets 400, once it is known who asks", async () => {
    expect((await authenticated("unksm2", "user")).status).to.equal(400);
  });

  it("3.3.12 cparam01: a parameter of the contact stays outside its URI", async () => {
    const answer = await authenticated("cparam01", "watson");
    expect([answer.status, value(answer, "contact")]).to.deep.equal([200, "<sip:+19725552222@gw1.example.net>;expires=3600;unknownparam"]);
  });

  it("3.3.13 cparam02: a parameter of the contact's URI is", async () => {
    const contacts = values(await authenticated("cparam02", "watson"), "contact");
    expect(contacts).to.include("<sip:+19725552222@gw1.example.net;unknownparam>;expires=3600");
  });

  it("3.3.14 regescrt: escaped headers are stored with the contact, and not acted upon", async () => {
    const answer = await authenticated("regescrt", "user");
    expect([answer.status, value(answer, "contact")]).to.deep.equal([
      ...[200, "<sip:user@example.com?Route=%3Csip:sip.example.com%3E>;expires=3600"],
    ]);
  });

  it("3.3.11 zeromf: a user agent takes it; a proxy would answer 483", () => {
    const message = parseMessage(tortureMessage("zeromf"));
    expect(message.kind === "request" && spendHop(message)).to.equal(undefined);
  });
});

describe("RFC 4475: what the bridge answers over TCP", () => {
  let bridge: TestBridge;
  before(async () => {
    bridge = await startTestBridge({ domains: { main: "example.com", aliases: [] } });
  });
  after(() => bridge.close());

  for (const [section, name] of [
    ["3.1.2.3", "ncl"],
    ["3.3.9", "mcl01"],
  ] as const) {
    it(`${section} ${name}: 400, and the connection is closed: nobody knows where the next message begins`, async () => {
      const peer = await connectPeer(bridge.sipPort);
      peer.send(tortureMessage(name));
      expect(await peer.ended()).to.match(/^SIP\/2\.0 400 /);
    });
  }

  it("3.1.2.2 clerr: the rest of the body is waited for", async () => {
    const peer = await connectPeer(bridge.sipPort);
    const bytes = tortureMessage("clerr");
    const length = Number(/Content-Length: (\d+)/.exec(bytes.toString("latin1"))?.[1]);
    const body = bytes.length - bytes.indexOf("\r\n\r\n") - 4;
    peer.send(bytes);
    peer.send(Buffer.alloc(length - body, 0x20));
    expect(await peer.until("SIP/2.0 ")).to.match(/^SIP\/2\.0 405 /);
    peer.close();
  });
});

describe("RFC 4475: what an element that takes calls answers, made of the same parts", () => {
  const abilities: UasAbilities = {
    methods: ["INVITE", "ACK", "OPTIONS", "CANCEL", "BYE"],
    extensions: [],
    bodyTypes: ["application/sdp"],
    answerTypes: ["application/sdp"],
  };
  let endpoint: UdpEndpoint;
  const answer = ({ request, answer: send }: IncomingRequest): void => {
    const refusal = refusalOf(request, abilities);
    const headers: readonly SipHeader[] = refusal?.headers ?? [];
    send(refusal?.status ?? 200, { headers });
  };
  before(async () => {
    endpoint = await openUdpEndpoint({
      ...{ address: "127.0.0.1", port: 0, clock: systemClock, randomBytes, onRequest: answer, onInvite: answer },
      onHandlerError: (error) => {
        throw error;
      },
    });
  });
  after(() => endpoint.close());

  for (const [what, name, status] of [
    ["3.1.1.1 a tortuous INVITE", "wsinv", 200],
    ["3.1.1.3 an escaped URI in the user part", "esc01", 200],
    ["3.1.1.7 long values", "longreq", 200],
    ["3.1.2.12 a bad Date", "baddate", 200],
    ["3.3.6 an unknown content type", "invut", 415],
    ["3.3.15 an Accept that admits nothing we can answer", "sdp01", 406],
    ["3.4.1 an INVITE of RFC 2543", "inv2543", 200],
  ] as const) {
    it(`${what} (${name}): ${status}`, async () => {
      const sender = await openRawSender(endpoint.transport.localPort);
      expect((await sender.answerTo(tortureMessage(name))).status).to.equal(status);
      sender.close();
    });
  }
});
