/**
 * Which conversations are kept, for how long, and how much of them.
 * Layer: unit test.
 */
import type { IncomingMessage } from "node:http";
import { expect } from "chai";
import { TRANSCRIPT_LIMITS, type Transcript, type TranscriptLimits, Transcripts } from "../../../../acs/http/transcripts.js";
import { fakeClock } from "../../../support/fake-clock.js";

const REQUEST = {
  method: "POST",
  url: "/",
  httpVersion: "1.1",
  rawHeaders: ["Host", "acs", "Cookie", "reveille=hunter2"],
} as IncomingMessage;

function make(limits: Partial<TranscriptLimits> = {}) {
  const clock = fakeClock(Date.UTC(2026, 0, 1, 12));
  const transcripts = new Transcripts(clock, { ...TRANSCRIPT_LIMITS, failedMax: 10, ...limits });
  const session = (deviceId: string, outcome: "done" | "failed" = "failed", body = "<a/>"): void => {
    const recording = transcripts.open(deviceId);
    recording.heard(REQUEST, body);
    recording.told(204, { "Set-Cookie": "hunter2" }, "");
    recording.end(outcome, "it broke");
  };
  const texts = (deviceId: string) => transcripts.list(deviceId).map(({ id }) => transcripts.get(deviceId, id)?.text ?? "");
  return { clock, transcripts, session, texts };
}

