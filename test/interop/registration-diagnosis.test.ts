/**
 * The diagnosis of a SIP registration against other people's SIP servers: every row of the document's table, with Kamailio and with sipp,
 * ordered of the ACS and read back through it; and a server that lets nobody ping it, in a network of its own.
 * Spec: CN 103067208 B, the table of its branches ([0089]-[0186]); docs/decisions/0023. Layer: interop test.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "chai";
import { findBehaviour } from "../../device-sim/behaviours/find-behaviour.js";
import type { SipOptions } from "../../device-sim/gateway/options.js";
import { type Authority, makeAuthority } from "../support/certificates.js";
import { openGatewayBench } from "../support/gateway-bench.js";
import { type Kamailio, startKamailio } from "../support/kamailio.js";
import { type NetworkNamespace, requireNetworkNamespace } from "../support/network-namespace.js";
import { requireCommand } from "../support/services.js";
import { type SippAnswer, type SippRegistrar, startSippRegistrar } from "../support/sipp-registrar.js";
import { DEVICE_PASSWORD, startTestAcs, type TestAcs } from "../support/test-acs.js";

const run = promisify(execFile);
const PASSWORD = "s3cret!"; // as registrar.cfg has it
const BROKEN = [findBehaviour("sip-module-broken") ?? { name: "", description: "" }];
/** Three silent attempts and three pings that are answered take a second and a half. */
const QUICK = { timeoutMs: 8_000, attemptTimeoutMs: 500 };
const challenge = (kind: "WWW" | "Proxy"): string => `${kind}-Authenticate: Digest realm="voice.example", nonce="n1", qop="auth"`;
const answer = (status: number, ...lines: readonly string[]): SippAnswer => ({ status, lines });
const thrice = (one: SippAnswer): readonly SippAnswer[] => [one, one, one];

interface Row {
  readonly row: string;
  /** Of Kamailio, for this user; absent: as a registrar does. */
  readonly kamailio?: number | "silence";
  readonly password?: string;
  readonly acceptFromS?: number;
  readonly sipp: readonly SippAnswer[];
  readonly code: number;
  readonly attempts: number;
}

const ROWS: readonly Row[] = [
  { row: "silence, ping answered: 3", kamailio: "silence", sipp: thrice("silence"), code: 3, attempts: 3 },
  { row: "provisional responses only, ping answered: 3", kamailio: 100, sipp: thrice(answer(183)), code: 3, attempts: 3 },
  { row: "401 three times: 401", password: "wrong", sipp: thrice(answer(401, challenge("WWW"))), code: 401, attempts: 3 },
  { row: "407 three times: 407", kamailio: 407, sipp: thrice(answer(407, challenge("Proxy"))), code: 407, attempts: 3 },
  { row: "423 three times: 423", kamailio: 423, sipp: thrice(answer(423, "Min-Expires: 7200")), code: 423, attempts: 3 },
  { row: "200: 200", sipp: [answer(401, challenge("WWW")), answer(200)], code: 200, attempts: 2 },
  {
    row: "401 then 423 then 200: 200",
    acceptFromS: 7_200,
    sipp: [answer(401, challenge("WWW")), answer(423, "Min-Expires: 7200"), answer(200)],
    code: 200,
    attempts: 3,
  },
  ...[302, 403, 404, 480, 500, 503, 600].map((status) => ({
    ...{ row: `${status}: ${status}`, kamailio: status, sipp: [answer(status, "Contact: <sip:127.0.0.1:9>")] },
    ...{ code: status, attempts: 1 },
  })),
];

