/** What people are told of each code and state, in both languages (CN 103067208 B, sip.md 4.1, cwmp.md 8.2, 9.5). */
import { expect } from "chai";
import type { VerdictFacts } from "../../../../../acs/diagnostics/diagnosis.js";
import { adviceOf, failureAdvice, isGood } from "../../../../../acs/diagnostics/diagnosis-verdict.js";
import { type Advice, LANGUAGES, type Texts } from "../../../../../acs/diagnostics/texts/advice.js";
import { FAILURE_TEXTS } from "../../../../../acs/diagnostics/texts/failures.js";
import { REGISTRATION_TEXTS, registrationTexts } from "../../../../../acs/diagnostics/texts/registration.js";
import { STATE_TEXTS } from "../../../../../acs/diagnostics/texts/states.js";

const REGISTRATION = "sip-registration";
const NO_FACTS: VerdictFacts = { server: "", realm: "", minExpiresS: "", phrase: "" };
const FACTS: VerdictFacts = { server: "192.0.2.5:5060", realm: "voice.example", minExpiresS: "1800 s", phrase: "Interval Too Brief" };
const CODES = Array.from({ length: 1_000 }, (_, code) => code);
const all = ({ meaning, likelyCauses, nextSteps }: Advice): readonly string[] => [meaning, ...likelyCauses, ...nextSteps];
const TABLES: readonly (readonly [string, Texts])[] = [
  ...REGISTRATION_TEXTS.map(({ codes, texts }) => [`code ${codes.flat().join(", ")}`, texts] as const),
  ...STATE_TEXTS,
  ...Object.entries(FAILURE_TEXTS),
];
const HAN = /\p{Script=Han}/u;

describe("texts of verdicts", () => {
  for (const language of LANGUAGES) {
    it(`every code from 0 to 999 has a meaning, likely causes and a next step (${language}), without a place that is not filled`, () => {
      for (const code of CODES)
        for (const facts of [NO_FACTS, FACTS]) {
          const advice = adviceOf(REGISTRATION, String(code), facts, language);
          expect(Math.min(advice.likelyCauses.length, advice.nextSteps.length), String(code)).to.be.greaterThan(0);
          for (const text of all(advice)) expect(text, String(code)).to.match(/^[^{}]{4,}$/);
        }
    });
    it(`no meaning and no cause stands in the tables twice (${language})`, () => {
      const seen = new Map<string, string>();
      for (const [name, texts] of TABLES)
        for (const text of [texts[language].meaning, ...texts[language].likelyCauses]) {
          expect(seen.get(text), `"${text}" of ${name}`).to.equal(undefined);
          seen.set(text, name);
        }
    });
  }
  it("the Chinese ones are Chinese sentences, the English ones are not", () => {
    for (const [name, { en, zh }] of TABLES) {
      for (const text of all(zh))
        expect(text, name)
          .to.match(HAN)
          .and.match(/[。？]$/);
      for (const text of all(en)) expect(text, name).not.to.match(HAN);
      for (const text of all(en)) expect(text, name).to.match(/[.?}]$/);
    }
  });
  it("both languages say as much: as many causes and steps, and the same places to fill", () => {
    const places = (advice: Advice): readonly string[] => [...new Set(all(advice).flatMap((text) => text.match(/\{\w+\}/g) ?? []))].sort();
    for (const [name, { en, zh }] of TABLES) {
      expect([zh.likelyCauses.length, zh.nextSteps.length], name).to.deep.equal([en.likelyCauses.length, en.nextSteps.length]);
      expect(places(zh), name).to.deep.equal(places(en));
    }
  });
  it("server, realm and Min-Expires are named where the device told them, and said to be unknown where not", () => {
    expect(adviceOf(REGISTRATION, "423", FACTS, "en").meaning).to.equal(
      "192.0.2.5:5060 refused the registration interval three times (423, Min-Expires: 1800 s).",
    );
    expect(adviceOf(REGISTRATION, "401", FACTS, "zh").meaning).to.equal(
      "192.0.2.5:5060 连续三次拒绝该账号：SIP 用户名或密码错误（401，realm：voice.example）。",
    );
    expect(adviceOf(REGISTRATION, "423", NO_FACTS, "en").meaning).to.match(/^The SIP server refused .* Min-Expires: not told/);
    expect(adviceOf(REGISTRATION, "3", NO_FACTS, "zh").meaning).to.equal("SIP 服务器可以 ping 通，但不应答 REGISTER。");
  });
  it("what a device told is taken as it is: a place in it stays text", () => {
    expect(adviceOf(REGISTRATION, "403", { ...FACTS, phrase: "{realm} $& $1" }, "en").meaning).to.include("{realm} $& $1");
  });
});

describe("codes of a registration test, by range (CN 103067208 B)", () => {
  const meaning = (code: number): string => registrationTexts(code).en.meaning;
  it("a code of its own comes before its range: 403, 404, 423, 480, 503, 604", () => {
    for (const code of [403, 404, 423, 480, 503, 604])
      expect(meaning(code), String(code)).not.to.equal(meaning(code < 500 ? 499 : code < 600 ? 599 : 699));
  });
  it("401 and 407 are credentials, of the registrar and of a proxy", () => {
    expect([meaning(401), meaning(407)]).to.satisfy(([own, proxy]: string[]) => /password/.test(own ?? "") && /proxy/.test(proxy ?? ""));
  });
  it("300 to 399 are redirections, 500 to 599 the server's, 600 to 699 global, 700 and more undefined, however large", () => {
    expect([meaning(300), meaning(399)].every((text) => /redirects/.test(text))).to.equal(true);
    expect(meaning(555)).to.match(/has an error/);
    expect(meaning(699)).to.match(/Global failure/);
    expect([meaning(700), meaning(4_294_967_295)]).to.deep.equal([meaning(999), meaning(999)]);
    expect(adviceOf(REGISTRATION, "4294967295", NO_FACTS, "en").meaning).to.equal("A code that SIP does not define (4294967295).");
  });
  it("200 to 299 are good, and no other", () => {
    expect(CODES.filter((code) => isGood(REGISTRATION, String(code)))).to.deep.equal(CODES.slice(200, 300));
    expect(isGood(REGISTRATION, "Complete")).to.equal(false);
  });
});

describe("states in which tests end", () => {
  it("vendors' registration tests have words of their own (cwmp.md 9.5)", () => {
    const words = ["ResolveHostName", "NoResponse", "AuthFailed", "Rejected"].map((word) =>
      adviceOf(REGISTRATION, `Error_${word}`, FACTS, "en"),
    );
    for (const { meaning } of words) expect(meaning).not.to.match(/that the standards don't know/);
    expect(words[1]?.meaning).not.to.equal(adviceOf("download", "Error_NoResponse", NO_FACTS, "en").meaning);
  });
  it("Error_Internal and Error_Other are common to all tests", () => {
    for (const word of ["Error_Internal", "Error_Other"])
      expect(adviceOf(REGISTRATION, word, NO_FACTS, "zh")).to.deep.equal(adviceOf("ping", word, NO_FACTS, "zh"));
  });
  it("a word that nobody knows is named", () => {
    expect(adviceOf("ping", "Error_X_0A1B2C_Odd", NO_FACTS, "en").meaning).to.include("Error_X_0A1B2C_Odd");
    expect(adviceOf("ping", "constructor", NO_FACTS, "en").meaning).to.include("constructor");
  });
  it("failures say what to do next, too", () => {
    expect(failureAdvice("lost", "zh").nextSteps).to.have.length(1);
  });
});
