/**
 * Waiting for an end at an ACS that goes away, cuts its event stream, or has none.
 * Layer: integration.
 */
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { AcsClient } from "../../cli/acs-client.js";
import { follow } from "../../cli/follow.js";
import { Secret } from "../../common/config.js";

interface ScriptedThing {
  readonly client: AcsClient;
  /** What a look sees. */
  state: string;
  /** Open event streams. */
  readonly streams: Set<ServerResponse>;
  streamsAllowed: boolean;
  /** Looks are never answered. */
  isSilent: boolean;
  /** Looks that wait for an answer. */
  readonly silentLooks: Set<ServerResponse>;
  readonly looks: () => number;
  readonly resumedFrom: (string | null)[];
  tell(id: number): void;
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
}

async function openThing(): Promise<ScriptedThing> {
  let looks = 0;
  let port = 0;
  let server: Server;
  const streams = new Set<ServerResponse>();
  const resumedFrom: (string | null)[] = [];
  const listen = async (): Promise<void> => {
    server = createServer((request, response) => {
      const url = new URL(request.url ?? "", "http://x");
      if (url.pathname !== "/api/events/stream") {
        looks++;
        if (thing.isSilent) {
          thing.silentLooks.add(response);
          response.on("close", () => thing.silentLooks.delete(response));
          return;
        }
        response.end(JSON.stringify({ state: thing.state }));
        return;
      }
      if (!thing.streamsAllowed) return void response.writeHead(503).end(JSON.stringify({ detail: "too many event streams are open" }));
      resumedFrom.push(url.searchParams.get("lastEventId"));
      streams.add(response);
      response.on("close", () => streams.delete(response));
      response.writeHead(200, { "Content-Type": "text/event-stream" }).write("retry: 2000\n\n");
    });
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    ({ port } = server.address() as AddressInfo);
  };
  await listen();
  const thing: ScriptedThing = {
    ...{
      state: "running",
      streams,
      streamsAllowed: true,
      isSilent: false,
      silentLooks: new Set<ServerResponse>(),
      resumedFrom,
      looks: () => looks,
    },
    client: new AcsClient({ url: `http://127.0.0.1:${port}`, token: new Secret("t") }),
    tell: (id) => {
      for (const stream of streams) stream.write(`id: ${id}\nevent: thing-changed\ndata: {"thing":1}\n\n`);
    },
    goAway: async () => {
      server.close().closeAllConnections();
      await once(server, "close");
    },
    comeBack: listen,
  };
  return thing;
}

describe("waiting for an end", () => {
  let thing: ScriptedThing;
  beforeEach(async () => {
    thing = await openThing();
  });
  afterEach(() => thing.goAway());

  const until = async (fits: () => boolean): Promise<void> => {
    while (!fits()) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  function wait(options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {}) {
    const troubles: string[] = [];
    const end = follow<{ readonly state: string }>(
      thing.client,
      {
        look: (signal) => thing.client.ask("/api/thing", { signal }),
        isOver: ({ state }) => state === "done",
        ...{ query: "kind=thing-changed", concerns: () => true, onNews: () => undefined },
        onTrouble: (why) => troubles.push(why),
      },
      { timeoutMs: options.timeoutMs, signal: options.signal ?? new AbortController().signal },
    );
    return { end, troubles };
  }

  it("is told by an event, not by asking again and again", async () => {
    const { end } = wait();
    await until(() => thing.streams.size === 1 && thing.looks() >= 2);
    const before = thing.looks();
    thing.state = "done";
    thing.tell(1);
    expect(await end).to.deep.equal({ why: "over", last: { state: "done" } });
    expect(thing.looks() - before).to.be.at.most(2);
  });

  it("finds it out by asking where no stream is given", async () => {
    thing.streamsAllowed = false;
    const { end } = wait();
    await until(() => thing.looks() > 0);
    thing.state = "done";
    expect((await end).why).to.equal("over");
  });

  it("waits for an ACS that is away, says so once, and takes up the stream where it was", async () => {
    const { end, troubles } = wait();
    await until(() => thing.streams.size === 1 && thing.looks() >= 2);
    thing.tell(41);
    await until(() => thing.looks() >= 3);
    await thing.goAway();
    await until(() => troubles.length === 1);
    await thing.comeBack();
    await until(() => thing.resumedFrom.length === 2);
    thing.state = "done";
    thing.tell(42);
    expect((await end).why).to.equal("over");
    expect(troubles).to.have.length(1);
    expect(troubles[0]).to.match(/does not answer/);
    expect(thing.resumedFrom).to.deep.equal([null, "41"]);
  });

  it("ends with the time, and with Ctrl-C, with what was seen last; no stream stays open", async () => {
    expect(await wait({ timeoutMs: 300 }).end).to.deep.equal({ why: "timed-out", last: { state: "running" } });
    const before = thing.looks();
    const interrupt = new AbortController();
    const { end } = wait({ signal: interrupt.signal });
    await until(() => thing.streams.size === 1 && thing.looks() >= before + 2); // one has its answer
    interrupt.abort();
    expect(await end).to.deep.equal({ why: "interrupted", last: { state: "running" } });
    await until(() => thing.streams.size === 0);
  });

  it("ends in time also at an ACS that takes requests and answers none; none stays open", async () => {
    thing.isSilent = true;
    const { end, troubles } = wait({ timeoutMs: 300 });
    expect(await end).to.deep.equal({ why: "timed-out", last: undefined });
    await until(() => thing.silentLooks.size === 0);
    expect(troubles).to.deep.equal([]);
  });
});
