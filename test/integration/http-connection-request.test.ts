/**
 * HTTP connection requests against device servers as they are found: raw ones that say odd things, and the simulator's.
 * Spec: TR-069 3.2.2; field quirks 44, 47, 48. Layer: integration test.
 */
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { expect } from "chai";
import { DEFAULT_MODEL_POLICY, type ModelPolicy } from "../../acs/devices/model-policy.js";
import { createConnectionRequester } from "../../acs/wake/connection-requester.js";
import {
  type BasicPolicy,
  createHttpConnectionRequester,
  type HttpConnectionRequester,
  type HttpConnectionRequestOptions,
} from "../../acs/wake/http-connection-request.js";
import { createAddressGuard, DEFAULT_REFUSED_RANGES } from "../../common/address-guard.js";
import { systemClock } from "../../common/clock.js";
import { digestHa1, parseCredentials, provesPassword } from "../../common/digest.js";
import { type ConnectionRequestListener, openConnectionRequestListener } from "../../device-sim/cpe/connection-request-listener.js";
import { aDevice } from "../support/builders.js";
import { type RawHttpDevice, startRawHttpDevice } from "../support/raw-http-device.js";

const LOGIN = { username: "0A1B2C-VG2000-S1", password: "cr secret" };
const CHALLENGE = 'Digest realm="cpe", nonce="n1", qop="auth"';
const unauthorized = (challenge = CHALLENGE): string =>
  `HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: ${challenge}\r\nContent-Length: 0\r\n\r\n`;
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

