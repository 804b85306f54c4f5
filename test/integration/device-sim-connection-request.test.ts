/**
 * HTTP connection requests to a simulated gateway.
 * Spec: TR-069 3.2.2.
 */
import { request as httpRequest } from "node:http";
import { expect } from "chai";
import { answerDigest, digestHa1, parseChallenges, writeCredentials } from "../../common/digest.js";
import { CONNECTION_REQUEST_LIMITS } from "../../device-sim/cpe/connection-request-listener.js";
import { openGatewayBench } from "../support/gateway-bench.js";
import { openScriptedAcs, type ScriptedAcs } from "../support/scripted-acs.js";

const MANAGEMENT = "InternetGatewayDevice.ManagementServer.";
const LOGIN = { username: "acs", password: "cr-password" };

describe("TR-069 3.2.2: connection requests to a simulated gateway", () => {
  const bench = openGatewayBench();
  let acs: ScriptedAcs;
  beforeEach(async () => {
    acs = await openScriptedAcs();
  });
  afterEach(async () => {
    await bench.close();
    await acs.close();
  });

  async function started() {
    const one = bench.add({ acsUrl: acs.url, connectionRequest: { host: "127.0.0.1", port: 0 } });
    one.gateway.changeLocally(`${MANAGEMENT}ConnectionRequestUsername`, LOGIN.username);
    one.gateway.changeLocally(`${MANAGEMENT}ConnectionRequestPassword`, LOGIN.password);
    await one.gateway.powerOn();
    await one.event("session-ended");
    return { ...one, url: one.gateway.read(`${MANAGEMENT}ConnectionRequestURL`) ?? "" };
  }

  it("a GET is challenged; with the credentials of the data model it is answered 200, empty, and a session follows", async () => {
    const { url, event } = await started();
    const first = await get(url);
    expect(first.status).to.equal(401);
    const second = await get(url, answer(first.challenge, url));
    expect(second).to.include({ status: 200, body: "" });
    await event("session-ended", 2);
    expect(acs.informs()[1]?.events.map(({ code }) => code)).to.deep.equal(["6 CONNECTION REQUEST"]);
  });

  it("the URL is the one told in Inform, and stays the same over a reboot", async () => {
    const { gateway, event, url } = await started();
    expect(acs.informs()[0]?.parameters.find(({ name }) => name.endsWith("ConnectionRequestURL"))?.text).to.equal(url);
    await gateway.powerOff();
    await gateway.powerOn();
    await event("session-ended", 2);
    expect(gateway.read(`${MANAGEMENT}ConnectionRequestURL`)).to.equal(url);
    expect(
      acs.informs()[1]?.events.map(({ code }) => code),
      "no VALUE CHANGE",
    ).to.deep.equal(["1 BOOT"]);
  });

  it("wrong credentials, a spent nonce, another path and another method bring no session", async () => {
    const { gateway, event, url } = await started();
    const { challenge } = await get(url);
    expect((await get(url, answer(challenge, url, { ...LOGIN, password: "x" }))).status).to.equal(401);
    const right = answer(challenge, url);
    expect((await get(url, right)).status).to.equal(200);
    await event("session-ended", 2);
    expect((await get(url, right)).status, "the same answer again").to.equal(401);
    expect((await get(`${url}x`)).status).to.equal(404);
    expect((await get(url, undefined, "POST")).status).to.equal(405);
    gateway.triggerPeriodic();
    await event("session-ended", 3);
    expect(acs.informs()[2]?.events.map(({ code }) => code)).to.deep.equal(["2 PERIODIC"]);
  });

  it("too many in a minute are answered 503 without a challenge", async () => {
    const { url } = await started();
    const { challenge } = await get(url);
    const statuses: number[] = [];
    for (let nc = 1; nc <= CONNECTION_REQUEST_LIMITS.perMinuteMax + 1; nc++)
      statuses.push((await get(url, answer(challenge, url, LOGIN, nc))).status);
    expect(statuses.slice(0, -1).every((status) => status === 200)).to.equal(true);
    expect(statuses.at(-1)).to.equal(503);
  });
});

interface Got {
  readonly status: number;
  readonly challenge: string;
  readonly body: string;
}

function get(url: string, authorization?: string, method = "GET"): Promise<Got> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      url,
      { method, agent: false, headers: authorization === undefined ? {} : { Authorization: authorization } },
      (response) => {
        let body = "";
        response.on("data", (chunk: Buffer) => {
          body += chunk.toString();
        });
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, challenge: response.headers["www-authenticate"] ?? "", body }),
        );
      },
    );
    request.on("error", reject);
    request.end();
  });
}

function answer(wwwAuthenticate: string, url: string, { username, password } = LOGIN, nc = 1): string {
  const [challenge] = parseChallenges(wwwAuthenticate);
  if (challenge === undefined) throw new Error("no challenge");
  const ha1 = digestHa1("MD5", username, challenge.realm, password);
  return writeCredentials(answerDigest({ challenge, username, ha1, method: "GET", uri: new URL(url).pathname, cnonce: "c", nc }));
}
