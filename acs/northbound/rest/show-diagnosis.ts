/**
 * A diagnosis as REST shows it, its texts in both languages or in one.
 * Layer: northbound.
 */
import type { Diagnosis, DiagnosisOutcome } from "../../diagnostics/diagnosis.js";
import { adviceOf, failureAdvice, isGood } from "../../diagnostics/diagnosis-verdict.js";
import { namedTest } from "../../diagnostics/named-tests.js";
import { type Advice, LANGUAGES, type Language } from "../../diagnostics/texts/advice.js";
import { showTime } from "./fields.js";

/** @param language undefined: both, each text as `{ en, zh }`. */
export function showDiagnosis(diagnosis: Diagnosis, language: Language | undefined) {
  const { id, deviceId, wish, state, unitPath, path, taskId, causedBy, outcome } = diagnosis;
  const unit = namedTest(wish.test)?.unit ?? "device";
  return {
    ...{ id, device: deviceId, test: wish.test },
    ...(unit === "device" ? {} : { [unit]: wish.unit, [`${unit}Path`]: unitPath }),
    ...{ path, arguments: wish.arguments, state },
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

function showOutcome(test: string, outcome: DiagnosisOutcome | null, language: Language | undefined) {
  if (outcome === null) return { verdict: null, failure: null, result: null };
  const { code } = outcome;
  if (outcome.kind === "failure") {
    const texts = inLanguages((one) => failureAdvice(outcome.code, one), language);
    return { verdict: null, failure: { code, detail: outcome.detail, ...texts }, result: null };
  }
  const texts = inLanguages((one) => adviceOf(test, code, outcome.facts, one), language);
  const verdict = { code: /^\d+$/.test(code) ? Number(code) : code, good: isGood(test, code), ...texts };
  return { verdict, failure: null, result: outcome.result };
}

function inLanguages(advice: (language: Language) => Advice, language: Language | undefined) {
  if (language !== undefined) return advice(language);
  const all = LANGUAGES.map((one) => [one, advice(one)] as const);
  const each = (field: keyof Advice) => Object.fromEntries(all.map(([one, texts]) => [one, texts[field]]));
  return { meaning: each("meaning"), likelyCauses: each("likelyCauses"), nextSteps: each("nextSteps") };
}
