import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { expect } from "chai";
import { type BodyLimits, type BodyResult, readBody } from "../../../../acs/http/read-body.js";
import type { Clock } from "../../../../common/clock.js";

const limits: BodyLimits = { bodyBytesMax: 1_000, inflatedBytesMax: 5_000, bodyTimeoutMs: 1_000 };

/** A clock whose only timer is fired by hand. */
function heldClock(): Clock & { fire(): void; readonly pending: () => number } {
  const timers = new Set<() => void>();
  return {
    now: () => 0,
    after: (_delayMs, run) => {
      timers.add(run);
      return () => timers.delete(run);
    },
    fire: () => {
      for (const run of [...timers]) run();
    },
    pending: () => timers.size,
  };
}

describe("the limited body reader", () => {
  let server: Server;
  let socket: Socket;
  let clock: ReturnType<typeof heldClock>;
  let result: Promise<BodyResult>;

  beforeEach(async () => {
    clock = heldClock();
    server = createServer();
    result = new Promise((resolve) => {
      server.on("request", (request: IncomingMessage) => {
        readBody(request, limits, clock).then(resolve);
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    socket.on("error", () => undefined);
  });

  afterEach(async () => {
    socket.destroy();
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });

  const post = (headers: string, body: Buffer | string = ""): void => {
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\n${headers}\r\n`);
    socket.write(body);
  };
  const postCoded = (coding: string, body: Buffer): void => post(`Content-Encoding: ${coding}\r\nContent-Length: ${body.length}\r\n`, body);
  const text = async (): Promise<string | undefined> => (await result).bytes?.toString();
  const refused = async (): Promise<string | undefined> => (await result).refused;

  it("returns the bytes of a body with a Content-Length and stops its timer", async () => {
    post("Content-Length: 5\r\n", "hello");
    expect(await text()).to.equal("hello");
    expect(clock.pending()).to.equal(0);
  });

  it("returns the bytes of a chunked body in order", async () => {
    post("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    expect(await text()).to.equal("abcde");
  });

  it("returns the empty buffer for a request without a body, and sets no timer for it", async () => {
    post("");
    expect(await text()).to.equal("");
    expect(clock.pending()).to.equal(0);
  });

  it("takes a body of exactly the limit", async () => {
    post("Content-Length: 1000\r\n", "x".repeat(1_000));
    expect((await text())?.length).to.equal(1_000);
  });

  it("refuses a Content-Length over the limit before one byte of it came", async () => {
    post("Content-Length: 1001\r\n");
    expect(await refused()).to.equal("too-large");
  });

  it("refuses a chunked body as soon as it passes the limit, not at its end", async () => {
    post("Transfer-Encoding: chunked\r\n", `400\r\n${"x".repeat(0x400)}\r\n`);
    expect(await refused()).to.equal("too-large");
  });

  it("inflates gzip, x-gzip, deflate, and deflate without its zlib header", async () => {
    const plain = Buffer.from("<a/>".repeat(100));
    const seen: (string | undefined)[] = [];
    for (const [coding, body] of [
      ["gzip", gzipSync(plain)],
      ["X-GZIP", gzipSync(plain)],
      ["deflate", deflateSync(plain)],
      ["deflate", deflateRawSync(plain)],
    ] as const) {
      server.removeAllListeners("request");
      const next = new Promise<BodyResult>((resolve) => {
        server.once("request", (request, response) => {
          readBody(request, limits, clock).then((got) => {
            response.end();
            resolve(got);
          });
        });
      });
      postCoded(coding, body);
      seen.push((await next).bytes?.toString());
    }
    expect(seen).to.deep.equal(Array(4).fill(plain.toString()));
  });

  it("refuses a small body that inflates past the limit", async () => {
    postCoded("gzip", gzipSync(Buffer.alloc(100_000)));
    expect(await refused()).to.equal("too-large");
  });

  it("refuses bytes that are not of the coding named", async () => {
    postCoded("gzip", Buffer.from("not gzip at all"));
    expect(await refused()).to.equal("undecodable");
  });

  it("refuses a gzip stream that lacks its end", async () => {
    postCoded("gzip", gzipSync(Buffer.from("hello hello hello")).subarray(0, -10));
    expect(await refused()).to.equal("undecodable");
  });

  it("refuses codings it does not take off, and stacks of codings", async () => {
    postCoded("gzip, gzip", gzipSync(gzipSync(Buffer.from("x"))));
    expect(await refused()).to.equal("unsupported-encoding");
  });

  it("says cut-short when the connection ends before the body", async () => {
    post("Content-Length: 100\r\n", "only this");
    await once(server, "request");
    socket.destroy();
    expect(await refused()).to.equal("cut-short");
    expect(clock.pending()).to.equal(0);
  });

  it("says timed-out when the body trickles past its time", async () => {
    post("Content-Length: 100\r\n", "o");
    await once(server, "request");
    clock.fire();
    expect(await refused()).to.equal("timed-out");
  });
});
