/**
 * What people are told of an outcome: what it means, what is likely behind it, what to do next. Likely causes, not verdicts:
 * 4xx and 5xx can also come from the server's database or module settings (CN 103067208 B [0184]).
 * Layer: diagnostics, pure.
 */
import type { VerdictFacts } from "../diagnosis.js";

export const LANGUAGES = ["en", "zh"] as const;
export type Language = (typeof LANGUAGES)[number];

export interface Advice {
  readonly meaning: string;
  readonly likelyCauses: readonly string[];
  readonly nextSteps: readonly string[];
}

/** May hold {code}, {server}, {realm}, {minExpires} and {phrase}. */
export type Texts = Readonly<Record<Language, Advice>>;

export function texts(
  en: readonly [meaning: string, causes: readonly string[], next: readonly string[]],
  zh: readonly [meaning: string, causes: readonly string[], next: readonly string[]],
): Texts {
  const advice = ([meaning, likelyCauses, nextSteps]: typeof en): Advice => ({ meaning, likelyCauses, nextSteps });
  return { en: advice(en), zh: advice(zh) };
}

type Place = "code" | "server" | "realm" | "minExpires" | "phrase";

/** What stands for a fact that the device did not tell. */
const NOT_TOLD: Readonly<Record<Language, Readonly<Record<Exclude<Place, "code">, string>>>> = {
  en: { server: "the SIP server", realm: "not told", minExpires: "not told", phrase: "none" },
  zh: { server: "SIP 服务器", realm: "未提供", minExpires: "未提供", phrase: "无" },
};

/** The space that sets a foreign word off, where a Chinese one stands for it. */
const SPACE_IN_CHINESE = /(?<=\p{Script=Han}) (?=\p{Script=Han})/gu;

/** The advice in one language, every place in it filled. */
export function fillAdvice(language: Language, advice: Advice, code: string, facts: VerdictFacts): Advice {
  const { server, realm, minExpiresS, phrase } = facts;
  const told: Readonly<Record<Exclude<Place, "code">, string>> = { server, realm, minExpires: minExpiresS, phrase };
  const filling = (place: Place): string => (place === "code" ? code : told[place] || NOT_TOLD[language][place]);
  const fill = (text: string): string => {
    const filled = text.replace(/\{(code|server|realm|minExpires|phrase)\}/g, (_, place: Place) => filling(place));
    return filled.charAt(0).toUpperCase() + filled.slice(1).replace(SPACE_IN_CHINESE, "");
  };
  return { meaning: fill(advice.meaning), likelyCauses: advice.likelyCauses.map(fill), nextSteps: advice.nextSteps.map(fill) };
}
