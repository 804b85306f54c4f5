/**
 * The self-diagnosis of a SIP registration: every flow of the document's embodiments, every row of its table, and what it leaves open.
 * Spec: CN 103067208 B [0064]-[0205]; the decisions of docs/decisions/0023.
 */
import { expect } from "chai";
import {
  beginDiagnosis,
  DIAGNOSIS_COUNTS,
  DIAGNOSIS_LIMITS,
  type Diagnosis,
  type DiagnosisEffect,
  type DiagnosisInput,
  type PingOutcome,
  stepDiagnosis,
} from "../../../../device-sim/diagnosis/registration-diagnosis.js";
import { runSeed, seededRandom } from "../../../support/seeded-random.js";

const EXPIRES_S = 600;
const final = (status: number, minExpiresS?: number): DiagnosisInput => ({
  kind: "response",
  status,
  ...(minExpiresS === undefined ? {} : { minExpiresS }),
});
const SILENCE: DiagnosisInput = { kind: "silence" };
const TIMEOUT: DiagnosisInput = { kind: "timeout" };
const pings = (...outcomes: readonly PingOutcome[]): readonly DiagnosisInput[] => outcomes.map((outcome) => ({ kind: "ping", outcome }));
const LOST = pings("unanswered", "unanswered", "unanswered");
const times = (count: number, ...inputs: readonly DiagnosisInput[]): readonly DiagnosisInput[] =>
  Array.from({ length: count }, () => inputs).flat();

/** All effects of a diagnosis that meets these events, and its code if it is over. */
function diagnose(inputs: readonly DiagnosisInput[], isComplete = true) {
  let { state, effects } = beginDiagnosis({ isComplete, expiresS: EXPIRES_S, limits: DIAGNOSIS_LIMITS });
  const all: DiagnosisEffect[] = [...effects];
  for (const input of inputs) {
    ({ state, effects } = stepDiagnosis(state, input));
    all.push(...effects);
  }
  const attempts = all.filter((effect) => effect.do === "register");
  return { state: state satisfies Diagnosis, faultCode: state.phase === "ended" ? state.faultCode : undefined, effects: all, attempts };
}
const codeOf = (...inputs: readonly DiagnosisInput[]): number | undefined => diagnose(inputs).faultCode;
const kinds = (effects: readonly DiagnosisEffect[]): readonly string[] => effects.map((effect) => effect.do);

