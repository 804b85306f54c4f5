import { expect } from "chai";
import type { EventKind, NewEvent, StoredEvent } from "../../acs/events/event.js";
import { STREAM_LIMITS } from "../../acs/northbound/rest/event-stream.js";
import { settle } from "../support/fake-clock.js";
import { type OpenStream, openStream, type RestServer, startRestServer } from "../support/rest-server.js";

describe("REST: events", () => {
  let server: RestServer;
  const streams: OpenStream[] = [];
  before(async () => {
    server = await startRestServer();
  });
  after(() => server.close());
  afterEach(async () => {
    for (const stream of streams.splice(0)) {
      stream.close();
      await stream.ended;
    }
    while (server.clock.pending() > 0) await settle();
    expect(server.failures).to.deep.equal([]);
  });

  const event = (deviceId: string | null, kind: EventKind = "device-informed", data = {}): NewEvent => ({
    atMs: 1_000,
    kind,
    deviceId,
    data,
  });
  const append = (...events: readonly NewEvent[]): Promise<readonly StoredEvent[]> => server.stores.events.append(events);
  const appendOne = async (one: NewEvent): Promise<number> => (await append(one))[0]?.id ?? 0;
  const stream = async (query = "", headers = {}): Promise<OpenStream> => {
    const opened = await openStream(server, `/api/events/stream${query}`, headers);
    streams.push(opened);
    return opened;
  };
  const ids = (events: readonly { readonly id: number }[]): readonly number[] => events.map(({ id }) => id);

  describe("as pages", () => {
    it("shows events newest first, or oldest first after one, by device and kind", async () => {
      const stored = await append(event("A"), event("B"), event("A", "wire", { kind: "sent" }), event(null, "file-added"));
      const [a1, b1, a2, f1] = ids(stored);
      const list = async (query: string) => (await server.call("GET", `/api/events?${query}`)).body;
      expect(ids((await list("limit=2")).events)).to.deep.equal([f1, a2]);
      expect(ids((await list(`after=${a1}`)).events)).to.deep.equal([b1, a2, f1]);
      expect(ids((await list(`before=${a2}&limit=2`)).events)).to.deep.equal([b1, a1]);
      expect(ids((await list("device=A")).events)).to.deep.equal([a2, a1]);
      expect(ids((await list("kind=wire,file-added")).events)).to.deep.equal([f1, a2]);
      expect((await list(`device=A&after=${a1}`)).events[0]).to.deep.equal({
        id: a2,
        at: "1970-01-01T00:00:01.000Z",
        kind: "wire",
        device: "A",
        data: { kind: "sent" },
      });
    });

    it("says where the next page begins, and when there is none", async () => {
      const first = await server.call("GET", "/api/events?limit=3");
      const rest = await server.call("GET", `/api/events?before=${first.body.next}&limit=1000`);
      expect(first.body.next).to.equal(first.body.events[2].id);
      expect([rest.body.events[0].id < first.body.next, rest.body.next]).to.deep.equal([true, null]);
    });

    it("refuses unknown kinds, both cursors at once, and numbers that are none", async () => {
      for (const [query, field] of [
        ["kind=wire,boom", "kind"],
        ["after=1&before=9", "before"],
        ["after=-1", "after"],
        ["limit=1001", "limit"],
        ["since=1", "since"],
      ]) {
        const { status, body } = await server.call("GET", `/api/events?${query}`);
        expect([status, body.errors?.[0].field], query).to.deep.equal([422, field]);
      }
    });
  });

  describe("as a stream", () => {
    it("sends what is stored from now on", async () => {
      await append(event("before"));
      const live = await stream();
      const id = await appendOne(event("A", "wire", { line: "one\ntwo" }));
      const data = { id, at: "1970-01-01T00:00:01.000Z", kind: "wire", device: "A", data: { line: "one\ntwo" } };
      expect(await live.take(1)).to.deep.equal([{ id, event: "wire", data }]);
    });

    it("tells clients when to come back, and keeps proxies from holding it up", async () => {
      const live = await stream();
      await appendOne(event("A"));
      await live.take(1);
      expect(live.text()).to.match(/^retry: 2000\n\n/);
    });

    it("sends after Last-Event-ID what was missed, then what is new", async () => {
      const [first, ...missed] = await append(event("A"), event("A"), event("A"));
      const live = await stream("", { "Last-Event-ID": String(first?.id) });
      expect(ids(await live.take(2))).to.deep.equal(ids(missed));
      const id = await appendOne(event("A"));
      expect(ids(await live.take(1))).to.deep.equal([id]);
    });

    it("takes the last id from the query as well", async () => {
      const [first, second] = await append(event("A"), event("A"));
      expect(ids(await (await stream(`?lastEventId=${first?.id}`)).take(1))).to.deep.equal([second?.id]);
    });

    it("has no gap and sends none twice while events are stored during the replay", async () => {
      const from = await appendOne(event("A"));
      await append(...Array.from({ length: 1_200 }, () => event("A")));
      const opening = stream("", { "Last-Event-ID": String(from) });
      const storing = Array.from({ length: 300 }, () => append(event("A"), event("A")));
      const live = await opening;
      await Promise.all(storing);
      const last = await appendOne(event("A"));
      const seen = ids(await live.take(1_801));
      expect(seen).to.deep.equal(Array.from({ length: 1_801 }, (_, i) => from + 1 + i));
      expect(seen.at(-1)).to.equal(last);
    });

    it("sends only the device and kinds asked for, replayed and live", async () => {
      const from = await appendOne(event("A"));
      const [, , wanted] = await append(event("A"), event("B", "wire"), event("A", "wire"));
      const live = await stream("?device=A&kind=wire,task-changed", { "Last-Event-ID": String(from) });
      expect(ids(await live.take(1))).to.deep.equal([wanted?.id]);
      const [, next] = await append(event("B", "wire"), event("A", "task-changed"));
      expect(ids(await live.take(1))).to.deep.equal([next?.id]);
    });

    it("goes on from now for an id that was never given out", async () => {
      const live = await stream("", { "Last-Event-ID": "999999999" });
      while (!live.text().includes("retry")) await settle();
      const id = await appendOne(event("A"));
      expect(ids(await live.take(1))).to.deep.equal([id]);
    });

    it("sends a heartbeat when nothing happens", async () => {
      const live = await stream();
      await server.clock.advance(STREAM_LIMITS.heartbeatMs);
      while (!live.text().includes(": heartbeat\n\n")) await settle();
    });

    it("sends a burst larger than its buffer to a client that reads", async () => {
      const quick = await stream("?device=burst");
      const data = { text: "x".repeat(100_000) };
      const stored = await append(...Array.from({ length: 50 }, () => event("burst", "wire", data)));
      const id = await appendOne(event("burst"));
      expect(ids(await quick.take(51))).to.deep.equal([...ids(stored), id]);
    });

    it("cuts off a client that does not read, with a last comment; it can come back for the rest", async () => {
      const slow = await stream("?device=slow");
      slow.stall();
      const data = { text: "x".repeat(100_000) };
      const stored = await append(...Array.from({ length: 150 }, () => event("slow", "wire", data)));
      await server.clock.advance(STREAM_LIMITS.stalledMs);
      slow.resume();
      await slow.ended;
      expect(slow.text()).to.match(/: too slow; come back with Last-Event-ID\n\n$/);
      const got = readIds(slow.text());
      expect(got.length).to.be.greaterThan(0).and.lessThan(150);
      const rest = await stream("?device=slow", { "Last-Event-ID": String(got.at(-1)) });
      expect([...got, ...ids(await rest.take(150 - got.length))]).to.deep.equal(ids(stored));
    });

    it("ends the connection of a client that does not even read the last comment", async () => {
      const slow = await stream("?device=slower");
      slow.stall();
      const data = { text: "x".repeat(100_000) };
      await append(...Array.from({ length: 150 }, () => event("slower", "wire", data)));
      await server.clock.advance(STREAM_LIMITS.stalledMs);
      await server.clock.advance(STREAM_LIMITS.lingerMs);
      slow.resume();
      await slow.ended;
      expect(slow.text()).not.to.include("too slow");
    });

    it("refuses one stream more than the limit", async () => {
      for (let i = 0; i < STREAM_LIMITS.clientsMax; i++) await stream();
      const { status, body } = await server.call("GET", "/api/events/stream");
      expect([status, body.type]).to.deep.equal([503, "urn:reveille:problem:overloaded"]);
    });

    it("refuses a Last-Event-ID that is no number", async () => {
      const { status, body } = await server.call("GET", "/api/events/stream", undefined, { "Last-Event-ID": "x" });
      expect([status, body.errors[0].field]).to.deep.equal([422, "Last-Event-ID"]);
    });

    it("ends its streams when the server stops", async () => {
      const own = await startRestServer();
      const live = await openStream(own, "/api/events/stream");
      own.app.close();
      await live.ended;
      expect(live.text()).to.match(/: the server stops; come back with Last-Event-ID\n\n$/);
      await own.close();
    });
  });
});

function readIds(text: string): readonly number[] {
  return [...text.matchAll(/^id: (\d+)$/gm)].map((match) => Number(match[1]));
}
