/**
 * A diagnosis as REST shows it, its texts in both languages or in one.
 * Layer: northbound.
 */
import type { Diagnosis, DiagnosisOutcome, DiagnosisWish } from "../../diagnostics/diagnosis.js";
import { adviceOf, failureAdvice, isGood, shownCode } from "../../diagnostics/diagnosis-verdict.js";
import { namedTest } from "../../diagnostics/named-tests.js";
import { type Advice, LANGUAGES, type Language } from "../../diagnostics/texts/advice.js";
import { showTime } from "./fields.js";

/** @param language undefined: both, each text as `{ en, zh }`. */
export function showDiagnosis(diagnosis: Diagnosis, language: Language | undefined) {
  const { id, deviceId, wish, state, unitPath, path, taskId, causedBy, outcome } = diagnosis;
  const unit = namedTest(wish.test)?.unit ?? "device";
  return {
    ...{ id, device: deviceId, test: wish.test },
    ...(unit === "device" ? {} : { [unit]: asNumber(wish.unit), [`${unit}Path`]: unitPath }),
    ...{ path, arguments: showArguments(wish), state },
    phase: state === "running" ? (path === null ? "looking" : "testing") : null,
    canceling: state === "running" && diagnosis.cancelAskedAtMs !== null,
    task: taskId,
    causedBy,
    createdAt: showTime(diagnosis.createdAtMs),
    expiresAt: showTime(wish.expiresAtMs),
    endedAt: showTime(diagnosis.endedAtMs),
    ...showOutcome(wish.test, outcome, language),
  };
}

/** "1" is 1; a path is a text. */
const asNumber = (text: string | null): number | string | null => (text !== null && /^\d{1,10}$/.test(text) ? Number(text) : text);

function showArguments({ test, arguments: given }: DiagnosisWish) {
  const isNumber = (name: string): boolean => namedTest(test)?.arguments[name]?.shape.kind === "integer";
  return Object.fromEntries(Object.entries(given).map(([name, text]) => [name, isNumber(name) ? asNumber(text) : text]));
}

function showOutcome(test: string, outcome: DiagnosisOutcome | null, language: Language | undefined) {
  if (outcome === null) return { verdict: null, failure: null, result: null };
  const { code } = outcome;
  if (outcome.kind === "failure") {
    const texts = inLanguages((one) => failureAdvice(outcome.code, one), language);
    return { verdict: null, failure: { code, detail: outcome.detail, ...texts }, result: null };
  }
  const texts = inLanguages((one) => adviceOf(test, code, outcome.facts, one), language);
  const verdict = { code: shownCode(code), good: isGood(test, code), ...texts };
  return { verdict, failure: null, result: outcome.result };
}

function inLanguages(advice: (language: Language) => Advice, language: Language | undefined) {
  if (language !== undefined) return advice(language);
  const all = LANGUAGES.map((one) => [one, advice(one)] as const);
  const each = (field: keyof Advice) => Object.fromEntries(all.map(([one, texts]) => [one, texts[field]]));
  return { meaning: each("meaning"), likelyCauses: each("likelyCauses"), nextSteps: each("nextSteps") };
}