describe("CN 103067208 B: the embodiments", () => {
  it("embodiment 1 (S11-S15): an incomplete configuration is code 1 at once; a complete one has the terminal register, and the code stays", () => {
    expect(diagnose([], false)).to.deep.include({ faultCode: 1, effects: [{ do: "conclude", faultCode: 1 }] });
    const { effects, state } = diagnose([final(200)]);
    expect(kinds(effects)).to.deep.equal(["start-timer", "register", "stop-timer", "conclude"]);
    for (const late of [final(403), SILENCE, TIMEOUT, ...LOST]) expect(stepDiagnosis(state, late)).to.deep.equal({ state, effects: [] });
  });

  it("embodiment 2 (S21-S23): the timer of 32 s runs from the first REGISTER on; when it runs out the last code is kept and the attempt released; in time it is stopped", () => {
    expect(diagnose([]).effects[0]).to.deep.equal({ do: "start-timer", delayMs: 32_000 });
    const late = diagnose([final(401), SILENCE, TIMEOUT]);
    expect([late.faultCode, kinds(late.effects).slice(-2)]).to.deep.equal([401, ["release", "conclude"]]);
    const inTime = diagnose([final(404)]);
    expect([inTime.faultCode, kinds(inTime.effects).slice(-2)]).to.deep.equal([404, ["stop-timer", "conclude"]]);
  });

  it("embodiment 3 (S301-S312): three attempts without a response, then three pings without a reply: code 2, the network is down", () => {
    const { effects, faultCode } = diagnose([...times(3, SILENCE), ...LOST]);
    const course = ["start-timer", "register", "register", "register", "ping", "ping", "ping", "stop-timer", "conclude"];
    expect([kinds(effects), faultCode]).to.deep.equal([course, 2]);
  });

  it("embodiment 3 [0090-0091]: provisional responses, 100 to 199, count as none: code 2 as well", () => {
    expect(codeOf(...times(3, final(100), final(180), final(199), SILENCE), ...LOST)).to.equal(2);
  });

  it("embodiment 3, S306 and S308 answered no: another code leads back to judging it (S304)", () => {
    expect(codeOf(SILENCE, final(403))).to.equal(403);
    expect(codeOf(SILENCE, SILENCE, final(503))).to.equal(503);
  });

  it("embodiment 4 (S401-S412): three attempts without a response, but a ping is answered: code 3, the server does not respond", () => {
    expect(codeOf(...times(3, SILENCE), ...pings("answered", "answered", "answered"))).to.equal(3);
    expect(codeOf(...times(3, final(100), SILENCE), ...pings("unanswered", "unanswered", "answered")), "one of three").to.equal(3);
  });

  it("embodiment 4, S406 and S408 answered no: another code leads back to judging it (S404)", () => {
    expect(codeOf(SILENCE, final(200))).to.equal(200);
    expect(codeOf(SILENCE, SILENCE, final(401), final(200))).to.equal(200);
  });

  for (const status of [401, 407]) {
    it(`embodiment 5 (S501-S511): ${status} three times: the first attempt without credentials, the others with them; code ${status}`, () => {
      const { attempts, faultCode } = diagnose(times(3, final(status)));
      expect(attempts.map((effect) => effect.withCredentials)).to.deep.equal([false, true, true]);
      expect(faultCode).to.equal(status);
    });

    it(`embodiment 5, S506 and S508 answered no: ${status} and then another code leads back to judging it (S504)`, () => {
      expect(codeOf(final(status), final(200))).to.equal(200);
      expect(codeOf(final(status), final(status), final(403))).to.equal(403);
    });
  }

  it("embodiment 5: 401 and 407 are one branch; the code is that of the third", () => {
    expect(codeOf(final(401), final(407), final(401))).to.equal(401);
    expect(codeOf(final(407), final(401), final(407))).to.equal(407);
  });

  it("embodiment 6 (S601-S611): 423 three times: attempts 2 and 3 ask for an interval that meets the required value; code 423", () => {
    const { attempts, faultCode } = diagnose([final(423, 1_800), final(423, 7_200), final(423)]);
    expect(attempts.map((effect) => effect.expiresS)).to.deep.equal([EXPIRES_S, 1_800, 7_200]);
    expect(faultCode).to.equal(423);
  });

  it("embodiment 6: without a Min-Expires that is longer than what was asked for, the preset hour is", () => {
    for (const useless of [undefined, 0, EXPIRES_S]) {
      expect(diagnose([final(423, useless)]).attempts.at(-1), String(useless)).to.include({ expiresS: 3_600 });
    }
  });

  it("embodiment 6, S606 and S608 answered no: another code leads back to judging it (S604)", () => {
    expect(codeOf(final(423, 900), final(200))).to.equal(200);
    expect(codeOf(final(423, 900), final(423, 1_800), final(500))).to.equal(500);
  });

  for (const status of [200, 204, 299, 300, 302, 399, 400, 403, 404, 408, 422, 424, 480, 499, 500, 503, 599, 600, 603, 699, 700, 999]) {
    it(`embodiment 7 (S701-S707): ${status} is a final code: it ends the diagnosis at the first attempt, and is kept`, () => {
      const { attempts, faultCode } = diagnose([final(status)]);
      expect([attempts.length, faultCode]).to.deep.equal([1, status]);
    });
  }

  it("embodiment 8: everything that ends is complete with one code, and says so once", () => {
    for (const inputs of [[final(200)], times(3, final(401)), times(3, final(423)), [...times(3, SILENCE), ...LOST], [TIMEOUT]]) {
      const { effects, faultCode } = diagnose([...inputs, TIMEOUT, final(200)]);
      const ends = effects.filter((effect) => effect.do === "conclude");
      expect(ends).to.deep.equal([{ do: "conclude", faultCode }]);
    }
  });

  it("embodiment 9 [0202-0204]: the timer watches over every branch: whenever it runs out, the diagnosis is complete", () => {
    const courses = [...times(3, SILENCE), ...LOST].map((_, at) => [...times(3, SILENCE), ...LOST].slice(0, at));
    for (const course of [...courses, [final(401)], [final(401), final(401)], [final(423, 900)]]) {
      expect(diagnose([...course, TIMEOUT]).state.phase).to.equal("ended");
    }
  });
});

