/**
 * Streams of damaged messages, keep-alives and noise: however they are cut, the framer says the same, holds little and never throws.
 * A failure names the seed; SEED=n repeats it.
 */
import { expect } from "chai";
import { buildRefusal } from "../../sip-bridge/sip/build.js";
import { createStreamFramer, STREAM_LIMITS, type StreamItem } from "../../sip-bridge/sip/frame-stream.js";
import { writeMessage } from "../../sip-bridge/sip/write-message.js";
import { cpuMsOf } from "../support/cpu-time.js";
import { damagedStream, sipCorpus } from "../support/damage-sip.js";
import { runSeed, seededRandom } from "../support/seeded-random.js";
import { sipBytes } from "../support/sip-messages.js";

/** Streams, of three messages each on average. More for a long run: FUZZ_ROUNDS=1000000. */
const ROUNDS = Number(process.env["FUZZ_ROUNDS"] ?? 1_500);
const SOURCE = { address: "192.0.2.9", port: 5060 };
function frame(stream: Buffer, cuts: readonly number[], peerOpened: boolean): readonly StreamItem[] {
  const framer = createStreamFramer({ peerOpened });
  const ends = [...cuts, stream.length];
  return ends.flatMap((end, i) => {
    const items = framer.push(stream.subarray(ends[i - 1] ?? 0, end));
    if (framer.held() > STREAM_LIMITS.heldBytesMax) throw new Error(`holds ${framer.held()} octets`);
    return items;
  });
}

/** What a program sees of them, with the answers that it would send. */
const show = (items: readonly StreamItem[]): readonly string[] =>
  items.map((item) => {
    if (item.kind === "message") return Buffer.from(writeMessage(item.message)).toString("latin1");
    if (item.kind === "ping" || item.kind === "pong") return item.kind;
    const { request, status } = item.error;
    const refusal = request === undefined ? undefined : buildRefusal(request, status, "t", SOURCE);
    return `${item.kind} ${item.error.message} ${refusal === undefined ? "" : Buffer.from(writeMessage(refusal)).toString("latin1")}`;
  });

describe("fuzz: SIP streams", () => {
  const seed = runSeed();

  it(`a stream of anything, cut anywhere, gives the same (SEED=${seed})`, () => {
    const random = seededRandom(seed);
    const originals = sipCorpus();
    const outcomes: Record<StreamItem["kind"], number> = { message: 0, malformed: 0, ping: 0, pong: 0, broken: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      const stream = damagedStream(random, originals);
      const peerOpened = random.int(4) > 0;
      const whole = frame(stream, [], peerOpened);
      for (const { kind } of whole) outcomes[kind]++;
      const cuts = random.list(12, () => random.int(stream.length + 1)).toSorted((a, b) => a - b);
      expect(show(frame(stream, cuts, peerOpened)), `round ${round}`).to.deep.equal(show(whole));
      const broken = whole.findIndex(({ kind }) => kind === "broken");
      expect(broken === -1 || broken === whole.length - 1, `round ${round}: nothing after it broke`).to.equal(true);
    }
    const all = Object.values(outcomes).reduce((a, b) => a + b);
    expect(outcomes.message / all, JSON.stringify(outcomes)).to.be.greaterThan(0.3);
    for (const count of Object.values(outcomes)) expect(count, JSON.stringify(outcomes)).to.be.greaterThan(0);
  });

  const hostile = (bytes: number): Uint8Array => sipBytes(["OPTIONS sip:a@b SIP/2.0", `From: <${" ".repeat(bytes)}`, "Content-Length: 0"]);
  const STREAMS: Readonly<Record<string, Uint8Array>> = {
    "From: < and 3 kB of spaces": hostile(3_000),
    "a header part of 16 kB without end": Buffer.from(`OPTIONS sip:a@b SIP/2.0\r\n${"X: y\r\n".repeat(2_700)}`),
    "a body of 64 kB": sipBytes(["OPTIONS sip:a@b SIP/2.0", "Content-Length: 65536"], "\r".repeat(65_536)),
    "keep-alives of 64 kB": Buffer.alloc(65_536, "\r\n"),
  };
  for (const [what, stream] of Object.entries(STREAMS)) {
    it(`${what}, octet by octet: work that grows with the octets only`, () => {
      const once = (): number =>
        cpuMsOf(() => {
          const framer = createStreamFramer({ peerOpened: true });
          for (let i = 0; i < stream.length; i++) framer.push(stream.subarray(i, i + 1));
        });
      once(); // compiles
      // 1 µs an octet is what it takes; work that grew with the square of 64 kB would be seconds.
      expect(Math.min(once(), once(), once())).to.be.lessThan(5 + stream.length / 200);
    });
  }
});
