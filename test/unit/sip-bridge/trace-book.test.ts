/**
 * Traces: what is kept of whom, and for how long.
 */
import { expect } from "chai";
import { writeMessage } from "../../../sip-bridge/sip/write-message.js";
import { createTraceBook, TRACE_LIMITS } from "../../../sip-bridge/trace-book.js";
import { fakeClock } from "../../support/fake-clock.js";
import { sipFlow, sipRequest, sipResponse } from "../../support/sip-messages.js";

const ANNA = "anna@voice.example";
const REGISTER = sipRequest("REGISTER sip:voice.example SIP/2.0");
const OF_BERT = sipRequest("REGISTER sip:voice.example SIP/2.0", "From: <sip:bert@voice.example>;tag=1", "To: <sip:bert@voice.example>");

function bookOf() {
  const clock = fakeClock();
  return { clock, book: createTraceBook({ domains: { main: "voice.example", aliases: ["alias.example"] }, clock }) };
}

describe("traces of an address that is watched", () => {
  it("hold what its devices say and hear, and nobody else's", () => {
    const { book } = bookOf();
    const watch = book.watch(ANNA, 60_000);
    book.heard(REGISTER, sipFlow());
    book.heard(OF_BERT, sipFlow());
    book.said(writeMessage(sipResponse(REGISTER, 401)), sipFlow());
    book.said(Buffer.from("\r\n\r\n"), sipFlow());
    const kept = book.get(watch?.id ?? "")?.messages ?? [];
    expect(kept.map(({ direction, text }) => [direction, text.split("\r\n")[0]])).to.deep.equal([
      ["in", "REGISTER sip:voice.example SIP/2.0"],
      ["out", "SIP/2.0 401 x"],
    ]);
  });

  it("an alias of the domain is the same address", () => {
    const { book } = bookOf();
    const watch = book.watch(ANNA, 60_000);
    book.heard(sipRequest("REGISTER sip:alias.example SIP/2.0", "To: <sip:anna@alias.example>"), sipFlow());
    expect(book.get(watch?.id ?? "")?.messages).to.have.length(1);
  });

  it("end after their time, and can still be read", async () => {
    const { book, clock } = bookOf();
    const watch = book.watch(ANNA, 1_000);
    book.heard(REGISTER, sipFlow());
    await clock.advance(1_000);
    book.heard(REGISTER, sipFlow());
    expect(book.get(watch?.id ?? "")?.messages).to.have.length(1);
  });

  it("last an hour at most", () => {
    expect(bookOf().book.watch(ANNA, 10 * 3_600_000)?.endsAtMs).to.equal(bookOf().clock.now() + TRACE_LIMITS.watchMsMax);
  });

  it("keep the last messages, and count those that went", () => {
    const { book } = bookOf();
    const watch = book.watch(ANNA, 60_000);
    for (let i = 0; i < TRACE_LIMITS.messagesMax + 3; i++) book.heard(REGISTER, sipFlow());
    expect(book.get(watch?.id ?? ""))
      .to.include({ dropped: 3 })
      .and.have.property("messages")
      .with.length(TRACE_LIMITS.messagesMax);
  });

  it("and no more characters than there is room for", () => {
    const { book } = bookOf();
    const watch = book.watch(ANNA, 60_000);
    const long = sipRequest("REGISTER sip:voice.example SIP/2.0", ...Array.from({ length: 4 }, (_, i) => `X-${i}: ${"x".repeat(3_000)}`));
    for (let i = 0; i < 100; i++) book.heard(long, sipFlow());
    const characters = (book.get(watch?.id ?? "")?.messages ?? []).reduce((sum, { text }) => sum + text.length, 0);
    expect(characters).to.be.within(TRACE_LIMITS.charactersMax - 13_000, TRACE_LIMITS.charactersMax);
  });

  it("are so many at once; one that has ended makes room", async () => {
    const { book, clock } = bookOf();
    const first = book.watch(ANNA, 1_000);
    for (let i = 1; i < TRACE_LIMITS.watchesMax; i++) book.watch(ANNA, 60_000);
    expect(book.watch(ANNA, 60_000)).to.equal(undefined);
    await clock.advance(1_000);
    expect(book.watch(ANNA, 60_000)).not.to.equal(undefined);
    expect(book.get(first?.id ?? "")).to.equal(undefined);
  });
});

describe("traces of failed wakes", () => {
  const failedWake = (deviceId: string) => ({
    ...{ deviceId, addressOfRecord: ANNA },
    messages: Array.from({ length: TRACE_LIMITS.failedMessagesMax + 2 }, (_, i) => ({
      ...({ atMs: i, direction: "out", flow: sipFlow(), message: REGISTER, repetition: i } as const),
    })),
  });

  it("hold their first messages", () => {
    const { book } = bookOf();
    book.keepFailedWake(failedWake("d1"));
    const [trace] = book.list();
    expect(trace).to.deep.include({ kind: "failed-wake", deviceId: "d1", addressOfRecord: ANNA, beganAtMs: 0, dropped: 2 });
    expect(trace?.messages.map(({ repetition }) => repetition)).to.deep.equal([...Array(TRACE_LIMITS.failedMessagesMax).keys()]);
  });

  it("are the last ones", () => {
    const { book } = bookOf();
    for (let i = 0; i < TRACE_LIMITS.failedWakesMax + 1; i++) book.keepFailedWake(failedWake(`d${i}`));
    expect(book.list()).to.have.length(TRACE_LIMITS.failedWakesMax);
    expect(book.list().some(({ deviceId }) => deviceId === "d0")).to.equal(false);
  });
});
