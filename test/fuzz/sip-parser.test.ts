/**
 * The SIP parser against damaged and hostile messages: it returns or throws MalformedMessage.
 * A failure names the seed; SEED=n repeats it.
 */
import { expect } from "chai";
import { parseChallenges, parseCredentials } from "../../common/digest.js";
import { buildRefusal, buildResponse, markReceived } from "../../sip-bridge/sip/build.js";
import { readContacts } from "../../sip-bridge/sip/header-values.js";
import { MalformedMessage, type SipMessage } from "../../sip-bridge/sip/message.js";
import { parseMessage } from "../../sip-bridge/sip/parse-message.js";
import { parseUri, sameUri, writeUri } from "../../sip-bridge/sip/uri.js";
import { writeMessage } from "../../sip-bridge/sip/write-message.js";
import { damageSip, sipCorpus } from "../support/damage-sip.js";
import { HOSTILE_FIELDS, HOSTILE_VALUES, hostileMessage } from "../support/hostile-sip.js";
import { runSeed, seededRandom } from "../support/seeded-random.js";

/** More for a long run: FUZZ_ROUNDS=1000000. */
const ROUNDS = Number(process.env["FUZZ_ROUNDS"] ?? 8_000);
const SOURCE = { address: "192.0.2.9", port: 5060 };

/** Everything a program does with a message it took, or with one it did not. */
function use(bytes: Uint8Array): "taken" | "refused" {
  try {
    exercise(parseMessage(bytes));
    return "taken";
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    const refusal = error.request === undefined ? undefined : buildRefusal(error.request, error.status, "t", SOURCE);
    if (refusal !== undefined) writeMessage(refusal);
    return "refused";
  }
}

function exercise(message: SipMessage): void {
  const written = writeMessage(message);
  expect(writeMessage(parseMessage(written))).to.deep.equal(written);
  const contacts = readContacts(message);
  for (const { uri } of contacts === "*" ? [] : contacts) {
    const parsed = parseUri(uri);
    expect(sameUri(parsed, parseUri(writeUri(parsed)))).to.equal(true);
  }
  for (const { value } of message.headers) {
    parseChallenges(value);
    parseCredentials(value);
  }
  if (message.kind === "request") {
    // What we answer, the peer can read, and finds its own Via in it.
    const answer = parseMessage(writeMessage(buildResponse(markReceived(message, SOURCE), 200, { toTag: "t" })));
    expect(answer.vias.length).to.equal(message.vias.length);
  }
}

describe("fuzz: SIP parser", () => {
  const seed = runSeed();

  it(`damaged messages are taken or refused, and nothing else (SEED=${seed})`, () => {
    const random = seededRandom(seed);
    const originals = sipCorpus();
    const outcomes = { taken: 0, refused: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      let bytes = random.pick(originals);
      for (let i = random.int(4); i >= 0; i--) bytes = damageSip(random, bytes, random.pick(originals));
      outcomes[use(bytes)]++;
    }
    expect(outcomes.taken, "the damage leaves some readable").to.be.greaterThan(ROUNDS / 100);
    expect(outcomes.refused, "and some not").to.be.greaterThan(ROUNDS / 100);
  });

  // What they cost is measured by `npm run fuzz` (million-sip/hostile.ts): a busy machine must not fail a test.
  for (const [what, make] of Object.entries(HOSTILE_VALUES)) {
    it(`${what}, up to the limit of a line: taken or refused, and nothing else`, () => {
      const outcomes = HOSTILE_FIELDS.flatMap((name) => [3_000, 8_000].map((octets) => use(hostileMessage(name, make(octets)))));
      // Subject is not read, so that its message is taken if its line is one.
      expect(outcomes).to.include("taken");
    });
  }
});
