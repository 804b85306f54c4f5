import { expect } from "chai";
import { createStreamFramer, STREAM_LIMITS, type StreamItem } from "../../../../sip-bridge/sip/frame-stream.js";
import { seededRandom } from "../../../support/seeded-random.js";
import { sipBytes } from "../../../support/sip-messages.js";

const HEAD = [
  "OPTIONS sip:anna@voice.example SIP/2.0",
  "Via: SIP/2.0/TCP 192.0.2.10:5060;branch=z9hG4bKt1;rport",
  "Max-Forwards: 70",
  "From: <sip:anna@voice.example>;tag=f1",
  "To: <sip:anna@voice.example>",
  "CSeq: 1 OPTIONS",
];
const message = (callId: string, body = "", ...more: readonly string[]): Uint8Array =>
  sipBytes([...HEAD, `Call-ID: ${callId}`, ...more, `Content-Length: ${body.length}`], body);
const without = (name: string, ...more: readonly string[]): Uint8Array =>
  sipBytes([...HEAD.filter((line) => !line.startsWith(name)), "Call-ID: c", ...more]);
const text = (octets: string): Uint8Array => Buffer.from(octets, "latin1");

/** What came, in a line each. */
const show = (items: readonly StreamItem[]): readonly string[] =>
  items.map((item) => {
    if (item.kind === "message") return `${item.message.callId}:${Buffer.from(item.message.body).toString("latin1")}`;
    return item.kind === "malformed" || item.kind === "broken" ? `${item.kind} ${item.error.status} ${item.error.path}` : item.kind;
  });

function frame(octets: Uint8Array, cuts: readonly number[] = [], peerOpened = true): readonly string[] {
  const framer = createStreamFramer({ peerOpened });
  const ends = [...cuts, octets.length];
  return show(ends.flatMap((end, i) => framer.push(octets.subarray(ends[i - 1] ?? 0, end))));
}

const everyOctet = (octets: Uint8Array): readonly number[] => Array.from({ length: octets.length - 1 }, (_, i) => i + 1);

describe("RFC 3261 18.3: messages on a stream", () => {
  it("the body has as many octets as Content-Length says, and the next message follows at once", () => {
    expect(frame(Buffer.concat([message("a", "hello"), message("b"), message("c", "\r\n\r\n")]))).to.deep.equal([
      "a:hello",
      "b:",
      "c:\r\n\r\n",
    ]);
  });

  it("reads the compact form of Content-Length", () => {
    expect(frame(Buffer.concat([sipBytes([...HEAD, "i: a", "l: 2"], "hi"), message("b")]))).to.deep.equal(["a:hi", "b:"]);
  });

  it("a stream cut between any two octets, or all of them, gives the same", () => {
    const stream = Buffer.concat([
      text("\r\n\r\n"),
      message("a", "two\r\n\r\nlines"),
      text("\r\n"),
      message("b"),
      text("\r\n\r\n\r\n"),
      without("From", "Content-Length: 3"),
      text("xyz"),
      message("c", "end"),
      text("INVITE\r\n\r\n"),
    ]);
    const whole = frame(stream);
    expect(whole).to.deep.equal(["ping", "a:two\r\n\r\nlines", "b:", "ping", "malformed 400 from", "c:end", "broken 400 start-line"]);
    expect(frame(stream, everyOctet(stream)), "octet by octet").to.deep.equal(whole);
    for (const cut of everyOctet(stream)) expect(frame(stream, [cut]), `cut at ${cut}`).to.deep.equal(whole);
  });

  it("so does a stream that breaks at a line break of another sort", () => {
    const lines = [...HEAD, "Call-ID: c", "Subject: a\nSubject: b", "Content-Length: 0"];
    for (const start of ["OPTIONS sip:a SIP/2.0", "OPTIONS sip:a SIP/7.0", "octets"]) {
      const stream = Buffer.concat([message("a"), sipBytes([start, ...lines.slice(1)]), message("b")]);
      const whole = frame(stream);
      expect(whole).to.have.length(2);
      for (const cut of everyOctet(stream)) expect(frame(stream, [cut]), `cut at ${cut}`).to.deep.equal(whole);
      expect(frame(stream, everyOctet(stream)), "octet by octet").to.deep.equal(whole);
    }
  });

  it("what is no SIP ends the stream at once, not when its header part would be over", () => {
    expect(frame(text("\x16\x03\x01\x00\xa5\x01\n"))).to.have.length(1);
    expect(frame(text("REGISTER sip:a SIP/2.0\nVia: x"))).to.deep.equal(["broken 400 header"]);
  });

  it("a stream cut at many places at random gives the same", () => {
    const random = seededRandom(7);
    const stream = Buffer.concat(Array.from({ length: 40 }, (_, i) => message(`m${i}`, "x".repeat(random.int(300)))));
    const whole = frame(stream);
    for (let round = 0; round < 50; round++) {
      const cuts = Array.from({ length: 60 }, () => random.int(stream.length)).sort((a, b) => a - b);
      expect(frame(stream, cuts)).to.deep.equal(whole);
    }
  });

  it("a message keeps nothing of the octets it was read from", () => {
    const octets = Buffer.from(message("a", "hello"));
    const [item] = createStreamFramer({ peerOpened: true }).push(octets);
    octets.fill(0);
    expect(show(item === undefined ? [] : [item])).to.deep.equal(["a:hello"]);
  });
});

