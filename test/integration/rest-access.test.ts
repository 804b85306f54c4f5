import { once } from "node:events";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { openAdminToken } from "../../acs/http/admin-token.js";
import { GATEWAY, METRICS_TOKEN, type RestServer, startRestServer } from "../support/rest-server.js";

describe("REST: access and refusals", () => {
  let server: RestServer;
  before(async () => {
    server = await startRestServer();
  });
  after(() => server.close());
  afterEach(() => expect(server.failures).to.deep.equal([]));

  it("denies every route without a token, but for the health check", async () => {
    const open: string[] = [];
    const routes = server.app.routes.filter(({ path }) => path.startsWith("/api/"));
    expect(routes.length).to.be.greaterThan(20);
    for (const { method, path } of routes) {
      const { status, headers } = await server.call(method, path.replaceAll(/:\w+/g, "x"), undefined, { Authorization: "" });
      if (status !== 401) open.push(`${method} ${path} ${status}`);
      else expect(headers.get("www-authenticate")).to.equal('Bearer realm="reveille"');
    }
    expect(open).to.deep.equal(["HEAD /api/health 200", "GET /api/health 200"]);
  });

  it("denies paths that do not exist without a token, so that nobody learns which do", async () => {
    expect((await server.call("GET", "/api/nothing", undefined, { Authorization: "" })).status).to.equal(401);
    expect((await server.call("GET", "/", undefined, { Authorization: "" })).status).to.equal(401);
  });

  it("denies wrong tokens of every form", async () => {
    for (const value of [
      "Bearer",
      "Bearer ",
      "Bearer wrong",
      `Basic ${server.token}`,
      server.token,
      `Bearer ${server.token}x`,
      "Bearer é",
    ]) {
      expect((await server.call("GET", "/api/devices", undefined, { Authorization: value })).status, value).to.equal(401);
    }
  });

  it("does not know the token itself: the settings hold its hash", async () => {
    expect(await server.stores.settings.get("admin-token-sha256")).to.match(/^[0-9a-f]{64}$/);
  });

  it("makes the token once, and takes it after each restart", async () => {
    const again = await openAdminToken(server.stores.settings);
    expect(again.made).to.equal(undefined);
    expect(again.accepts(server.token)).to.equal(true);
    expect(again.accepts(`${server.token}x`)).to.equal(false);
  });

  it("says how it is and its version to anybody, and nothing else", async () => {
    const { status, body } = await server.call("GET", "/api/health", undefined, { Authorization: "" });
    const checks = { store: "ok", sockets: "ok", eventLoop: "ok" };
    expect([status, body]).to.deep.equal([200, { status: "ready", checks, version: "1.2.3" }]);
  });

  it("a monitor's token opens the metrics, and nothing else", async () => {
    const monitor = { Authorization: `Bearer ${METRICS_TOKEN}` };
    expect((await server.call("GET", "/api/metrics", undefined, monitor)).status).to.equal(200);
    for (const [method, path] of [
      ["GET", "/api/devices"],
      ["POST", "/api/metrics"],
      ["GET", "/api/metrics/x"],
    ] as const)
      expect((await server.call(method, path, undefined, monitor)).status, path).to.equal(401);
  });

  it("answers a refusal as a problem document (RFC 9457)", async () => {
    const { status, headers, body } = await server.call("GET", "/api/devices/none");
    expect(status).to.equal(404);
    expect(headers.get("content-type")).to.equal("application/problem+json");
    expect(body).to.deep.equal({
      type: "urn:reveille:problem:not-found",
      title: "There is no such thing",
      status: 404,
      detail: "there is no such device",
    });
  });

  it("names the methods that are allowed with 405", async () => {
    const { status, headers, body } = await server.call("PUT", "/api/devices", {});
    expect([status, body.type]).to.deep.equal([405, "urn:reveille:problem:method-not-allowed"]);
    expect(headers.get("allow")).to.equal("POST, HEAD, GET");
  });

  it("answers 404 for a path that is none", async () => {
    expect((await server.call("GET", "/api/nothing")).body.type).to.equal("urn:reveille:problem:not-found");
  });

  it("gives each answer an id, and keeps one that the caller brought if it is well-formed", async () => {
    const own = await server.call("GET", "/api/health");
    const brought = await server.call("GET", "/api/health", undefined, { "X-Request-Id": "ticket-42" });
    const hostile = await server.call("GET", "/api/health", undefined, { "X-Request-Id": "a b\t<script>" });
    expect(own.headers.get("x-request-id")).to.match(/^[0-9a-z]{26}$/);
    expect(brought.headers.get("x-request-id")).to.equal("ticket-42");
    expect(hostile.headers.get("x-request-id")).to.match(/^[0-9a-z]{26}$/);
  });

  it("keeps answers out of caches", async () => {
    expect((await server.call("GET", "/api/devices")).headers.get("cache-control")).to.equal("no-store");
  });

  it("refuses a body that is no JSON, no UTF-8, or not declared as JSON", async () => {
    const json = { "Content-Type": "application/json" };
    expect((await server.call("POST", "/api/devices", Buffer.from("{"), json)).body.type).to.equal("urn:reveille:problem:malformed-json");
    expect((await server.call("POST", "/api/devices", Buffer.from([0x22, 0xff, 0x22]), json)).status).to.equal(400);
    expect((await server.call("POST", "/api/devices", Buffer.alloc(0), json)).status).to.equal(400);
    expect((await server.call("POST", "/api/devices", Buffer.from("{}"), { "Content-Type": "text/plain" })).status).to.equal(415);
    expect((await server.call("POST", "/api/devices", Buffer.from("{}"), { ...json, "Content-Encoding": "br" })).status).to.equal(415);
  });

  it("refuses a body over its limit, also one that only inflates to it", async () => {
    const json = { "Content-Type": "application/json" };
    const big = await server.call("POST", "/api/devices", Buffer.alloc(1_048_577, 0x20), json);
    expect([big.status, big.headers.get("connection")]).to.deep.equal([413, "close"]);
    const bomb = gzipSync(Buffer.alloc(10_000_000, 0x20));
    expect((await server.call("POST", "/api/devices", bomb, { ...json, "Content-Encoding": "gzip" })).status).to.equal(413);
  });

  it("takes a gzip body", async () => {
    const body = gzipSync(Buffer.from(JSON.stringify({ ...GATEWAY, serialNumber: "GZ" })));
    const headers = { "Content-Type": "application/json", "Content-Encoding": "gzip" };
    expect((await server.call("POST", "/api/devices", body, headers)).status).to.equal(201);
  });

  it("gives a body that trickles 408 and ends the connection", async () => {
    const socket = connect(Number(new URL(server.origin).port), "127.0.0.1");
    const head = `POST /api/devices HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.token}\r\nContent-Type: application/json\r\n`;
    let answer = "";
    socket.setEncoding("utf8").on("data", (text: string) => {
      answer += text;
    });
    socket.write(`${head}Content-Length: 100\r\n\r\n{`);
    while (server.clock.pending() === 0) await new Promise((resolve) => setImmediate(resolve));
    await server.clock.advance(30_000);
    await once(socket, "close");
    expect(answer).to.match(/^HTTP\/1\.1 408 /);
    expect(answer).to.include("\r\nConnection: close\r\n");
  });
});
