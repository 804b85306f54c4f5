/**
 * What a test that has ended says: a code, what is known beside it, and the texts that go with both.
 * Spec: CN 103067208 B; cwmp.md 8.2, 9.5. Layer: diagnostics, pure.
 */
import type { DiagnosisFailure, DiagnosisOutcome, VerdictFacts } from "./diagnosis.js";
import type { DiagnosticObject } from "./diagnostic-objects.js";
import { type DiagnosticResult, progressOf } from "./diagnostic-outcome.js";
import { REGISTRATION_TEST } from "./named-tests.js";
import { readableResult } from "./readable-result.js";
import { type Advice, fillAdvice, type Language } from "./texts/advice.js";
import { FAILURE_TEXTS } from "./texts/failures.js";
import { registrationTexts } from "./texts/registration.js";
import { stateTexts } from "./texts/states.js";

type Values = DiagnosticResult["values"];
type VerdictOutcome = Extract<DiagnosisOutcome, { readonly kind: "verdict" }>;

/** Of a word of the device's own. */
const CODE_CHARACTERS_MAX = 128;
const FACT_CHARACTERS_MAX = 256;
const COMPLETE = "Complete";
/** Of a registration test. A device may tell any number: what SIP does not define has a text, too. */
const CODE = /^\d{1,10}$/;
const NO_FACTS: VerdictFacts = { server: "", realm: "", minExpiresS: "", phrase: "" };

export function verdictOf(test: string, object: DiagnosticObject, told: DiagnosticResult): VerdictOutcome {
  const isRegistration = test === REGISTRATION_TEST;
  const code = (isRegistration ? registrationCode(object, told) : stateCode(object, told)).slice(0, CODE_CHARACTERS_MAX);
  return { kind: "verdict", code, facts: isRegistration ? factsOf(told.values) : NO_FACTS, result: readableResult(test, told) };
}

/**
 * FaultCode says most; a device without one may tell the server's last code; else its state is all there is. Beside an error a success
 * is that of an earlier test: results are those of the last one only when it is complete (TR-106 DiagnosticsState).
 */
function registrationCode(object: DiagnosticObject, { state, values }: DiagnosticResult): string {
  const [faultCode, lastCode] = [numberOf(values["FaultCode"] ?? "") ?? 0, numberOf(values["LastResponseCode"] ?? "") ?? 0];
  const isError = progressOf(object, state) === "error";
  if (faultCode > 0 && !(isError && isSuccess(faultCode))) return String(faultCode);
  return isError ? state : String(lastCode);
}

/** XML Schema lets numbers have white space around them. */
const numberOf = (text: string): number | undefined => (CODE.test(text.trim()) ? Number(text) : undefined);

function factsOf(values: Values): VerdictFacts {
  const text = (name: string): string => (values[name] ?? "").trim().slice(0, FACT_CHARACTERS_MAX);
  const minExpires = text("MinExpires");
  return {
    server: text("RegistrarAddressUsed"),
    realm: text("ChallengeRealm"),
    minExpiresS: /^[1-9]\d{0,9}$/.test(minExpires) ? `${minExpires} s` : "",
    phrase: text("LastResponseText"),
  };
}

/** A test may end well and show that something is wrong: nobody answered, or the port did not pass. */
function stateCode(object: DiagnosticObject, { state, values, tables }: DiagnosticResult): string {
  if (progressOf(object, state) !== "complete") return state;
  const { SuccessCount, FailureCount, NumberOfRepetitions, FastestHost } = values;
  const succeeded = SuccessCount === undefined ? undefined : (numberOf(SuccessCount) ?? 0); // a count that is none proves nothing
  if (succeeded === 0) return lookupStatus(tables) ?? "NoReply";
  if (FastestHost?.trim() === "") return "NoReply"; // of the servers to select from
  const failed = numberOf(FailureCount ?? "") ?? (numberOf(NumberOfRepetitions ?? "") ?? 0) - (succeeded ?? 0);
  if (succeeded !== undefined && failed > 0) return "PartialReply";
  const verdicts = [values["TestResult"], values["PhoneConnectivity"], values["PhoneRinging"]].map((text) => text?.trim().toLowerCase());
  return verdicts.some((text) => text === "failure" || text === "0" || text === "false") ? "Failure" : COMPLETE;
}

/** Of a name lookup, whose rows tell more than that none succeeded. */
const LOOKUP_STATUSES: readonly string[] = ["Error_HostNameNotResolved", "Error_DNSServerNotAvailable"];

function lookupStatus(tables: DiagnosticResult["tables"]): string | undefined {
  const status = tables["Result"]?.[0]?.values["Status"] ?? "";
  return LOOKUP_STATUSES.find((known) => known === status);
}

const SUCCESS = { from: 200, to: 299 } as const;

/** Nothing is wrong with what was tested. */
export function isGood(test: string, code: string): boolean {
  if (test !== REGISTRATION_TEST) return code === COMPLETE;
  return CODE.test(code) && isSuccess(Number(code));
}

function isSuccess(code: number): boolean {
  return code >= SUCCESS.from && code <= SUCCESS.to;
}

/** As programs get it: of a registration test a number, else the word. */
export function shownCode(code: string): number | string {
  return CODE.test(code) ? Number(code) : code;
}

export function adviceOf(test: string, code: string, facts: VerdictFacts, language: Language): Advice {
  const isRegistration = test === REGISTRATION_TEST;
  const texts = isRegistration && CODE.test(code) ? registrationTexts(Number(code)) : stateTexts(code, isRegistration);
  return fillAdvice(language, texts[language], code, facts);
}

export function failureAdvice(code: DiagnosisFailure, language: Language): Advice {
  return fillAdvice(language, FAILURE_TEXTS[code][language], code, NO_FACTS);
}
