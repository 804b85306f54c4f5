/**
 * What a NOTIFY means to the gateway: a trigger for its management client, or the voice service's business.
 * Spec: US 2012/0089717 A1 [0048], [0065], [0073-0074]; RFC 6665 4.1.3 (481), 8.2.1 (489); RFC 3261 22. Layer: phone, pure.
 */

/**
 * Whose NOTIFY is obeyed. "flow": whoever speaks from the address and port where the line is registered (the registrar's, or the outbound
 * proxy's). "digest": whoever proves to know the line's credentials. "any": everybody, as careless gateways do (sip.md 11).
 */
export const NOTIFY_ACCEPTANCES = ["flow", "digest", "any"] as const;
export type NotifyAcceptance = (typeof NOTIFY_ACCEPTANCES)[number];

export interface NotifyPolicy {
  readonly acceptance: NotifyAcceptance;
  /** How a stranger is answered. */
  readonly strangerAnswer: 403 | "silence";
  /** How an event that is not `resync` is answered; it is the voice service's business and triggers nothing. */
  readonly otherEventAnswer: 200 | 489;
  /** Instead of all this: a status, or nothing at all (behaviours). */
  readonly fixedAnswer: number | "silence" | undefined;
}

export interface NotifyFacts {
  /** The event type without its parameters, case-sensitive; "" if the header is missing. */
  readonly event: string;
  /** It came from the address and port where the line is registered. */
  readonly isFromRegistrar: boolean;
  /** It belongs to a dialog or subscription. */
  readonly hasToTag: boolean;
  /** ... that is ours. */
  readonly isSubscribed: boolean;
  readonly proof: "proved" | "stale" | "refused";
}

export type NotifyVerdict =
  | { readonly do: "trigger" }
  /** What it tells depends on the subscription. */
  | { readonly do: "take" }
  | { readonly do: "answer"; readonly status: number }
  | { readonly do: "challenge"; readonly isStale: boolean }
  | { readonly do: "nothing" };

/** The event that says: a non-voice service wants the gateway. */
export const TRIGGER_EVENT = "resync";

export function judgeNotify(facts: NotifyFacts, policy: NotifyPolicy): NotifyVerdict {
  const { fixedAnswer, strangerAnswer } = policy;
  if (policy.acceptance === "flow" && !facts.isFromRegistrar) return answerOrNot(strangerAnswer);
  if (fixedAnswer !== undefined) return answerOrNot(fixedAnswer);
  if (facts.hasToTag && !facts.isSubscribed) return { do: "answer", status: 481 };
  if (facts.event === "") return { do: "answer", status: 489 };
  if (policy.acceptance === "digest" && facts.proof !== "proved") return { do: "challenge", isStale: facts.proof === "stale" };
  if (facts.isSubscribed) return { do: "take" };
  return facts.event === TRIGGER_EVENT ? { do: "trigger" } : { do: "answer", status: policy.otherEventAnswer };
}

const answerOrNot = (answer: number | "silence"): NotifyVerdict =>
  answer === "silence" ? { do: "nothing" } : { do: "answer", status: answer };