describe("HTTP connection request", () => {
  const opened: { close(): Promise<void> | void }[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close();
  });

  function requester(more: Partial<HttpConnectionRequestOptions> = {}): HttpConnectionRequester {
    const made = createHttpConnectionRequester({
      ...{ guard: createAddressGuard([]), clock: systemClock, randomBytes, basic: "never" },
      ...more,
    });
    opened.push(made);
    return made;
  }
  async function device(answer: (n: number, head: string, socket: Socket) => string | undefined): Promise<RawHttpDevice> {
    const made = await startRawHttpDevice(answer);
    opened.push(made);
    return made;
  }
  const authorization = (head: string | undefined): string => /^Authorization: (.*)$/m.exec(head?.replaceAll("\r", "") ?? "")?.[1] ?? "";

  describe("to the simulator's server", () => {
    let heard: number;
    let listener: ConnectionRequestListener;
    beforeEach(async () => {
      heard = 0;
      listener = await openConnectionRequestListener({
        ...{ host: "127.0.0.1", port: 0, path: "/4f7c1e", login: () => LOGIN, clock: systemClock, randomBytes },
        onConnectionRequest: () => {
          heard++;
        },
      });
      opened.push(listener);
    });
    const url = (): URL => new URL(`http://127.0.0.1:${listener.port}/4f7c1e`);

    it("digest: accepted, and heard once", async () => {
      expect(await requester().send(url(), LOGIN)).to.deep.equal({ outcome: "accepted", detail: "answered 200" });
      expect(heard).to.equal(1);
    });

    it("wrong credentials are told as such", async () => {
      expect((await requester().send(url(), { ...LOGIN, password: "other" })).outcome).to.equal("wrong-credentials");
      expect(heard).to.equal(0);
    });

    it("503: busy (the simulator's limit of requests per minute)", async () => {
      const http = requester();
      for (let i = 0; i < 20; i++) expect((await http.send(url(), LOGIN)).outcome).to.equal("accepted");
      expect((await http.send(url(), LOGIN)).outcome).to.equal("busy");
    });
  });

  it("no body, no Basic, a digest that proves the password with SHA-256 where offered", async () => {
    const gateway = await device((n) =>
      n === 0
        ? unauthorized(
            'Digest realm="cpe", nonce="n1", qop="auth", algorithm=MD5, Digest realm="cpe", nonce="n2", qop="auth", algorithm=SHA-256',
          )
        : OK,
    );
    expect((await requester().send(gateway.url, LOGIN)).outcome).to.equal("accepted");
    const [first, second] = gateway.requests;
    expect(first)
      .to.match(/^GET \/4f7c1e HTTP\/1\.1\r\n/)
      .and.not.match(/authorization|content-length|transfer-encoding/i);
    const credentials = parseCredentials(authorization(second));
    if (credentials === undefined) throw new Error("no digest");
    expect([credentials.algorithm.hash, credentials.nonce, credentials.uri]).to.deep.equal(["SHA-256", "n2", "/4f7c1e"]);
    const ha1 = digestHa1("SHA-256", LOGIN.username, "cpe", LOGIN.password);
    expect(provesPassword(credentials, { "SHA-256": ha1 }, { method: "GET" })).to.equal(true);
  });

  const lenient: Readonly<Record<string, string>> = {
    "bare line feeds": `HTTP/1.1 401 Unauthorized\nWWW-Authenticate: ${CHALLENGE}\nContent-Length: 0\n\n`,
    "folded headers":
      'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm="cpe",\r\n nonce="n1",\r\n\tqop="auth"\r\nContent-Length: 0\r\n\r\n',
    "no reason phrase": `HTTP/1.1 401\r\nWWW-Authenticate: ${CHALLENGE}\r\nContent-Length: 0\r\n\r\n`,
    "HTTP/1.0 without length": `HTTP/1.0 401 Unauthorized\r\nWWW-Authenticate: ${CHALLENGE}\r\n\r\n`,
    "an HTML page": `HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: ${CHALLENGE}\r\nContent-Length: 13\r\n\r\n<html></html>`,
  };
  for (const [what, answer] of Object.entries(lenient)) {
    it(`takes an answer with ${what}`, async () => {
      const gateway = await device((n, _head, socket) => {
        if (n > 0) return "HTTP/1.1 204 No Content\nServer: x\n\n";
        if (answer.startsWith("HTTP/1.0")) socket.end(answer);
        return answer.startsWith("HTTP/1.0") ? undefined : answer;
      });
      expect(await requester().send(gateway.url, LOGIN)).to.deep.equal({ outcome: "accepted", detail: "answered 204" });
    });
  }

  it("a body after 204 hurts nobody", async () => {
    const gateway = await device((n) => (n === 0 ? unauthorized() : "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"));
    expect((await requester().send(gateway.url, LOGIN)).outcome).to.equal("accepted");
  });

  it("a fresh nonce is granted once", async () => {
    const stale = 'Digest realm="cpe", nonce="n2", qop="auth", stale=true';
    const kind = await device((n) => (n === 0 ? unauthorized() : n === 1 ? unauthorized(stale) : OK));
    expect((await requester().send(kind.url, LOGIN)).outcome).to.equal("accepted");
    const endless = await device((n) => unauthorized(`Digest realm="cpe", nonce="n${n}", qop="auth", stale=true`));
    expect((await requester().send(endless.url, LOGIN)).outcome).to.equal("wrong-credentials");
    expect(endless.requests).to.have.length(3);
  });

  it("a device that resets the idle connection is asked again on a new one, once", async () => {
    const gateway = await device((n, _head, socket) => {
      if (n === 0) return unauthorized();
      if (n > 1) return OK;
      socket.resetAndDestroy();
      return undefined;
    });
    expect((await requester().send(gateway.url, LOGIN)).outcome).to.equal("accepted");
    expect([gateway.requests.length, gateway.connections()]).to.deep.equal([3, 2]);
  });

  it("a device that cuts the connection instead of answering may still call in (quirk 47)", async () => {
    const gateway = await device((n, _head, socket) => {
      if (n === 0) return unauthorized();
      socket.destroy();
      return undefined;
    });
    expect((await requester().send(gateway.url, LOGIN)).outcome).to.equal("unanswered");
    expect(gateway.requests).to.have.length(3);
  });

  it("nobody listens: unreachable", async () => {
    const gateway = await device(() => OK);
    await gateway.close();
    opened.pop();
    const result = await requester().send(gateway.url, LOGIN);
    expect(result).to.deep.equal({ outcome: "unreachable", detail: "offline or behind a NAT (ECONNREFUSED)" });
  });

  it("silence ends with the time limit", async () => {
    const gateway = await device(() => undefined);
    const result = await requester({ limits: { timeoutMs: 60 } }).send(gateway.url, LOGIN);
    expect(result).to.deep.equal({ outcome: "unreachable", detail: "offline or behind a NAT (timed out)" });
  });

  it("bytes that drip in end with the time limit too", async () => {
    const gateway = await device((_n, _head, socket) => {
      const drip = setInterval(() => socket.write("X-Drip: 1\r\n"), 5);
      socket.on("close", () => clearInterval(drip));
      return "HTTP/1.1 401 Unauthorized\r\n";
    });
    expect((await requester({ limits: { timeoutMs: 80 } }).send(gateway.url, LOGIN)).outcome).to.equal("unreachable");
  });

  it("a header over its limit is refused, a body over its limit is not read", async () => {
    const long = await device(() => `HTTP/1.1 401 Unauthorized\r\nX: ${"x".repeat(20_000)}\r\n\r\n`);
    expect((await requester().send(long.url, LOGIN)).outcome).to.equal("refused");
    const big = await device((n) =>
      n === 0 ? `HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: ${CHALLENGE}\r\nContent-Length: 100000000\r\n\r\n${"x".repeat(8_192)}` : OK,
    );
    expect((await requester().send(big.url, LOGIN)).outcome).to.equal("accepted");
    expect(big.connections()).to.equal(2);
  });

  const refusals: Readonly<Record<string, readonly [string, RegExp]>> = {
    "a redirection": ["HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", /redirections are not followed/],
    "404": ["HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", /answered 404/],
    "401 without challenge (quirk 48)": ["HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", /without a challenge/],
    "an unknown digest algorithm": [unauthorized('Digest realm="r", nonce="n", algorithm=WHIRLPOOL'), /without a challenge/],
    "no HTTP at all": ["SSH-2.0-dropbear\r\n", /no HTTP answer/],
  };
  for (const [what, [answer, detail]] of Object.entries(refusals)) {
    it(`refused: ${what}`, async () => {
      const gateway = await device(() => answer);
      const result = await requester().send(gateway.url, LOGIN);
      expect(result.outcome).to.equal("refused");
      expect(result.detail).to.match(detail);
      expect(gateway.requests).to.have.length(1);
    });
  }

  it("Basic is not answered unless the policy says so", async () => {
    const challenge = (n: number): string => (n === 0 ? unauthorized('Basic realm="cpe"') : OK);
    for (const basic of ["never", "tls"] as const) {
      const strict = await device(challenge);
      expect((await requester({ basic }).send(strict.url, LOGIN)).outcome, basic).to.equal("refused");
      expect(strict.requests).to.have.length(1);
    }
    const lax = await device(challenge);
    expect((await requester({ basic: "always" }).send(lax.url, LOGIN)).outcome).to.equal("accepted");
    expect(authorization(lax.requests[1])).to.equal(`Basic ${Buffer.from("0A1B2C-VG2000-S1:cr secret").toString("base64")}`);
  });

  it("a model's policy stands in place of the setting, and the use of Basic is counted for the device (quirk 48)", async () => {
    const challenge = (n: number): string => (n === 0 ? unauthorized('Basic realm="cpe"') : OK);
    const asked = async (configured: BasicPolicy, ofModel: ModelPolicy["basicConnectionRequests"]) => {
      const used: string[] = [];
      const { url } = await device(challenge);
      const whole = createConnectionRequester({
        ...{
          http: requester({ basic: configured }),
          stun: null,
          xmpp: null,
          guard: createAddressGuard([]),
          clock: systemClock,
          randomBytes,
        },
        openSecret: () => LOGIN.password,
        modelPolicy: async () => ({ ...DEFAULT_MODEL_POLICY, basicConnectionRequests: ofModel }),
        relaxed: (id, rule) => used.push(`${id} ${rule}`),
      });
      return [(await whole.send(aDevice({ id: "device-1" }), { rung: "http", url })).outcome, ...used];
    };
    expect(await asked("never", "always")).to.deep.equal(["accepted", "device-1 basic-connection-request"]);
    expect(await asked("always", "as-configured")).to.deep.equal(["accepted", "device-1 basic-connection-request"]);
    expect(await asked("always", "never")).to.deep.equal(["refused"]);
    expect(await asked("always", "tls"), "it is not https").to.deep.equal(["refused"]);
  });

  it("Basic beside digest: digest is answered", async () => {
    const gateway = await device((n) => (n === 0 ? unauthorized(`Basic realm="cpe"\r\nWWW-Authenticate: ${CHALLENGE}`) : OK));
    expect((await requester({ basic: "always" }).send(gateway.url, LOGIN)).outcome).to.equal("accepted");
    expect(authorization(gateway.requests[1])).to.match(/^Digest /);
  });

  describe("refused address ranges", () => {
    const guard = createAddressGuard(DEFAULT_REFUSED_RANGES);

    it("a numeric loopback host is not connected to", async () => {
      const gateway = await device(() => OK);
      const result = await requester({ guard }).send(gateway.url, LOGIN);
      expect(result).to.deep.equal({ outcome: "refused", detail: "127.0.0.1 is in a refused address range: loopback" });
      expect(gateway.connections()).to.equal(0);
    });

    it("nor is a name that resolves to one, nor other spellings of it", async () => {
      const gateway = await device(() => OK);
      for (const host of ["localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "[::1]", "169.254.169.254", "0"]) {
        const result = await requester({ guard }).send(new URL(`http://${host}:${gateway.url.port}/`), LOGIN);
        expect(result.outcome, host).to.equal("refused");
        expect(result.detail, host).to.include("refused address range");
      }
      expect(gateway.connections()).to.equal(0);
    });
  });

  it("more than may be under way wait for their turn; close ends all of them", async () => {
    const gateway = await device(() => undefined);
    const http = requester({ limits: { concurrentMax: 2 } });
    const results = Promise.all([1, 2, 3, 4].map(() => http.send(gateway.url, LOGIN)));
    while (gateway.requests.length < 2) await new Promise((resolve) => setImmediate(resolve));
    http.close();
    expect((await results).map(({ outcome }) => outcome)).to.deep.equal(["unreachable", "unreachable", "unreachable", "unreachable"]);
    expect(gateway.requests).to.have.length(2);
  });
});