describe("RFC 5626 4.4.1: keep-alives between messages", () => {
  it("CRLFCRLF is a ping of the side that opened the connection", () => {
    expect(frame(text("\r\n\r\n\r\n\r\n"))).to.deep.equal(["ping", "ping"]);
  });

  it("CRLF is a pong of the side that did not open it", () => {
    expect(frame(text("\r\n\r\n"), [], false)).to.deep.equal(["pong", "pong"]);
  });

  it("one CRLF before a message is no ping (RFC 3261 7.5)", () => {
    expect(frame(Buffer.concat([text("\r\n"), message("a"), text("\r\n"), message("b")]))).to.deep.equal(["a:", "b:"]);
  });

  it("a half ping is no message that has begun", () => {
    const framer = createStreamFramer({ peerOpened: true });
    framer.push(text("\r\n"));
    expect([framer.isInMessage(), framer.held()]).to.deep.equal([false, 0]);
  });
});

describe("RFC 4475 on a stream: messages that can't be read", () => {
  it("are refused one by one as long as it is plain where they end", () => {
    const bad = [without("To", "Content-Length: 0"), without("CSeq", "CSeq: 1 INVITE", "Content-Length: 2"), text("ab")];
    expect(frame(Buffer.concat([...bad, message("a")]))).to.deep.equal(["malformed 400 to", "malformed 400 cseq", "a:"]);
  });

  it("a head that can't be read, but says its length plainly, costs no more than itself", () => {
    const twice = without("Nothing", "From: <sip:b@b>;tag=2", "Content-Length: 2");
    const version = sipBytes(["OPTIONS sip:a SIP/7.0", ...HEAD.slice(1), "Call-ID: c", "Content-Length: 0"]);
    expect(frame(Buffer.concat([twice, text("ab"), version, message("a")]))).to.deep.equal([
      "malformed 400 from",
      "malformed 505 start-line",
      "a:",
    ]);
  });

  const BREAKING: Readonly<Record<string, readonly string[]>> = {
    "no Content-Length": [],
    "a negative Content-Length (3.1.2.3)": ["Content-Length: -999"],
    "a Content-Length that is no number": ["Content-Length: abc"],
    "an empty Content-Length": ["Content-Length:"],
    "two Content-Lengths (3.3.9)": ["Content-Length: 0", "Content-Length: 5"],
    "two Content-Lengths, one of them compact": ["Content-Length: 0", "l: 0"],
  };
  for (const [what, lines] of Object.entries(BREAKING)) {
    it(`${what}: 400, and nothing after it is read`, () => {
      expect(frame(Buffer.concat([without("Nothing", ...lines), message("a")]))).to.deep.equal(["broken 400 content-length"]);
    });
  }

  it("a folded Content-Length is not taken on a damaged head: two readers could differ", () => {
    const folded = without("Nothing", "From: <sip:b@b>;tag=2", "Content-Length: 1\r\n 0");
    expect(frame(Buffer.concat([folded, message("a")]))).to.deep.equal(["broken 400 from"]);
  });

  it("a line break of another sort breaks the stream", () => {
    expect(frame(Buffer.concat([without("Nothing", "Subject: a\nContent-Length: 3", "Content-Length: 0"), message("a")]))).to.deep.equal([
      "broken 400 header",
    ]);
    expect(frame(text("\n"))).to.deep.equal(["broken 400 header"]);
    expect(frame(text("\r"), [], true), "it may go on").to.deep.equal([]);
    expect(frame(text("\rx"))).to.deep.equal(["broken 400 header"]);
  });

  it("what breaks the stream can be answered, if it is a request with its fields", () => {
    const [item] = createStreamFramer({ peerOpened: true }).push(without("Nothing"));
    expect(item?.kind === "broken" && item.error.request?.method).to.equal("OPTIONS");
  });
});

