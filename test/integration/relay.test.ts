/**
 * The CWMP relay on the wire: what passes stays as it is, what belongs to one connection does not pass, and what two readers would read
 * differently goes nowhere.
 * Spec: TR-069 3.4; RFC 9110 7.6, RFC 9112 6.3. Layer: integration test.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { deflateRawSync, deflateSync, gunzipSync, gzipSync, inflateRawSync, inflateSync } from "node:zlib";
import { expect } from "chai";
import type { SipBridgeConfig } from "../../sip-bridge/main.js";
import { RawConnection } from "../support/cwmp-client.js";
import { startTestBridge, TEST_DOMAIN, type TestBridge } from "../support/test-bridge.js";

const DEVICE = "0A1B2C-VG-1";
const OWN = "http://10.0.0.1:7547/x";
const TARGET = { by: "address-of-record", addressOfRecord: `hgw1@${TEST_DOMAIN}` } as const;

const inform = (url: string, padding = ""): string =>
  `<S:Envelope xmlns:S="s" xmlns:c="c"><S:Body><c:Inform><DeviceId><OUI>0A1B2C</OUI><ProductClass>VG</ProductClass><SerialNumber>1</SerialNumber></DeviceId>` +
  `<ParameterList><ParameterValueStruct><Name>Device.ManagementServer.ConnectionRequestURL</Name><Value>${url}</Value></ParameterValueStruct>` +
  `</ParameterList>${padding}</c:Inform></S:Body></S:Envelope>`;

interface Asked {
  readonly request: IncomingMessage;
  readonly body: Buffer;
  readonly connection: number;
}

/** An ACS that answers what the test says; 204 without. */
async function openUpstream() {
  const asked: Asked[] = [];
  const sockets: Socket[] = [];
  let answer: (response: ServerResponse, asked: Asked) => void = (response) => void response.writeHead(204).end();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const one = { request, body: Buffer.concat(chunks), connection: sockets.indexOf(request.socket) };
      asked.push(one);
      answer(response, one);
    });
  });
  server.on("connection", (socket) => sockets.push(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const says = (then: typeof answer): void => {
    answer = then;
  };
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return { asked, sockets, says, close, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe("the CWMP relay", () => {
  let upstream: Awaited<ReturnType<typeof openUpstream>>;
  let bridge: TestBridge;
  let ours: string;
  let device: RawConnection;

  async function start(changes: Partial<SipBridgeConfig["relay"]> = {}): Promise<void> {
    upstream = await openUpstream();
    bridge = await startTestBridge({
      connectionRequests: { listeners: { host: "127.0.0.1", port: 0 } },
      relay: { listeners: { host: "127.0.0.1", port: 0 }, upstreamUrl: upstream.url, ...changes },
    });
    await bridge.connectionRequests?.book.set({ device: DEVICE, target: TARGET, username: "acs", password: "s3cret" });
    ours = `${bridge.connectionRequests?.publicUrl}/cr/${(await bridge.connectionRequests?.book.store.ofDevice(DEVICE))?.id}`;
    device = await call();
  }
  async function stop(): Promise<void> {
    device.close();
    await bridge.close();
    await upstream.close();
  }
  const call = (): Promise<RawConnection> => RawConnection.open(bridge.relay?.port ?? 0);
  const post = (body: Buffer | string, headers: readonly string[] = [], path = "/acs"): Buffer => {
    const octets = Buffer.from(body);
    const head = [`POST ${path} HTTP/1.1`, "Host: acs.example", ...headers, `Content-Length: ${octets.length}`, "", ""].join("\r\n");
    return Buffer.concat([Buffer.from(head, "latin1"), octets]);
  };
  async function exchange(octets: Buffer | string, from = device) {
    from.write(octets);
    const answer = await from.answer();
    const [last] = upstream.asked.slice(-1);
    return { answer, ...(last as Asked) };
  }

  describe("forwards", () => {
    before(() => start());
    after(stop);
    beforeEach(async () => {
      upstream.says((response) => void response.writeHead(204).end());
      device.close();
      device = await call();
    });

    it("an Inform with our URL, and nothing else changed but its length", async () => {
      const { body, request } = await exchange(post(inform(OWN), ["Content-Type: text/xml"]));
      expect(body.toString()).to.equal(inform(ours));
      expect(request.headers["content-length"]).to.equal(String(body.length));
    });

    it("path, query, header order and letters as they are, for digest and servers hang on them", async () => {
      const headers = [
        "SOAPAction:",
        'Authorization: Digest username="d", uri="/acs?x=%2F"',
        "cookie: a=1",
        "Cookie: b=2",
        "X-odd: \u00fc",
      ];
      const { request } = await exchange(post("", headers, "/acs?x=%2F"));
      expect(request.url).to.equal("/acs?x=%2F");
      const names = ["Host", "SOAPAction", "Authorization", "cookie", "Cookie", "X-odd", "Content-Length", "Connection"];
      expect(request.rawHeaders.filter((_, i) => i % 2 === 0)).to.deep.equal(names);
      expect(request.rawHeaders[11]).to.equal("\u00fc");
      expect(request.headers.host).to.equal("acs.example");
    });

    it("statuses, reasons, several cookies and faults as they are", async () => {
      upstream.says((response) => {
        response.writeHead(500, "Odd Reason", ["Set-Cookie", "a=1; Path=/", "set-cookie", "b=2", "Content-Length", "5"]).end("fault");
      });
      const { answer } = await exchange(post("x"));
      expect([answer.status, answer.headers["set-cookie"], answer.body]).to.deep.equal([500, "a=1; Path=/, b=2", "fault"]);
    });

    it("challenges of digest, in the device's one connection, to the ACS in one connection", async () => {
      upstream.says((response, { request }) =>
        request.headers.authorization === undefined
          ? response.writeHead(401, { "WWW-Authenticate": 'Digest realm="r", nonce="n"', "Content-Length": "0" }).end()
          : response.writeHead(204).end(),
      );
      const first = await exchange(post(inform(OWN)));
      const second = await exchange(post(inform(OWN), ['Authorization: Digest response="…"'.replace("…", "0")]));
      const other = await call();
      const third = await exchange(post("", ["Authorization: x"]), other);
      other.close();
      expect([first.answer.status, second.answer.status]).to.deep.equal([401, 204]);
      expect([second.connection, third.connection]).to.deep.equal([first.connection, first.connection + 1]);
    });

    const codings = [
      ["gzip", "with its usual name", gzipSync, gunzipSync],
      ["x-gzip", "with its old name", gzipSync, gunzipSync],
      ["deflate", "as the standard has it", deflateSync, inflateSync],
      ["deflate", "as some devices have it", deflateRawSync, inflateRawSync],
    ] as const;
    for (const [coding, how, pack, unpack] of codings) {
      it(`a body in ${coding} ${how}: changed, and in the same coding again`, async () => {
        const { body, request } = await exchange(post(pack(inform(OWN)), [`Content-Encoding: ${coding}`]));
        expect(unpack(body).toString()).to.equal(inform(ours));
        expect(request.headers["content-encoding"]).to.equal(coding);
      });
    }

    it("a body in gzip that need not change octet for octet", async () => {
      const packed = gzipSync(inform(ours), { level: 1 });
      expect((await exchange(post(packed, ["Content-Encoding: gzip"]))).body.equals(packed)).to.equal(true);
    });

    it("what it can't unpack, and what is no CWMP", async () => {
      for (const [body, coding] of [
        ["no gzip", "gzip"],
        [inform(OWN), "br"],
        ["<html>", "identity"],
      ] as const)
        expect((await exchange(post(body, [`Content-Encoding: ${coding}`]))).body.toString()).to.equal(body);
    });

    it("a body in chunks, with its length", async () => {
      const text = inform(OWN);
      const chunks = [text.slice(0, 40), text.slice(40)].map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join("");
      const { body, request } = await exchange(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`);
      expect(body.toString()).to.equal(inform(ours));
      expect([request.headers["transfer-encoding"], request.headers["content-length"]]).to.deep.equal([undefined, String(body.length)]);
    });

    it("a body that digest covers as it is: another one would break its proof", async () => {
      const { body } = await exchange(post(inform(OWN), ['Authorization: Digest username="d", qop=auth-int']));
      expect(body.toString()).to.equal(inform(OWN));
    });

    it("a device that asks for 100 Continue, which it gets from the relay", async () => {
      const { answer, request } = await exchange(post(inform(OWN), ["Expect: 100-continue"]));
      expect([answer.interim, request.headers.expect]).to.deep.equal([[100], undefined]);
    });

    it("a device that speaks HTTP/1.0, and closes behind the answer", async () => {
      const { answer, request } = await exchange("POST /acs HTTP/1.0\r\nContent-Length: 0\r\n\r\n");
      expect([answer.status, request.headers.host, answer.headers["connection"]]).to.deep.equal([204, new URL(upstream.url).host, "close"]);
    });

    it("nothing that belongs to one connection, nor what Connection names", async () => {
      const headers = [
        "Connection: keep-alive, X-Mine, Content-Length",
        "X-Mine: 1",
        "Keep-Alive: timeout=5",
        "TE: trailers",
        "Upgrade: h2c",
      ];
      const { request, body } = await exchange(post("abc", headers));
      expect(Object.keys(request.headers).sort()).to.deep.equal(["connection", "content-length", "host"]);
      expect(body.toString()).to.equal("abc");
    });

    it("the end of a connection: of the device to the ACS, and of the ACS to the device", async () => {
      const other = await call();
      const { request } = await exchange(post("", ["Connection: close"]), other);
      expect(request.headers.connection).to.equal("close");
      upstream.says((response) => void response.writeHead(200, { Connection: "close", "Content-Length": "0" }).end());
      const { answer } = await exchange(post(""));
      expect(answer.headers["connection"]).to.equal("close");
    });

    it("the end of a connection that the ACS closes between two requests", async () => {
      const { connection } = await exchange(post(""));
      upstream.sockets[connection]?.end();
      const failure = await device.answer().catch((error: Error) => error.message);
      expect(failure).to.match(/^the connection ended without an answer/);
    });

    it("sessions that go on over other connections, by the cookie of the ACS", async () => {
      const answer = (value: string) => inform(value).replaceAll("c:Inform", "c:GetParameterValuesResponse");
      upstream.says((response) => {
        const body = "<S:Envelope xmlns:S='s'><S:Body><InformResponse/></S:Body></S:Envelope>";
        response.writeHead(200, { "Set-Cookie": "session=abc; HttpOnly", "Content-Type": "text/xml" }).end(body);
      });
      await exchange(post(inform(OWN), ["Connection: close"]), await call());
      const known = await exchange(post(answer(OWN), ["Connection: close", "Cookie: lang=en; session=abc"]), await call());
      const unknown = await exchange(post(answer(OWN), ["Connection: close", "Cookie: session=xyz"]), await call());
      expect([known.body.toString(), unknown.body.toString()]).to.deep.equal([answer(ours), answer(OWN)]);
    });

    it("an answer without length to a device of HTTP/1.1, in chunks", async () => {
      upstream.says((response) => {
        response.writeHead(200, { "Content-Type": "text/xml" });
        response.write("a");
        response.end("b");
      });
      const raw = connect(bridge.relay?.port ?? 0, "127.0.0.1", () => raw.write(post("", ["Connection: close"])));
      let text = "";
      raw.setEncoding("latin1").on("data", (chunk: string) => {
        text += chunk;
      });
      await once(raw, "close");
      expect(text)
        .to.include("Transfer-Encoding: chunked")
        .and.to.match(/1\r\na\r\n1\r\nb\r\n0\r\n\r\n$/);
    });
  });

  describe("refuses", () => {
    before(() => start());
    after(stop);

    const requests = [
      ["a length and chunks", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400],
      ["two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde", 400],
      ["a coding that is no framing", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", 400],
      ["a space before the colon", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 0\r\n\r\n", 400],
      ["a chunk whose length is none", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n", undefined],
      ["another server as its target", "POST http://other.example/ HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 400],
      ["a method that CWMP has no use for", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405],
      ["a tunnel", "CONNECT other.example:443 HTTP/1.1\r\nHost: a\r\n\r\n", undefined],
    ] as const;
    for (const [what, octets, status] of requests) {
      it(`${what}, and asks the ACS nothing`, async () => {
        const before = upstream.asked.length;
        const other = await call();
        other.write(octets);
        const answer = await other.answer().catch(() => undefined);
        other.close();
        if (status !== undefined) expect(answer?.status).to.equal(status);
        expect(answer?.status ?? 400).to.be.within(400, 499);
        expect(upstream.asked).to.have.length(before);
      });
    }

    it("more requests at once than one device has", async () => {
      const heard = new Promise<void>((resolve) => upstream.says(() => resolve()));
      const before = bridge.counters()["relay.refused"] ?? 0;
      const other = await call();
      other.write(Buffer.concat(Array.from({ length: 6 }, () => post(""))));
      await heard;
      expect(bridge.counters()["relay.refused"]).to.equal(before + 2);
      other.close();
    });
  });

  describe("with other settings", () => {
    afterEach(stop);

    it("streams a body that is too long to be looked at, and counts it", async () => {
      await start({ limits: { bodyBytesMax: 1_000 } });
      const long = inform(OWN, " ".repeat(200_000));
      expect((await exchange(post(long))).body.toString()).to.equal(long);
      const chunked = `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${long.length.toString(16)}\r\n${long}\r\n0\r\n\r\n`;
      const { body, request } = await exchange(chunked);
      expect([body.toString() === long, request.headers["transfer-encoding"]]).to.deep.equal([true, "chunked"]);
      expect(bridge.counters()).to.include({ "relay.passedLong": 2, "relay.bodiesBytes": 0 });
    });

    it("unpacks no more than its limit", async () => {
      await start({ limits: { inflatedBytesMax: 10_000 } });
      const bomb = gzipSync(inform(OWN, " ".repeat(100_000)));
      expect((await exchange(post(bomb, ["Content-Encoding: gzip"]))).body.equals(bomb)).to.equal(true);
      expect(bridge.counters()["relay.passedCoded"]).to.equal(1);
    });

    it("tells the ACS its own Host, and the device's address, whatever the device says of it", async () => {
      await start({ hostHeader: "upstream", tellsAddress: true });
      const { headers } = (await exchange(post("", ["X-Forwarded-For: 203.0.113.1"]))).request;
      expect([headers.host, headers["x-forwarded-for"], headers["x-forwarded-proto"]]).to.deep.equal([
        ...[new URL(upstream.url).host, "127.0.0.1", "http"],
      ]);
    });

    it("cuts requests that come too slowly, whatever trickles: the ACS hears nothing of them, and devices are served meanwhile", async () => {
      await start({ server: { headersTimeout: 500, requestTimeout: 1_000, connectionsCheckingInterval: 20 } });
      const beginnings = ["POST / HTTP/1.1\r\nHost: a\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n", ""];
      const slow = await Promise.all(Array.from({ length: 60 }, () => call()));
      const trickle = async (connection: RawConnection, begin: string): Promise<void> => {
        connection.write(begin);
        while (!connection.isClosed) {
          if (begin !== "") connection.write("x");
          await delay(20);
        }
      };
      const ended = slow.map((connection, i) => trickle(connection, beginnings[i % beginnings.length] ?? ""));
      expect((await exchange(post(inform(OWN)))).answer.status).to.equal(204);
      await Promise.all(ended);
      expect(upstream.asked).to.have.length(1);
      while (bridge.counters()["relay.connections"] !== 1) await delay(5);
      expect(bridge.counters()).to.include({ "relay.bodiesBytes": 0, "relay.requests": 1 + slow.length / beginnings.length });
    });

    it("has so many connections with one source, and closes those beyond", async () => {
      await start({ connectionsPerSourceMax: 3 });
      const others = [await call(), await call(), await call()];
      await others[2]?.closed;
      expect(bridge.counters()["relay.connectionsRefused"]).to.equal(1);
      for (const each of [device, ...others.slice(0, 2)]) expect((await exchange(post(""), each)).answer.status).to.equal(204);
      for (const each of others) each.close();
    });

    it("answers 504 for an ACS that says nothing", async () => {
      await start({ limits: { answerTimeoutMs: 50 } });
      upstream.says(() => undefined);
      expect((await exchange(post(""))).answer.status).to.equal(504);
    });

    it("answers 502 when the ACS is not there", async () => {
      await start();
      await upstream.close();
      device.write(post(""));
      const answer = await device.answer();
      expect([answer.status, answer.headers["connection"]]).to.deep.equal([502, "close"]);
      upstream = await openUpstream();
    });

    it("cuts the device's connection when the ACS dies in the middle of an answer", async () => {
      await start();
      upstream.says((response) => {
        response.writeHead(200, { "Content-Length": "10" });
        response.write("abc", () => response.destroy());
      });
      device.write(post(""));
      const failure = await device.answer().catch((error: Error) => error.message);
      expect(failure).to.match(/^the connection ended without an answer/);
    });
  });
});