describe("CN 103067208 B: what it leaves open (docs/decisions/0023)", () => {
  it("when the timer runs out and nothing was seen, the code is 4; a provisional response is nothing", () => {
    expect(codeOf(TIMEOUT)).to.equal(4);
    expect(codeOf(final(180), TIMEOUT)).to.equal(4);
    expect(codeOf(SILENCE, SILENCE, TIMEOUT)).to.equal(4);
    expect(codeOf(...times(3, SILENCE), TIMEOUT), "no ping has ended").to.equal(4);
  });

  it("when the timer runs out among the pings, those that ended count, more than an older code", () => {
    expect(codeOf(...times(3, SILENCE), ...pings("answered"), TIMEOUT)).to.equal(3);
    expect(codeOf(final(401), ...times(3, SILENCE), ...pings("unanswered", "unanswered"), TIMEOUT)).to.equal(2);
    expect(codeOf(final(401), ...times(3, SILENCE), TIMEOUT), "none has ended").to.equal(401);
  });

  it("pings that can't be sent say nothing of the network: the last code is kept, else 4", () => {
    const impossible = pings("impossible", "impossible", "impossible");
    expect(codeOf(...times(3, SILENCE), ...impossible)).to.equal(4);
    expect(codeOf(final(423, 900), ...times(3, SILENCE), ...impossible)).to.equal(423);
  });

  it("a branch counts anew when another one was between", () => {
    expect(codeOf(SILENCE, SILENCE, final(401), SILENCE, SILENCE), "two and two").to.equal(undefined);
    expect(codeOf(final(401), final(423, 900), final(401), final(423, 1_800), final(401))).to.equal(undefined);
    expect(codeOf(SILENCE, final(401), final(401), final(401))).to.equal(401);
  });

  it("401, then 423, then 200: the third attempt has credentials and the longer interval", () => {
    const { attempts, faultCode } = diagnose([final(401), final(423, 1_800), final(200)]);
    expect(attempts.map(({ expiresS, withCredentials }) => [expiresS, withCredentials])).to.deep.equal([
      [EXPIRES_S, false],
      [EXPIRES_S, true],
      [1_800, true],
    ]);
    expect(faultCode).to.equal(200);
  });

  it("nine attempts at most, however the answers change; then the last code is kept", () => {
    const mixed = times(5, SILENCE, final(401));
    expect(diagnose(mixed.slice(0, 9)).attempts.length).to.equal(DIAGNOSIS_COUNTS.attemptsMax);
    expect(codeOf(...mixed.slice(0, 8))).to.equal(undefined);
    expect(codeOf(...mixed.slice(0, 9))).to.equal(401);
  });

  it("an answer that belongs to nothing under way changes nothing", () => {
    const pinging = diagnose(times(3, SILENCE)).state;
    expect(stepDiagnosis(pinging, final(200))).to.deep.equal({ state: pinging, effects: [] });
    const registering = diagnose([]).state;
    expect(stepDiagnosis(registering, { kind: "ping", outcome: "answered" })).to.deep.equal({ state: registering, effects: [] });
  });

  const seed = runSeed();
  it(`whatever comes, each state takes it, and the code is 1 to 4 or a final one (seed ${seed})`, () => {
    const random = seededRandom(seed);
    const anything = (): DiagnosisInput =>
      random.pick([
        () => final(random.int(1_000), random.bool() ? random.int(10_000) : undefined),
        () => final(random.pick([401, 407, 423])),
        () => SILENCE,
        () => ({ kind: "ping" as const, outcome: random.pick(["answered", "unanswered", "impossible"] as const) }),
      ])();
    for (let run = 0; run < 2_000; run++) {
      const { attempts, faultCode } = diagnose([...random.list(30, anything), TIMEOUT]);
      expect(attempts.length).to.be.at.most(DIAGNOSIS_COUNTS.attemptsMax);
      expect(faultCode === undefined || (faultCode > 4 && faultCode < 200), `code ${faultCode}`).to.equal(false);
      expect(faultCode).to.not.equal(0);
    }
  });
});