describe("interop: the diagnosis of a registration, through the ACS", () => {
  const bench = openGatewayBench();
  const sipps: SippRegistrar[] = [];
  let acs: TestAcs;
  let kamailio: Kamailio;
  let authority: Authority;
  let number = 0;

  before(async function () {
    this.timeout(20_000);
    for (const command of ["kamailio", "sipp", "ping", "openssl"]) requireCommand(this, command);
    authority = await makeAuthority();
    kamailio = await startKamailio({ config: "registrar", tls: await authority.issue("registrar", 30, "localhost") });
    acs = await startTestAcs({ env: { ACS_REFRESH_AT_BOOTSTRAP: "false" } });
  });
  afterEach(async () => {
    await bench.close();
    for (const sipp of sipps.splice(0)) await sipp.stop();
  });
  after(async () => {
    await kamailio?.stop();
    await acs?.close();
    await authority?.remove();
  });

  type Asked = Readonly<Record<string, string | number>>;
  interface Tested {
    readonly model?: "tr098" | "tr181";
    readonly sip?: Partial<SipOptions>;
    readonly asked?: Asked;
    /** Its phone works, and registers first. */
    readonly withPhone?: boolean;
    /** Before the gateway is switched on. */
    readonly prepare?: (user: string) => Promise<void>;
  }
  /** A new gateway, at that port; the diagnosis of its line 1, as the ACS shows it at the end. */
  async function diagnosed(port: number, { model = "tr098", sip = {}, asked = QUICK, withPhone = false, prepare }: Tested = {}) {
    const device = bench.add({
      ...{ acsUrl: `http://127.0.0.1:${acs.cwmpPort}/`, acsPassword: DEVICE_PASSWORD, number: number++, firstLineNumber: 3_000, model },
      ca: authority.cert.toString("utf8"),
      sip: { registrar: "127.0.0.1", registrarPort: port, domain: "voice.example", password: PASSWORD, ...sip },
      ...(withPhone ? {} : { behaviours: BROKEN }),
    });
    const { oui, productClass, serialNumber, lineNumber: user } = device.gateway.instance;
    await acs.gateway({ oui, productClass, serialNumber });
    await prepare?.(user);
    await device.gateway.powerOn();
    if (withPhone) await device.event("registered");
    await device.event("session-ended");
    const url = `/api/devices/${device.gateway.deviceId}/diagnoses`;
    const started = await acs.call("POST", url, { test: "sip-registration", line: 1, arguments: asked });
    expect(started.status, JSON.stringify(started.body)).to.equal(202);
    const { id } = started.body;
    let isOver = false;
    const over = acs.untilEvent("diagnosis ended", ({ kind, data }) => kind === "diagnosis-ended" && data["diagnosisId"] === id);
    void over.then(
      () => (isOver = true),
      () => (isOver = true),
    );
    // Nothing wakes these gateways: they call in until the object is found and the test asked for.
    for (let nth = 2; !isOver && nth <= 4; nth++) {
      device.gateway.triggerPeriodic();
      await device.event("session-ended", nth);
    }
    await over;
    const { body } = await acs.call("GET", `${url}/${id}`);
    expect(body.state, JSON.stringify(body)).to.equal("done");
    return {
      code: body.verdict.code as number,
      good: body.verdict.good,
      values: body.result as Record<string, string | number>,
      user,
      device,
    };
  }

  for (const { row, kamailio: status, password, acceptFromS, code, attempts } of ROWS) {
    it(`Kamailio, ${row}`, async () => {
      const prepare = async (user: string): Promise<void> => {
        await kamailio.answer(user, status);
        if (acceptFromS !== undefined) await kamailio.acceptFrom(user, acceptFromS);
      };
      const found = await diagnosed(kamailio.port, { prepare, ...(password === undefined ? {} : { sip: { password } }) });
      expect([found.code, found.good]).to.deep.equal([code, code === 200]);
      expect(found.values).to.include({ faultCode: code, lastResponseCode: code < 100 ? 0 : code, attempts });
      expect(await kamailio.heard(found.user), "REGISTERs, copies included").to.be.at.least(attempts);
      if (acceptFromS !== undefined) expect(found.values).to.include({ grantedExpiresS: acceptFromS });
    });
  }

  for (const { row, sipp: answers, code, attempts } of ROWS) {
    it(`sipp, ${row}`, async () => {
      const sipp = await startSippRegistrar(answers);
      sipps.push(sipp);
      const found = await diagnosed(sipp.port, { model: "tr181" });
      expect([found.code, found.good]).to.deep.equal([code, code === 200]);
      expect(found.values).to.include({ faultCode: code, lastResponseCode: code < 100 ? 0 : code, attempts });
    });
  }

  it("Kamailio: a success leaves the one binding that the phone had, and the phone goes on with it", async () => {
    const { code, values, user, device } = await diagnosed(kamailio.port, { withPhone: true });
    await device.event("registered", 2);
    expect([code, await kamailio.contacts(user)]).to.deep.equal([200, [values["localContact"]]]);
  });

  for (const transport of ["TCP", "TLS"] as const) {
    it(`Kamailio over ${transport}, a line that is configured for UDP: 200`, async () => {
      const port = transport === "TLS" ? kamailio.tlsPort : kamailio.port;
      const sip = transport === "TLS" ? { registrar: "localhost" } : {};
      const { code, values } = await diagnosed(port, { model: "tr181", sip, asked: { ...QUICK, transport } });
      expect(code).to.equal(200);
      expect(values["localContact"]).to.match(new RegExp(`;transport=${transport.toLowerCase()}$`));
    });
  }

  it("Kamailio over TLS, with a certificate for another name: 3, and why", async () => {
    const { code, values } = await diagnosed(kamailio.tlsPort, { asked: { ...QUICK, transport: "TLS" } });
    expect(code).to.equal(3);
    expect(values["lastResponseText"]).to.match(/^no connection to 127\.0\.0\.1 port \d+: /);
  });

  it("nothing listens: TCP is refused at once, and the ping answered: 3", async () => {
    const sipp = await startSippRegistrar([]); // UDP only
    sipps.push(sipp);
    const { code, values } = await diagnosed(sipp.port, { asked: { ...QUICK, transport: "TCP" } });
    expect([code, values["attempts"]]).to.deep.equal([3, 3]);
    expect(values["lastResponseText"]).to.include("ECONNREFUSED");
  });

  it("a configuration that lacks the password: 1, and nothing is sent", async () => {
    const { code, values, user } = await diagnosed(kamailio.port, { sip: { password: "" } });
    expect([code, values["lastResponseText"], await kamailio.heard(user)]).to.deep.equal([1, "empty or out of range: AuthPassword", 0]);
  });

  describe("a server that nobody can ping, in a network namespace", () => {
    let place: NetworkNamespace;
    before(async function () {
      requireCommand(this, "sysctl");
      place = await requireNetworkNamespace(this);
    });
    after(() => place?.remove());
    const letPing = async (isAllowed: boolean): Promise<void> => {
      const [command = "", ...args] = [...place.enter, "sysctl", "-qw", `net.ipv4.icmp_echo_ignore_all=${isAllowed ? 0 : 1}`];
      await run(command, args);
    };
    /** Three pings take 6 s. */
    const asked = { timeoutMs: 20_000, attemptTimeoutMs: 300 };

    for (const [what, answers, isAllowed, expected] of [
      ["silence: 2", thrice("silence"), false, 2],
      ["provisional responses, then no ping is answered: 2 ([0090])", thrice(answer(100)), false, 2],
      ["the same server, with ping allowed: 3", thrice("silence"), true, 3],
    ] as const) {
      it(`sipp, ${what}`, async () => {
        const sipp = await startSippRegistrar(answers, place);
        sipps.push(sipp);
        await letPing(isAllowed);
        const { code, values } = await diagnosed(sipp.port, { sip: { registrar: place.peerAddress }, asked });
        expect([code, values["lastResponseCode"], values["attempts"]]).to.deep.equal([expected, 0, 3]);
      }).timeout(30_000);
    }
  });
});
