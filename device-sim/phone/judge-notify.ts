/**
 * What a NOTIFY outside of any dialog means to the gateway: a trigger for its management client, or the voice service's business.
 * Spec: US 2012/0089717 A1 [0048], [0065], [0073-0074]; RFC 6665 4.1.3 (481), 8.2.1 (489); RFC 3261 22. Layer: phone, pure.
 */

export interface NotifyPolicy {
  /** Only what comes from the registrar's (or outbound proxy's) address is looked at. */
  readonly trustsRegistrarOnly: boolean;
  /** How a stranger is answered. */
  readonly strangerAnswer: 403 | "silence";
  /** The sender must prove to know the line's credentials. */
  readonly asksDigest: boolean;
  /** How an event that is not `resync` is answered; it is the voice service's business and triggers nothing. */
  readonly otherEventAnswer: 200 | 489;
  /** Instead of all this: a status, or nothing at all (behaviours). */
  readonly fixedAnswer: number | "silence" | undefined;
}

export interface NotifyFacts {
  /** The event type without its parameters, case-sensitive; "" if the header is missing. */
  readonly event: string;
  readonly isFromRegistrar: boolean;
  /** It belongs to a dialog or subscription, of which we have none. */
  readonly hasToTag: boolean;
  readonly proof: "proved" | "stale" | "refused";
}

export type NotifyVerdict =
  | { readonly do: "trigger" }
  | { readonly do: "answer"; readonly status: number }
  | { readonly do: "challenge"; readonly isStale: boolean }
  | { readonly do: "nothing" };

/** The event that says: a non-voice service wants the gateway. */
export const TRIGGER_EVENT = "resync";

export function judgeNotify(facts: NotifyFacts, policy: NotifyPolicy): NotifyVerdict {
  const { fixedAnswer, strangerAnswer } = policy;
  if (policy.trustsRegistrarOnly && !facts.isFromRegistrar) return answerOrNot(strangerAnswer);
  if (fixedAnswer !== undefined) return answerOrNot(fixedAnswer);
  if (facts.hasToTag) return { do: "answer", status: 481 };
  if (facts.event === "") return { do: "answer", status: 489 };
  if (policy.asksDigest && facts.proof !== "proved") return { do: "challenge", isStale: facts.proof === "stale" };
  return facts.event === TRIGGER_EVENT ? { do: "trigger" } : { do: "answer", status: policy.otherEventAnswer };
}

const answerOrNot = (answer: number | "silence"): NotifyVerdict =>
  answer === "silence" ? { do: "nothing" } : { do: "answer", status: answer };
