/**
 * Server-sent events, however their bytes are cut.
 * Layer: unit test.
 */
import { expect } from "chai";
import { readServerSentEvents, type ServerSentEvent } from "../../../cli/server-sent-events.js";

async function read(...chunks: readonly (string | Uint8Array)[]): Promise<readonly ServerSentEvent[]> {
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) yield typeof chunk === "string" ? Buffer.from(chunk) : chunk;
  }
  const events: ServerSentEvent[] = [];
  for await (const event of readServerSentEvents(bytes())) events.push(event);
  return events;
}

const STREAM =
  'retry: 2000\n\n: heartbeat\n\nid: 7\nevent: group-changed\ndata: {"a":"ü"}\n\nid: 8\ndata: one\ndata: two\n\nid: 9\ndata: cut';
const EVENTS = [
  { id: "7", event: "group-changed", data: '{"a":"ü"}' },
  { id: "8", event: "message", data: "one\ntwo" },
];

describe("server-sent events (HTML 9.2)", () => {
  it("are read; comments and what was cut off are not", async () => {
    expect(await read(STREAM)).to.deep.equal(EVENTS);
    expect(await read(STREAM.replaceAll("\n", "\r\n"))).to.deep.equal(EVENTS);
  });

  it("are the same wherever the bytes are cut, inside a character too", async () => {
    const bytes = Buffer.from(STREAM);
    for (let at = 0; at <= bytes.length; at++) expect(await read(bytes.subarray(0, at), bytes.subarray(at))).to.deep.equal(EVENTS);
  });

  it("have an end, or are refused", async () => {
    const failure = await read("data: ", "x".repeat(1_100_000)).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(RangeError);
  });
});