describe("transcripts", () => {
  it("of failed sessions are readable text without secrets, newest first", () => {
    const { session, texts, transcripts } = make();
    session("d1", "failed", "<Password>hunter2</Password>");
    session("d1", "done");
    expect(texts("d1")).to.deep.equal([
      [
        "Device d1, failed: it broke. Secrets are replaced.",
        "",
        "--- 2026-01-01T12:00:00.000Z device -> ACS",
        "POST / HTTP/1.1",
        "Host: acs",
        "Cookie: [redacted]",
        "",
        "<Password>[redacted]</Password>",
        "",
        "--- 2026-01-01T12:00:00.000Z ACS -> device",
        "HTTP/1.1 204",
        "Set-Cookie: [redacted]",
        "",
        "",
        "",
      ].join("\n"),
    ]);
    const [summary] = transcripts.list("d1");
    expect(summary).to.deep.include({ deviceId: "d1", kept: "failed", outcome: "it broke", atMs: Date.UTC(2026, 0, 1, 12) });
    expect(transcripts.get("d2", summary?.id ?? ""), "another device's").to.equal(undefined);
  });

  it("of all sessions of a device while it is asked for", async () => {
    const { clock, transcripts, session, texts } = make();
    expect(transcripts.ask("d1", 60_000)).to.deep.equal({ untilMs: clock.now() + 60_000 });
    session("d1", "done");
    session("d2", "done");
    await clock.advance(60_000);
    session("d1", "done");
    expect([texts("d1").length, texts("d2").length]).to.deep.equal([1, 0]);
    expect(transcripts.list("d1")[0]).to.include({ kept: "asked", outcome: "done" });
  });

  it("of so many devices at once, until they end", async () => {
    const { clock, transcripts } = make({ askedMax: 1 });
    transcripts.ask("d1", 1_000);
    expect([transcripts.ask("d2", 1_000), transcripts.ask("d1", 1_000) === undefined]).to.deep.equal([undefined, false]);
    await clock.advance(1_000);
    expect(transcripts.ask("d2", 1_000)).not.to.equal(undefined);
  });

  it("stay within their limits: the oldest go, failed ones, a device's own, all", () => {
    const failed = make({ failedMax: 2 });
    for (const id of ["d1", "d2", "d3"]) failed.session(id);
    expect(["d1", "d2", "d3"].map((id) => failed.texts(id).length)).to.deep.equal([0, 1, 1]);
    const own = make({ perDeviceMax: 2 });
    own.session("d0");
    for (let i = 0; i < 3; i++) own.session("d1", "failed", `<n${i}/>`);
    expect(own.texts("d1").map((text) => /<n\d/.exec(text)?.[0])).to.deep.equal(["<n2", "<n1"]);
    expect(own.texts("d0")).to.have.length(1);
    const large = make({ deviceCharactersMax: 3_000 });
    large.session("d0");
    for (let i = 0; i < 4; i++) large.session("d1", "failed", "x".repeat(1_000));
    expect([large.texts("d0").length, large.texts("d1").length]).to.deep.equal([1, 2]);
    const characters = make({ keptCharactersMax: 3_000 });
    for (const id of ["d1", "d2", "d3"]) characters.session(id, "failed", "x".repeat(1_000));
    expect(["d1", "d2", "d3"].map((id) => characters.texts(id).length)).to.deep.equal([0, 1, 1]);
    const count = make({ keptMax: 1 });
    for (const id of ["d1", "d2"]) count.session(id);
    expect(["d1", "d2"].map((id) => count.texts(id).length)).to.deep.equal([0, 1]);
  });

  it("cut what is too long, of a session and of all that go on; an end gives the room back", () => {
    const { session, texts, transcripts } = make({ sessionCharactersMax: 500, liveCharactersMax: 600 });
    session("d1", "failed", "x".repeat(1_000));
    expect(texts("d1")[0]).to.match(/x{400,}\n\[\d+ more, not kept: a limit was reached\]/);
    const going = transcripts.open("d2");
    going.heard(REQUEST, "y".repeat(1_000));
    session("d3", "failed", "z".repeat(1_000));
    expect(/z+/.exec(texts("d3")[0] ?? "")?.[0].length).to.be.below(100);
    going.end("done", "");
    for (let i = 0; i < 20; i++) session("d4", "done");
    session("d4", "failed", "z".repeat(300));
    expect(texts("d4")[0]).to.include("z".repeat(300));
  });

  it("show the bytes of what could not be read, except of a content coding, where secrets can't be found", () => {
    const { transcripts, texts } = make();
    const recording = transcripts.open("d1");
    recording.heard(REQUEST, { raw: Buffer.from([0x3c, 0x61, 0x00, 0xff, 0x0a]), isCoded: false });
    recording.heard(REQUEST, { raw: Buffer.from("<Password>hunter2</Password>", "utf16le"), isCoded: false });
    recording.heard(REQUEST, { raw: Buffer.alloc(1_000, 0x1f), isCoded: true });
    recording.end("failed", "odd");
    expect(texts("d1")[0])
      .to.include("<a\\xff\n")
      .and.include("<Password>[redacted]</Password>")
      .and.include(`${"1f".repeat(64)}\n`);
  });

  it("are recorded only for those asked for, if none of failed sessions are wanted", () => {
    const { transcripts, session, texts } = make({ failedMax: 0 });
    session("d1");
    transcripts.ask("d2", 1_000);
    session("d2");
    expect([texts("d1").length, texts("d2").length]).to.deep.equal([0, 1]);
  });

  it("have a copy with a keeper, which drops what they drop, and gives back what the limits allow", () => {
    const clock = fakeClock();
    const copies = new Map<string, Transcript>();
    const keeper = { keep: (one: Transcript) => void copies.set(one.id, one), drop: (id: string) => void copies.delete(id) };
    const limits = { ...TRANSCRIPT_LIMITS, failedMax: 2 };
    const first = new Transcripts(clock, limits, keeper);
    for (const id of ["d1", "d2", "d3"]) {
      const recording = first.open(id);
      recording.heard(REQUEST, `<${id}/>`);
      recording.end("failed", "it broke");
    }
    expect([...copies.values()].map(({ deviceId }) => deviceId)).to.deep.equal(["d2", "d3"]);
    const second = new Transcripts(clock, { ...limits, failedMax: 1 }, keeper);
    second.restore([...copies.values()]);
    expect([second.list("d2"), second.list("d3").length, copies.size]).to.deep.equal([[], 1, 1]);
    second.forget("d3");
    expect(copies.size).to.equal(0);
  });

  it("go with their device", () => {
    const { transcripts, session, texts } = make();
    transcripts.ask("d1", 1_000);
    session("d1");
    transcripts.forget("d1");
    session("d1", "done");
    expect(texts("d1")).to.deep.equal([]);
  });
});
