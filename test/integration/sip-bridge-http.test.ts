/**
 * The bridge's HTTP side: token, problems, accounts, bindings, and the ACS's end of the event stream when it breaks.
 * Layer: integration test.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { createHttpWakeBridge, HTTP_WAKE_BRIDGE_LIMITS as LIMITS } from "../../acs/wake/http-wake-bridge.js";
import { type Clock, systemClock } from "../../common/clock.js";
import { Secret } from "../../common/config.js";
import { BridgeUnreachable, type WakeBridge, type WakeRequest, type WireEvent } from "../../schemas/wake-contract.js";
import { fakeClock } from "../support/fake-clock.js";
import { openGateway } from "../support/sip-gateway.js";
import { startTestBridge, TEST_DOMAIN, TEST_TOKEN, type TestBridge } from "../support/test-bridge.js";

const WAKE: WakeRequest = {
  wakeId: "w1",
  deviceId: "d1",
  target: { by: "address-of-record", addressOfRecord: `nobody@${TEST_DOMAIN}` },
  event: "resync",
};

const EVENT: WireEvent = { kind: "timed-out", wakeId: "w1", deviceId: "d1", atMs: 1 };

describe("the bridge's HTTP side", () => {
  let bridge: TestBridge;
  before(async () => {
    bridge = await startTestBridge();
  });
  after(() => bridge.close());

  function ask(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return fetch(new URL(path, bridge.url), {
      method,
      headers: { authorization: `Bearer ${TEST_TOKEN}`, ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  }

  const routes = [
    ["POST", "/wakes"],
    ["GET", "/wire-events"],
    ["GET", "/accounts"],
    ["GET", "/accounts/hgw1"],
    ["PUT", "/accounts/hgw1"],
    ["DELETE", "/accounts/hgw1"],
    ["GET", "/bindings"],
    ["GET", "/metrics"],
    ["GET", "/traces"],
    ["POST", "/traces"],
    ["GET", "/bans"],
    ["PUT", "/notify-switch"],
    ["GET", "/nothing"],
  ] as const;
  for (const [method, path] of routes) {
    it(`answers ${method} ${path} with 401 without the token, or with another`, async () => {
      for (const authorization of ["", "Bearer wrong", `Basic ${TEST_TOKEN}`, `Bearer ${TEST_TOKEN} x`]) {
        const response = await ask(method, path, undefined, { authorization });
        expect([response.status, response.headers.get("www-authenticate")]).to.deep.equal([401, "Bearer"]);
        expect(response.headers.get("content-type")).to.equal("application/problem+json");
        await response.text();
      }
    });
  }

  it("says without token how it is, and nothing else", async () => {
    const response = await ask("GET", "/health", undefined, { authorization: "" });
    const checks = { store: "ok", sockets: "ok", eventLoop: "ok" };
    expect([response.status, await response.json()]).to.deep.equal([200, { status: "ready", checks }]);
  });

  it("answers 404 and 405 as problems", async () => {
    for (const [method, path, status] of [
      ["GET", "/nothing", 404],
      ["DELETE", "/wakes", 405],
    ] as const) {
      const response = await ask(method, path);
      expect([response.status, ((await response.json()) as { status: number }).status]).to.deep.equal([status, status]);
    }
  });

  it("keeps accounts: adds, shows, replaces and removes them, and never shows a password or a hash", async () => {
    const shown = { username: "anna", realm: TEST_DOMAIN, addressesOfRecord: [`anna@${TEST_DOMAIN}`] };
    const added = await ask("PUT", "/accounts/anna", { password: "hunter2" });
    const text = await added.text();
    expect([added.status, JSON.parse(text).username]).to.deep.equal([201, "anna"]);
    expect(text).not.to.match(/hunter2|[0-9a-f]{32}/);
    const addressesOfRecord = ["+4930123", `sip:anna@${TEST_DOMAIN}`];
    expect((await ask("PUT", "/accounts/anna", { password: "hunter3", addressesOfRecord })).status).to.equal(200);
    const read = (await (await ask("GET", "/accounts/anna")).json()) as object;
    expect(read).to.deep.include({ ...shown, addressesOfRecord: [`+4930123@${TEST_DOMAIN}`, `anna@${TEST_DOMAIN}`] });
    const list = (await (await ask("GET", "/accounts?limit=1&after=anm")).json()) as { accounts: { username: string }[] };
    expect(list.accounts.map(({ username }) => username)).to.deep.equal(["anna"]);
    expect((await ask("DELETE", "/accounts/anna")).status).to.equal(204);
    expect([(await ask("GET", "/accounts/anna")).status, (await ask("DELETE", "/accounts/anna")).status]).to.deep.equal([404, 404]);
  });

  it("lets an account in over SIP that was added over HTTP, whatever its script", async () => {
    expect(
      (await ask("PUT", `/accounts/${encodeURIComponent("jörg@ims")}`, { password: "pässwort", addressesOfRecord: ["joerg"] })).status,
    ).to.equal(201);
    const gateway = await openGateway({ bridgePort: bridge.sipPort, user: "jörg@ims", password: "pässwort" });
    const to = `sip:joerg@${TEST_DOMAIN}`;
    expect((await gateway.register({ to, contacts: ["<sip:joerg@192.0.2.1>"] })).status).to.equal(200);
    await gateway.close();
  });

  it("shows what is registered", async () => {
    const contactParams = ';+sip.instance="<urn:uuid:00000000-0000-1000-8000-00A0C1B2D3E4>"';
    const gateway = await openGateway({ bridgePort: bridge.sipPort, contactParams });
    await gateway.register();
    type Listed = { bindings: { contact: string; flow: unknown }[] };
    const one = (await (await ask("GET", `/bindings?addressOfRecord=hgw1@${TEST_DOMAIN}`)).json()) as Listed;
    expect(one.bindings[0]).to.deep.include({
      addressOfRecord: `hgw1@${TEST_DOMAIN}`,
      contact: gateway.contact,
      instanceNode: "00:A0:C1:B2:D3:E4",
      username: "hgw1",
      userAgent: "TestGateway/1.0",
      flow: { transport: "udp", localPort: bridge.sipPort, remoteAddress: "127.0.0.1", remotePort: gateway.port },
    });
    const all = (await (await ask("GET", "/bindings?limit=1000")).json()) as Listed & { total: number };
    expect([all.total, all.bindings.map(({ contact }) => contact)]).to.deep.equal([
      all.bindings.length,
      all.bindings.map(({ contact }) => contact),
    ]);
    expect(all.bindings.map(({ contact }) => contact)).to.include(gateway.contact);
    const none = (await (await ask("GET", "/bindings?addressOfRecord=nobody")).json()) as Listed;
    expect(none.bindings).to.deep.equal([]);
    await gateway.close();
  });

  const wrong: readonly (readonly [string, string, string, unknown, number, readonly string[]])[] = [
    ["a field of the wrong type", "POST", "/wakes", { ...WAKE, wakeId: 7, event: "a b" }, 400, ["wakeId", "event"]],
    ["a target that is none", "POST", "/wakes", { ...WAKE, target: { by: "guess" } }, 400, ["target.by"]],
    ["an event that would break the message", "POST", "/wakes", { ...WAKE, event: "a\r\nX: y" }, 400, ["event"]],
    ["no JSON", "POST", "/wakes", "{", 400, []],
    ["a password that is missing", "PUT", "/accounts/x", {}, 400, ["password"]],
    ["a field that is not known", "PUT", "/accounts/x", { password: "p", pasword: "hunter2" }, 400, [""]],
    [
      "an address of another domain",
      "PUT",
      "/accounts/x",
      { password: "p", addressesOfRecord: ["a@b.example"] },
      400,
      ["addressesOfRecord.0"],
    ],
    ["a user name with a colon", "PUT", "/accounts/a%3Ab", { password: "p" }, 400, ["user"]],
    ["a limit out of range", "GET", "/bindings?limit=0", undefined, 400, ["limit"]],
    ["a body that is too long", "PUT", "/accounts/x", { password: "p".repeat(70_000) }, 413, []],
  ];
  for (const [what, method, path, body, status, fields] of wrong) {
    it(`names ${what}, and never the value`, async () => {
      const response = await ask(method, path, body);
      const text = await response.text();
      const problem = JSON.parse(text) as { status: number; errors?: { field: string }[] };
      expect([response.status, problem.status, (problem.errors ?? []).map(({ field }) => field)]).to.deep.equal([status, status, fields]);
      expect(text).not.to.include("hunter2").and.not.include("b.example");
    });
  }

  it("takes no other media type", async () => {
    expect((await ask("POST", "/wakes", "x", { "content-type": "text/plain" })).status).to.equal(415);
  });
});

describe("the ACS's end of the bridge over HTTP", () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  async function serve(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<URL> {
    const server: Server = createServer(handle).listen(0, "127.0.0.1");
    await once(server, "listening");
    closers.push(async () => {
      server.close();
      server.closeAllConnections();
    });
    return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  }

  function client(url: URL, limits = {}, troubles: { push(what: string): unknown } = [], clock: Clock = systemClock): WakeBridge {
    const onTrouble = (what: string): void => void troubles.push(what);
    const bridge = createHttpWakeBridge({ url, token: new Secret("t"), clock, random: () => 0, onTrouble, limits });
    closers.push(() => bridge.close());
    return bridge;
  }

  async function failureOf(bridge: WakeBridge): Promise<string> {
    const failure = await bridge.wake(WAKE).catch((error: unknown) => error);
    if (!(failure instanceof BridgeUnreachable)) throw new Error(`no BridgeUnreachable: ${JSON.stringify(failure)}`);
    return failure.message;
  }

  it("says that nobody listens", async () => {
    expect(await failureOf(client(new URL("http://127.0.0.1:9")))).to.include("ECONNREFUSED");
  });

  for (const [what, status, body, message] of [
    ["a refusal with its reason", 401, '{"detail":"a bearer token is needed"}', "the bridge answered 401: a bearer token is needed"],
    ["a refusal without one", 500, "oops", "the bridge answered 500: without a reason"],
    ["an answer that is no JSON", 200, "<html>", "the bridge's answer is not of the contract"],
    ["an answer of another shape", 200, '{"outcome":"maybe","detail":""}', "the bridge's answer is not of the contract"],
    ["an answer without end", 200, "x".repeat(70_000), "the bridge's answer is too long"],
  ] as const) {
    it(`reports ${what}`, async () => {
      const url = await serve((_request, response) => response.writeHead(status).end(body));
      expect(await failureOf(client(url))).to.equal(message);
    });
  }

  it("does not wait for ever", async () => {
    const clock = fakeClock();
    const url = await serve(() => void clock.advance(LIMITS.requestTimeoutMs));
    expect(await failureOf(client(url, {}, [], clock))).to.equal("the bridge does not answer in time");
  });

  it("lets wakes beyond connectionsMax wait for their turn, in order, and their time for an answer begins then", async () => {
    const clock = fakeClock();
    const asked: string[] = [];
    const answers: (() => void)[] = [];
    let onAsked = (): void => undefined;
    const url = await serve((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on("end", () => {
        asked.push((JSON.parse(body) as WakeRequest).wakeId);
        answers.push(() => response.end('{"outcome":"accepted","detail":""}'));
        onAsked();
      });
    });
    const untilAsked = (count: number): Promise<void> =>
      new Promise((resolve) => {
        onAsked = () => (asked.length < count ? undefined : resolve());
        onAsked();
      });
    const bridge = client(url, { connectionsMax: 2, waitingMax: 2 }, [], clock);
    const wakes = ["a", "b", "c", "d"].map((wakeId) => bridge.wake({ ...WAKE, wakeId }));
    await untilAsked(2);
    expect(await failureOf(bridge)).to.equal("2 wakes wait for the bridge already");
    await clock.advance(LIMITS.requestTimeoutMs - 1);
    for (const answer of answers) answer();
    expect((await Promise.all(wakes.slice(0, 2))).map(({ outcome }) => outcome)).to.deep.equal(["accepted", "accepted"]);
    await untilAsked(4);
    await clock.advance(LIMITS.requestTimeoutMs - 1);
    for (const answer of answers) answer();
    expect((await Promise.all(wakes)).map(({ outcome }) => outcome)).to.deep.equal(Array(4).fill("accepted"));
    expect(asked.slice(0, 2).toSorted()).to.deep.equal(["a", "b"]);
  });

  it("does not let a wake wait for its turn for ever", async () => {
    const clock = fakeClock();
    const url = await serve(() => void clock.advance(LIMITS.turnWithinMs));
    const bridge = client(url, { connectionsMax: 1, requestTimeoutMs: 2 * LIMITS.turnWithinMs }, [], clock);
    const first = failureOf(bridge);
    expect(await failureOf(bridge)).to.equal("the bridge does not answer in time");
    await clock.advance(LIMITS.turnWithinMs);
    await first;
  });

  it("asks for no wake whose events it could not hear", async () => {
    const asked: string[] = [];
    const clock = fakeClock();
    const url = await serve((request, response) => {
      asked.push(request.method ?? "");
      response.writeHead(503).end();
    });
    const bridge = client(url, {}, [], clock);
    bridge.onWireEvent(() => undefined);
    const failure = failureOf(bridge);
    await clock.advance(LIMITS.requestTimeoutMs);
    expect(await failure).to.equal("the bridge's event stream can't be opened");
    expect(asked).not.to.include("POST");
  });

  it("opens a broken stream again where it was, tells of what was missed, and skips what it does not know", async () => {
    const asked: string[] = [];
    const event = (wakeId: string): WireEvent => ({ kind: "timed-out", wakeId, deviceId: "d", atMs: 1 });
    const answers = [
      [{ position: "r-0" }, { position: "r-1", event: event("a") }, { position: "r-2", event: { kind: "new-kind" } }],
      [{ position: "r-2" }, { position: "r-3", event: event("b") }],
      [
        { position: "s-0", missed: true },
        { position: "s-1", event: event("c") },
      ],
    ];
    const url = await serve((request, response) => {
      const lines = answers[asked.length] ?? [];
      asked.push(request.url ?? "");
      // Cut in the middle of a line, so that lines have to be put together again.
      const text = lines.map((line) => `${JSON.stringify(line)}\n\n`).join("");
      response.write(text.slice(0, 25));
      setTimeout(() => (asked.length < 3 ? response.end(text.slice(25)) : response.write(text.slice(25))), 5);
    });
    const troubles: string[] = [];
    const bridge = client(url, { backOffMsMin: 2 }, troubles);
    const heard: string[] = [];
    await new Promise<void>((resolve) => {
      bridge.onWireEvent(({ wakeId }) => {
        heard.push(wakeId);
        if (heard.length === 3) resolve();
      });
    });
    expect(heard).to.deep.equal(["a", "b", "c"]);
    expect(asked).to.deep.equal(["/wire-events", "/wire-events?after=r-2", "/wire-events?after=r-3"]);
    expect(troubles).to.deep.equal([
      "a wire event that is not of the contract was skipped",
      "the bridge ended its event stream",
      "the bridge ended its event stream",
      "the bridge restarted, or wire events were missed",
    ]);
  });

  it("says that the bridge is back each time its stream is open again, and not when it is opened first", async () => {
    let opened = 0;
    const url = await serve((_request, response) => {
      opened++;
      if (opened === 2) response.writeHead(503).end();
      else if (opened === 4) response.write('{"position":"r-9"}\n');
      else response.end('{"position":"r-0"}\n');
    });
    const bridge = client(url, { backOffMsMin: 2 });
    const backs: number[] = [];
    const left: number[] = [];
    bridge.onBack(() => left.push(opened))();
    await new Promise<void>((resolve) => {
      bridge.onBack(() => {
        backs.push(opened);
        if (opened === 4) resolve();
      });
      bridge.onWireEvent(() => undefined);
    });
    expect(backs).to.deep.equal([3, 4]);
    expect(left, "one that left hears nothing").to.deep.equal([]);
  });

  it("takes a stream that has fallen silent for a broken one", async () => {
    let opened = 0;
    const clock = fakeClock();
    const url = await serve((_request, response) => {
      opened++;
      response.write(`${JSON.stringify({ position: "r-1", event: EVENT })}\n`);
    });
    let trouble: (what: string) => void = () => undefined;
    const silence = new Promise<string>((resolve) => {
      trouble = resolve;
    });
    const bridge = client(url, {}, { push: (what) => trouble(what) }, clock);
    await new Promise<void>((resolve) => void bridge.onWireEvent(() => resolve()));
    const isBack = new Promise<void>((resolve) => void bridge.onBack(resolve));
    await clock.advance(LIMITS.silenceMsMax - 1);
    expect(opened).to.equal(1);
    await clock.advance(1);
    expect(await silence).to.equal("the bridge does not answer in time");
    await clock.advance(LIMITS.backOffMsMin);
    await isBack;
    expect(opened).to.equal(2);
  });
});

describe("the bridge's event stream", () => {
  it("gives a client that comes back what it missed, from the position it names", async () => {
    const bridge = await startTestBridge();
    const gateway = await openGateway({ bridgePort: bridge.sipPort });
    await gateway.register();
    const headers = { authorization: `Bearer ${TEST_TOKEN}` };
    const open = async (after = "") => {
      const abort = new AbortController();
      const response = await fetch(new URL(`/wire-events${after}`, bridge.url), { headers, signal: abort.signal });
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      const lines = async (count: number): Promise<readonly { position: string; event?: WireEvent; missed?: true }[]> => {
        while (text.split("\n").length <= count) text += (await reader?.read())?.value ?? "";
        return text
          .split("\n")
          .slice(0, count)
          .map((line) => JSON.parse(line));
      };
      return { lines, abort: () => abort.abort() };
    };
    const wake = async (wakeId: string): Promise<void> => {
      await bridge.bridge.wake({ ...WAKE, wakeId, target: { by: "address-of-record", addressOfRecord: "hgw1" } });
    };
    const first = await open();
    await wake("w1");
    const seen = await first.lines(2);
    first.abort();
    expect(seen.map(({ event }) => event?.kind)).to.deep.equal([undefined, "sent"]);
    const second = await open(`?after=${seen[1]?.position}`);
    expect((await second.lines(2)).map(({ event, missed }) => event?.kind ?? missed)).to.deep.equal([undefined, "answered"]);
    second.abort();
    const third = await open("?after=other-run-7");
    expect((await third.lines(3)).map(({ event, missed }) => event?.kind ?? missed)).to.deep.equal([true, "sent", "answered"]);
    third.abort();
    await gateway.close();
    await bridge.close();
  });
});
