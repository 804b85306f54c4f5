/**
 * The Connection-Request gateway over real sockets: an ACS that only does HTTP connection requests wakes a gateway over SIP.
 * Spec: TR-069 3.2.2; RFC 7616; cwmp.md 6.1. Layer: integration test.
 */
import { request } from "node:http";
import { connect } from "node:net";
import { expect } from "chai";
import type { SipBridgeConfig } from "../../sip-bridge/main.js";
import { digestGet } from "../support/digest-get.js";
import { openGateway, type SipGateway } from "../support/sip-gateway.js";
import { startTestBridge, TEST_DOMAIN, TEST_TOKEN, type TestBridge } from "../support/test-bridge.js";

const DEVICE = "0A1B2C-VG2000-VG2K0001000000";
const LOGIN = { username: "acs", password: "cr-s3cret" };
const TARGET = { by: "address-of-record", addressOfRecord: `hgw1@${TEST_DOMAIN}` };
const NOBODY = "A".repeat(32);

const startBridge = (changes: Partial<SipBridgeConfig["connectionRequests"]> = {}): Promise<TestBridge> =>
  startTestBridge({
    connectionRequests: { listeners: { host: "127.0.0.1", port: 0 }, limits: { answerWithinMs: 8_000 }, ...changes },
  });