describe("limits on a stream", () => {
  it("a header part over its limit: 513, also when it has no end", () => {
    const many = Array.from({ length: 3 }, () => `Subject: ${"x".repeat(7_000)}`);
    expect(frame(message("a", "", ...many))).to.deep.equal(["broken 513 header"]);
    const endless = Buffer.concat([text(`${HEAD.join("\r\n")}\r\n`), Buffer.alloc(STREAM_LIMITS.headBytesMax, 0x61)]);
    expect(frame(endless)).to.deep.equal(["broken 513 header"]);
    expect(frame(endless, everyOctet(endless))).to.deep.equal(["broken 513 header"]);
  });

  it("a header part of exactly the limit is read", () => {
    const bare = message("a", "", "Subject: ").length;
    const fill = STREAM_LIMITS.headBytesMax - bare;
    const octets = message("a", "", `Subject: ${"x".repeat(fill - 8_000)}`, `Subject: ${"x".repeat(8_000 - "Subject: \r\n".length)}`);
    expect(octets.length).to.equal(STREAM_LIMITS.headBytesMax);
    expect(frame(octets)).to.deep.equal(["a:"]);
  });

  it("a body over its limit: 513 before any of it is read", () => {
    const framer = createStreamFramer({ peerOpened: true });
    expect(show(framer.push(without("Nothing", `Content-Length: ${STREAM_LIMITS.bodyBytesMax + 1}`)))).to.deep.equal([
      "broken 513 content-length",
    ]);
    expect(framer.held()).to.equal(0);
  });

  it("a body of exactly the limit is read", () => {
    const body = "x".repeat(STREAM_LIMITS.bodyBytesMax);
    expect(frame(message("a", body))).to.deep.equal([`a:${body}`]);
  });

  it("never holds more than one message of the greatest size, whatever comes after it broke", () => {
    const framer = createStreamFramer({ peerOpened: true });
    framer.push(message("a", "x".repeat(STREAM_LIMITS.bodyBytesMax)).subarray(0, -1));
    expect(framer.held()).to.be.at.most(STREAM_LIMITS.heldBytesMax);
    framer.push(text("xbroken\r\n\r\n"));
    for (let i = 0; i < 100; i++) framer.push(Buffer.alloc(65_536));
    expect(framer.held()).to.equal(0);
  });

  it("an idle stream holds nothing", () => {
    const framer = createStreamFramer({ peerOpened: true });
    framer.push(Buffer.concat([message("a", "hello"), text("\r\n\r\n")]));
    expect([framer.held(), framer.isInMessage()]).to.deep.equal([0, false]);
  });
});
