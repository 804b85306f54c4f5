/**
 * A diagnosis under a clock that stands still: what goes out, what is reported, and that it never takes longer than it may.
 * Spec: CN 103067208 B [0082]-[0085], [0139], [0157], [0182]; RFC 3261 8.1.3.5, 10.2.8.
 */
import { expect } from "chai";
import { newDevice } from "../../../../device-sim/device/device.js";
import { indexModel } from "../../../../device-sim/device/model-index.js";
import { DIAGNOSIS_COUNTS, DIAGNOSIS_LIMITS } from "../../../../device-sim/diagnosis/registration-diagnosis.js";
import { type DiagnosisOptions, type DiagnosisReport, DiagnosisRun } from "../../../../device-sim/diagnosis/run-diagnosis.js";
import type { EchoResult } from "../../../../device-sim/icmp-echo.js";
import { readLine } from "../../../../device-sim/phone/line.js";
import type { openSipWay } from "../../../../device-sim/phone/sip-way.js";
import { tr098VoiceGateway } from "../../../../schemas/data-models/tr098-voice-gateway.js";
import type { RequestEvent } from "../../../../sip-bridge/net/client-transactions.js";
import { pushVia } from "../../../../sip-bridge/sip/build.js";
import { headerValue, type SipRequest } from "../../../../sip-bridge/sip/message.js";
import { fakeClock } from "../../../support/fake-clock.js";
import { runSeed, seededRandom } from "../../../support/seeded-random.js";
import { sipFlow, sipResponse } from "../../../support/sip-messages.js";

/** What comes after how long; "gone": the connection breaks. */
interface Answer {
  readonly afterMs: number;
  readonly status: number | "gone";
  readonly lines?: readonly string[];
}
/** What the server does with a REGISTER; `[]`: nothing. */
type Server = (request: SipRequest, nth: number) => readonly Answer[];

const line = { ...readLine(newDevice(indexModel(tr098VoiceGateway), new Map())), authPassword: "s3cret", registerExpiresS: 600 };
const CONTACT = "sip:1001@192.0.2.1:5062";
const CHALLENGE = 'WWW-Authenticate: Digest realm="r", nonce="n1", qop="auth"';
const flow = sipFlow();

function diagnosing(server: Server, more: Partial<DiagnosisOptions> = {}, clock = fakeClock()) {
  const requests: SipRequest[] = [];
  const reports: DiagnosisReport[] = [];
  let openWays = 0;
  let ways = 0;
  const request = (sent: SipRequest, onEvent: (event: RequestEvent) => void): void => {
    requests.push(sent);
    const asSent = pushVia(sent, { transport: "UDP", host: "192.0.2.1", params: [{ name: "branch", value: `z9hG4bK${requests.length}` }] });
    for (const { afterMs, status, lines = [] } of server(sent, requests.length)) {
      clock.after(afterMs, () => {
        if (status === "gone") onEvent({ kind: "transport-error", error: new Error("the connection is gone") });
        else onEvent({ kind: status < 200 ? "provisional" : "final", response: sipResponse(asSent, status, ...lines), flow });
      });
    }
  };
  const openWay = async (): ReturnType<typeof openSipWay> => {
    openWays++;
    ways++;
    const layer = { request: (sent: SipRequest, _flow: unknown, onEvent: (event: RequestEvent) => void) => request(sent, onEvent) };
    const close = async (): Promise<void> => {
      openWays--;
    };
    return { layer, isConnection: false, flowTo: () => flow, keepAliveEvery: () => undefined, contact: "192.0.2.1:40000", close } as never;
  };
  const run = new DiagnosisRun({
    ...{ line, limits: DIAGNOSIS_LIMITS, instanceId: "urn:uuid:00000000-0000-1000-8000-020000000001", userAgent: "VG-2000/3.2.1" },
    ...{ contact: () => ({ contactUri: CONTACT, isOutbound: false }), address: "192.0.2.1", contactPort: 0, tls: {}, clock },
    ...{ randomBytes: (count) => new Uint8Array(count).fill(7), resolve: async () => "192.0.2.10", openWay },
    ping: async () => ({ kind: "answered", roundTripMs: 1 }),
    onEnd: (report) => reports.push(report),
    onError: (error) => {
      throw error;
    },
    ...more,
  });
  const beganAtMs = clock.now();
  run.begin();
  return { run, clock, requests, reports, beganAtMs, ways: () => ways, openWays: () => openWays };
}