describe("the Connection-Request gateway", () => {
  let bridge: TestBridge;
  let gateway: SipGateway;
  let url: string;
  let base: string;

  before(async () => {
    bridge = await startBridge();
    gateway = await openGateway({ bridgePort: bridge.sipPort });
    await gateway.register();
    base = bridge.connectionRequests?.publicUrl ?? "";
    ({ url } = (await call("POST", "/connection-requests", { device: DEVICE, target: TARGET, login: LOGIN })).body);
  });
  after(async () => {
    await gateway.close();
    await bridge.close();
  });

  // biome-ignore lint/suspicious/noExplicitAny: a test says itself what it expects of an answer.
  async function call(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: any }> {
    const response = await fetch(new URL(path, bridge.url), {
      method,
      headers: { authorization: `Bearer ${TEST_TOKEN}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
  }

  const raw = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      let answer = "";
      const socket = connect(Number(new URL(base).port), "127.0.0.1", () => socket.end(text));
      socket.setEncoding("latin1").on("data", (chunk: string) => {
        answer += chunk;
      });
      socket.on("close", () => resolve(answer)).on("error", reject);
    });

  it("answers 200 with nothing in it once the gateway has taken the NOTIFY", async () => {
    const before = gateway.notifies.length;
    const { status, headers, body } = await digestGet(url, LOGIN);
    expect([status, headers["content-length"], body]).to.deep.equal([200, "0", ""]);
    expect(gateway.notifies).to.have.length(before + 1);
  });

  it("ignores the query", async () => {
    expect((await digestGet(`${url}?ts=1`, LOGIN)).status).to.equal(200);
  });

  it("asks with one challenge, MD5: what every ACS speaks", async () => {
    const { headers } = await digestGet(url, { ...LOGIN, algorithm: "SHA-256" });
    expect(headers["www-authenticate"]).to.match(/^Digest realm="connection-request", nonce="[\w-]+", algorithm=MD5, qop="auth"$/);
  });

  it("wakes nobody without the right login", async () => {
    const before = gateway.notifies.length;
    for (const wrong of [{ password: "guess" }, { username: "guess" }, { authorization: "Basic YWNzOmNyLXMzY3JldA==" }])
      expect((await digestGet(url, { ...LOGIN, ...wrong })).status).to.equal(401);
    expect(gateway.notifies).to.have.length(before);
  });

  it("answers for an id that nobody has as for a wrong password", async () => {
    const shown = async (of: string) => {
      const { status, headers, body } = await digestGet(of, { ...LOGIN, password: "guess" });
      const challenge = String(headers["www-authenticate"]).replace(/nonce="[^"]*"/, "nonce");
      return [status, body, challenge, Object.keys(headers)];
    };
    expect(await shown(`${base}/cr/${NOBODY}`)).to.deep.equal(await shown(url));
  });

  it("takes no nonce of one device for another, though the ACS has one login for all", async () => {
    const other = (await call("POST", "/connection-requests", { device: "other", target: TARGET, login: LOGIN })).body.url as string;
    const { authorization } = await digestGet(other, { ...LOGIN, password: "guess" });
    expect((await digestGet(url, { ...LOGIN, authorization })).status).to.equal(401);
  });

  it("takes an answer once", async () => {
    const { authorization, status } = await digestGet(url, LOGIN);
    const again = await digestGet(url, { ...LOGIN, authorization });
    expect([status, again.status]).to.deep.equal([200, 401]);
    expect(again.headers["www-authenticate"]).to.include("stale=true");
  });

  for (const method of ["HEAD", "POST", "PUT", "DELETE"]) {
    it(`answers ${method} with 405`, async () => {
      const { status, headers } = await digestGet(url, { ...LOGIN, method });
      expect([status, headers.allow]).to.deep.equal([405, "GET"]);
    });
  }

  it("answers 404 beside /cr/, for every id alike", async () => {
    expect((await digestGet(`${base}/`, LOGIN)).status).to.equal(404);
  });

  it("speaks HTTP/1.0, without Host", async () => {
    expect(await raw(`GET ${new URL(url).pathname} HTTP/1.0\r\n\r\n`)).to.match(/^HTTP\/1\.1 401 /);
  });

  it("refuses framing that two readers would read differently", async () => {
    const path = new URL(url).pathname;
    expect(await raw(`GET ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`)).to.match(
      /^HTTP\/1\.1 400 /,
    );
  });

  it("answers 503 for a device that is not registered, or not mapped", async () => {
    const answers = [];
    for (const target of [{ ...TARGET, addressOfRecord: `nobody@${TEST_DOMAIN}` }, null]) {
      const { body } = await call("POST", "/connection-requests", { device: `device of ${target?.addressOfRecord}`, target, login: LOGIN });
      answers.push((await digestGet(body.url, LOGIN)).status);
    }
    expect(answers).to.deep.equal([503, 503]);
  });

  it("asks to wait when a device is woken too often", async () => {
    const { body } = await call("POST", "/connection-requests", {
      device: "often",
      target: { ...TARGET, addressOfRecord: "gone" },
      login: LOGIN,
    });
    const answers = [];
    for (let i = 0; i < 11; i++) answers.push(await digestGet(body.url, LOGIN));
    expect(answers.map(({ headers }) => headers["retry-after"]).filter((value) => value !== undefined)).to.deep.equal(["10"]);
    expect(answers.at(-1)?.status).to.equal(503);
  });

  it("slows down who guesses, without locking the device's ACS out under another login", async () => {
    const { body } = await call("POST", "/connection-requests", { device: "guessed", target: TARGET, login: LOGIN });
    for (let i = 0; i < 6; i++) await digestGet(body.url, { ...LOGIN, password: `guess ${i}` });
    expect((await digestGet(body.url, LOGIN)).status).to.equal(401);
    const fresh = { username: "acs", password: "another" };
    await call("POST", "/connection-requests", { device: "guessed", login: fresh });
    expect((await digestGet(body.url, fresh)).status).to.equal(200);
  });

  it("tells each outcome, with who asked", async () => {
    await digestGet(url, LOGIN);
    const stream = request(new URL("/connection-request-events?after=-", bridge.url), {
      headers: { authorization: `Bearer ${TEST_TOKEN}` },
    });
    let text = "";
    await new Promise<void>((resolve) => {
      stream.on("response", (response) => {
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
          if (/"outcome":"taken".*"from":"127.0.0.1"}}\n[\s\S]*unauthorised.*\n/.test(text)) resolve();
        });
      });
      stream.end();
    });
    stream.destroy();
    const told = text
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => JSON.parse(line).event);
    expect(told.find(({ outcome }) => outcome === "taken")).to.deep.include({
      kind: "connection-request",
      device: DEVICE,
      from: "127.0.0.1",
    });
    expect(told.map(({ outcome }) => outcome)).to.include.members(["taken", "unauthorised"]);
  });

  it("shows what is known of a device, and no password", async () => {
    const { status, body } = await call("GET", `/connection-requests?device=${DEVICE}`);
    expect(status).to.equal(200);
    const [{ id, changedAt, ...shown }] = body.connectionRequests;
    expect(shown).to.deep.equal({
      ...{
        device: DEVICE,
        url,
        target: TARGET,
        targetBy: "operator",
        event: null,
        profile: null,
        username: "acs",
        hasLogin: true,
        originalUrl: "",
      },
    });
    expect(url).to.equal(`${base}/cr/${id}`);
    expect(Date.parse(changedAt)).to.be.greaterThan(0);
  });

  it("puts under a chosen id, and removes: its URL is worth nothing then", async () => {
    const id = "chosen-by-the-operator-1";
    expect((await call("PUT", `/connection-requests/${id}`, { device: "chosen", target: TARGET, login: LOGIN })).status).to.equal(201);
    expect((await call("PUT", `/connection-requests/${id}`, { device: "chosen", event: "check-sync" })).body.event).to.equal("check-sync");
    expect((await call("PUT", `/connection-requests/${id}`, { device: "somebody else" })).status).to.equal(409);
    expect((await digestGet(`${base}/cr/${id}`, LOGIN)).status).to.equal(200);
    expect(gateway.notifies.at(-1)?.headers.find(({ name }) => name.toLowerCase() === "event")?.value).to.equal("check-sync");
    expect((await call("DELETE", `/connection-requests/${id}`)).status).to.equal(204);
    expect((await digestGet(`${base}/cr/${id}`, LOGIN)).status).to.equal(401);
    expect((await call("GET", `/connection-requests/${id}`)).status).to.equal(404);
  });

  it("sends the NOTIFY that the device wants", async () => {
    const profile = { subscriptionState: null };
    const { body } = await call("POST", "/connection-requests", { device: "particular", target: TARGET, login: LOGIN, profile });
    expect(body.profile).to.deep.equal(profile);
    expect((await digestGet(body.url, LOGIN)).status).to.equal(200);
    expect(gateway.notifies.at(-1)?.headers.map(({ name }) => name.toLowerCase())).not.to.include("subscription-state");
  });

  const refused = [
    [{ device: "d", login: { username: "a:b", password: "p" } }, "login.username"],
    [{ device: "d", login: { username: "a" } }, "login.password"],
    [{ device: "d", target: { by: "smoke" } }, "target.by"],
    [{ device: "d", event: "two words" }, "event"],
    [{ device: "d", event: "check-sync;reboot=true" }, "event"],
    [{ device: "d", profile: { events: ["resync", "reboot"] } }, "profile.events.1"],
    [{ login: LOGIN }, "device"],
  ] as const;
  for (const [body, field] of refused) {
    it(`names ${field} when it is wrong`, async () => {
      const answer = await call("POST", "/connection-requests", body);
      expect([answer.status, answer.body.errors?.[0]?.field]).to.deep.equal([400, field]);
    });
  }
});

describe("the Connection-Request gateway, otherwise configured", () => {
  it("speaks SHA-256 where it is asked to, and answers 204", async () => {
    const bridge = await startBridge({ algorithms: ["SHA-256", "MD5"], successStatus: 204 });
    const gateway = await openGateway({ bridgePort: bridge.sipPort });
    await gateway.register();
    await bridge.connectionRequests?.book.set({ id: NOBODY, device: DEVICE, target: TARGET as never, ...LOGIN });
    const url = `${bridge.connectionRequests?.publicUrl}/cr/${NOBODY}`;
    const answers = [await digestGet(url, { ...LOGIN, algorithm: "SHA-256" }), await digestGet(url, LOGIN)];
    expect(answers.map(({ status }) => status)).to.deep.equal([204, 204]);
    await gateway.close();
    await bridge.close();
  });
});