/** Nobody answers a ping. */
function withLostPings(server: Server) {
  const clock = fakeClock();
  const ping = (_address: string, timeoutMs: number): Promise<EchoResult> =>
    new Promise((resolve) => clock.after(timeoutMs, () => resolve({ kind: "unanswered" })));
  return diagnosing(server, { ping }, clock);
}

/** The report, and how long it took. */
async function ended(diagnosis: ReturnType<typeof diagnosing>): Promise<{ readonly report: DiagnosisReport; readonly tookMs: number }> {
  const { clock, reports, beganAtMs } = diagnosis;
  while (reports.length === 0 && clock.now() - beganAtMs < 120_000) await clock.advance(100);
  const [report] = reports;
  if (report === undefined) throw new Error("no end in two minutes");
  return { report, tookMs: clock.now() - beganAtMs };
}

const always =
  (...answers: readonly Answer[]): Server =>
  () =>
    answers;
const inTurn =
  (...turns: readonly (readonly Answer[])[]): Server =>
  (_request, nth) =>
    turns[nth - 1] ?? turns.at(-1) ?? [];
const now = (status: number, ...lines: readonly string[]): readonly Answer[] => [{ afterMs: 20, status, lines }];

describe("device-sim: a diagnosis of a registration, at work", () => {
  it("REGISTERs with a Call-ID of its own and the line's usual Contact, and removes nothing when it succeeds", async () => {
    const diagnosis = diagnosing(always(...now(200, `Contact: <${CONTACT}>;expires=300`)));
    const { report } = await ended(diagnosis);
    expect(diagnosis.requests.map((request) => [request.method, headerValue(request, "expires")])).to.deep.equal([["REGISTER", "600"]]);
    expect(headerValue(diagnosis.requests[0] as SipRequest, "contact")).to.match(new RegExp(`^<${CONTACT}>;`));
    expect(diagnosis.requests[0]?.callId).to.match(/@020000000001$/);
    const { beganAtMs } = diagnosis;
    expect(report).to.deep.equal({
      ...{ faultCode: 200, lastResponse: { status: 200, reason: "x" }, note: "", registrarAddress: "192.0.2.10:5060", contactUri: CONTACT },
      ...{ grantedExpiresS: 300, challengeRealm: "", roundTripMs: 20, attempts: 1, lastAttemptAtMs: beganAtMs },
      registeredAtMs: beganAtMs + 20,
    });
    expect([diagnosis.openWays(), diagnosis.clock.pending()], "no socket, no timer is left").to.deep.equal([0, 0]);
  });

  it("a line without a binding gets the Contact that it would have", async () => {
    const diagnosis = diagnosing(always(...now(200)), { contact: () => undefined, contactPort: 5070 });
    await ended(diagnosis);
    expect(headerValue(diagnosis.requests[0] as SipRequest, "contact")).to.match(/^<sip:1001@192\.0\.2\.1:5070>;/);
  });

  it("401 three times: attempts 2 and 3 answer the newest challenge, with CSeq 2 and 3 of the same Call-ID, over one socket", async () => {
    const diagnosis = diagnosing((_request, nth) => now(401, CHALLENGE.replace("n1", `n${nth}`)));
    const { report } = await ended(diagnosis);
    const credentials = diagnosis.requests.map((request) => /nonce="(\w+)"/.exec(headerValue(request, "authorization") ?? "")?.[1]);
    expect(credentials).to.deep.equal([undefined, "n1", "n2"]);
    expect(diagnosis.requests.map(({ cseq }) => cseq.number)).to.deep.equal([1, 2, 3]);
    expect(new Set(diagnosis.requests.map(({ callId }) => callId)).size).to.equal(1);
    expect([report.faultCode, report.challengeRealm, report.attempts, diagnosis.ways()]).to.deep.equal([401, "r", 3, 1]);
  });

  it("a proxy and the registrar both ask: each gets its credentials", async () => {
    const proxy = 'Proxy-Authenticate: Digest realm="p", nonce="m1", qop="auth"';
    const diagnosis = diagnosing(inTurn(now(407, proxy), now(401, CHALLENGE), now(200)));
    const { report } = await ended(diagnosis);
    const last = diagnosis.requests.at(-1) as SipRequest;
    expect(
      [headerValue(last, "proxy-authorization"), headerValue(last, "authorization")].map((text) => text?.includes("1001")),
    ).to.deep.equal([true, true]);
    expect(report.faultCode).to.equal(200);
  });

  it("MD5-sess: a fresh challenge is answered as well", async () => {
    const diagnosis = diagnosing(inTurn(now(401, `${CHALLENGE}, algorithm=MD5-sess`), now(200)));
    await ended(diagnosis);
    expect(headerValue(diagnosis.requests[1] as SipRequest, "authorization")).to.include("MD5-sess");
    expect(diagnosis.requests.map(({ cseq }) => cseq.number)[1]).to.be.greaterThan(1);
  });

  it("a challenge that nobody can answer is met again, without credentials", async () => {
    const diagnosis = diagnosing(always(...now(401, 'WWW-Authenticate: Digest realm="r", nonce="n", algorithm=UNHEARD-OF')));
    const { report } = await ended(diagnosis);
    expect(diagnosis.requests.map((request) => headerValue(request, "authorization"))).to.deep.equal([undefined, undefined, undefined]);
    expect(report.faultCode).to.equal(401);
  });

  it("401, then 423, then 200: the interval that Min-Expires wants, with credentials still", async () => {
    const granted = `Contact: <${CONTACT}>;expires=1800`;
    const diagnosis = diagnosing(inTurn(now(401, CHALLENGE), now(423, "Min-Expires: 1800"), now(200, granted)));
    const { report } = await ended(diagnosis);
    const last = diagnosis.requests.at(-1) as SipRequest;
    expect([headerValue(last, "expires"), headerValue(last, "authorization") !== undefined]).to.deep.equal(["1800", true]);
    expect(headerValue(last, "authorization")).to.include("nc=00000002");
    expect([report.faultCode, report.grantedExpiresS, report.attempts]).to.deep.equal([200, 1_800, 3]);
  });

  it("silence: three attempts of 8 s over a socket each, three pings: code 3 if one is answered, 2 after 30 s if none is", async () => {
    const silent = diagnosing(always());
    const { report, tookMs } = await ended(silent);
    expect([report.faultCode, report.attempts, report.note, silent.ways()]).to.deep.equal([3, 3, "no final response in 8000 ms", 3]);
    expect(tookMs).to.be.within(24_000, 24_200);
    const dead = await ended(withLostPings(always()));
    expect([dead.report.faultCode, dead.report.lastResponse, dead.tookMs]).to.deep.equal([2, undefined, 30_000]);
  });

  it("provisional responses only: as silence, and none of them is told", async () => {
    const ringing = always({ afterMs: 10, status: 100 }, { afterMs: 500, status: 180 });
    const { report } = await ended(diagnosing(ringing));
    expect([report.faultCode, report.lastResponse]).to.deep.equal([3, undefined]);
  });

  it("a final response after a provisional one counts; one that comes after its attempt's time does not", async () => {
    expect((await ended(diagnosing(always({ afterMs: 10, status: 100 }, { afterMs: 7_900, status: 403 })))).report.faultCode).to.equal(403);
    expect((await ended(diagnosing(always({ afterMs: 8_100, status: 403 })))).report.faultCode).to.equal(3);
  });

  it("the timer runs out: the last code is kept, the socket closed, and nothing comes after", async () => {
    const diagnosis = withLostPings(inTurn([{ afterMs: 7_000, status: 401, lines: [CHALLENGE] }], [])); // the first at 31 s
    const { report, tookMs } = await ended(diagnosis);
    expect([report.faultCode, report.lastResponse?.status]).to.deep.equal([401, 401]);
    expect(tookMs).to.equal(32_000);
    await diagnosis.clock.advance(60_000);
    expect([diagnosis.reports.length, diagnosis.openWays()]).to.deep.equal([1, 0]);
  });

  it("an incomplete configuration: code 1, nothing is sent, and it says what is missing", () => {
    const diagnosis = diagnosing(always(...now(200)), { line: { ...line, authPassword: "", serverHost: "" } });
    expect(diagnosis.reports).to.have.length(1);
    expect(diagnosis.reports[0]).to.include({ faultCode: 1, note: "empty or out of range: RegistrarServer, AuthPassword", attempts: 0 });
    expect(diagnosis.requests).to.deep.equal([]);
  });

  it("a name without an address, a connection that is refused or lost: silence, with the reason", async () => {
    const unknown = diagnosing(always(), { resolve: () => Promise.reject(new Error("getaddrinfo ENOTFOUND sip.example")) });
    expect((await ended(unknown)).report).to.include({ faultCode: 2, attempts: 3, note: "getaddrinfo ENOTFOUND sip.example" });
    const refused = diagnosing(always(), { openWay: () => Promise.reject(new Error("no connection: ECONNREFUSED")) });
    expect((await ended(refused)).report).to.include({ faultCode: 3, note: "no connection: ECONNREFUSED" });
    const lost = diagnosing(always({ afterMs: 5, status: "gone" }));
    expect((await ended(lost)).report).to.include({ faultCode: 3, note: "the connection is gone" });
  });

  it("a resolver that hangs costs its attempt's time only", async () => {
    const { report, tookMs } = await ended(diagnosing(always(), { resolve: () => new Promise(() => undefined) }));
    expect([report.faultCode, tookMs]).to.deep.equal([2, 30_000]);
  });

  it("without ping: no guess between 2 and 3", async () => {
    const ping = async (): Promise<EchoResult> => ({ kind: "impossible", why: "ping can't be run: ENOENT" });
    expect((await ended(diagnosing(always(), { ping }))).report).to.include({ faultCode: 4, note: "ping can't be run: ENOENT" });
  });

  it("a Contact that can't be read in a 200 is a success all the same", async () => {
    const { report } = await ended(diagnosing(always(...now(200, "Contact: <sip:"))));
    expect([report.faultCode, report.grantedExpiresS]).to.deep.equal([200, 0]);
  });

  it("stopped, it gives up its socket and its timers, and tells nothing", async () => {
    const diagnosis = diagnosing(always());
    await diagnosis.clock.advance(10_000);
    diagnosis.run.stop();
    await diagnosis.clock.advance(60_000);
    expect([diagnosis.reports, diagnosis.openWays(), diagnosis.requests.length]).to.deep.equal([[], 0, 2]);
  });

  const seed = runSeed();
  it(`with the default timers a diagnosis never takes longer than Timeout + 1 s, whatever the server does (seed ${seed})`, async () => {
    const random = seededRandom(seed);
    const status = (): number => random.pick([100, 180, 200, 302, 401, 407, 423, 403, 404, 480, 500, 503, 600, 700]);
    const few = (): number => random.pick([100, 180, 401, 407, 423]);
    for (let run = 0; run < 150; run++) {
      const pick = random.bool() ? status : few;
      const answer = (): Answer => ({
        afterMs: random.int(random.pick([50, 1_000, 9_000])),
        status: random.int(20) === 0 ? "gone" : pick(),
        lines: random.bool() ? [CHALLENGE, `Min-Expires: ${random.int(100_000)}`] : [],
      });
      const orNever = <T>(value: T): Promise<T> => (random.int(10) === 0 ? new Promise(() => undefined) : Promise.resolve(value));
      const diagnosis = diagnosing(() => random.list(3, answer), {
        resolve: () => (random.int(10) === 0 ? Promise.reject(new Error("ENOTFOUND")) : orNever("192.0.2.10")),
        ping: () =>
          orNever<EchoResult>({
            kind: random.pick(["unanswered", "impossible", "answered"] as const),
            roundTripMs: 1,
            why: "",
          } as EchoResult),
      });
      const { report, tookMs } = await ended(diagnosis);
      expect(tookMs, `run ${run}`).to.be.at.most(DIAGNOSIS_LIMITS.timeoutMs + 1_000);
      expect(report.attempts).to.be.at.most(DIAGNOSIS_COUNTS.attemptsMax);
      expect(report.faultCode === 0 || (report.faultCode > 4 && report.faultCode < 200), `code ${report.faultCode}`).to.equal(false);
      expect(diagnosis.openWays(), "sockets left").to.equal(0);
    }
  }).timeout(60_000);
});
