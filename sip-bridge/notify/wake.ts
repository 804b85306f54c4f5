/**
 * One wake of one binding: which answer means what, and when the NOTIFY goes out again. Total; never throws.
 * Spec: sip.md 1.5, 1.6; RFC 3261 8.1.3, 22.2, 22.3. Layer: notify, pure.
 */
import { answerDigest, chooseChallenge, type DigestChallenge, type Ha1Set, writeCredentials } from "../../common/digest.js";
import { unicodeToOctets } from "../registrar/octets.js";
import { challengesOf } from "../sip/answer-challenge.js";
import { readRetryAfter } from "../sip/header-values.js";
import { header, type SipHeader, type SipResponse } from "../sip/message.js";

export type Wake =
  /** A NOTIFY with this CSeq is out. `answered`: challenges answered so far. */
  | { readonly phase: "awaiting-answer"; readonly cseq: number; readonly answered: number }
  /** Challenged; the account is being looked up. */
  | { readonly phase: "awaiting-credentials"; readonly cseq: number; readonly answered: number; readonly challenges: Challenges }
  | { readonly phase: "ended"; readonly result: WakeResult };

interface Challenges {
  readonly status: 401 | 407;
  readonly list: readonly DigestChallenge[];
}

/**
 * "taken": 2xx; whether the device calls in is another matter. "unreachable": nobody at that contact now, so its next REGISTER is the
 * best moment. "unsupported": it will not take this event, however often it is sent. "busy": later, see `retryAfterS`. "refused": any other answer.
 */
export interface WakeResult {
  readonly is: "taken" | "unreachable" | "unsupported" | "busy" | "refused";
  /** Of Retry-After. */
  readonly retryAfterS?: number;
}

export type WakeInput =
  | { readonly kind: "sent" }
  | { readonly kind: "retransmitted"; readonly count: number }
  | { readonly kind: "provisional" }
  /** `isFromTarget`: it came from where the NOTIFY went. A challenge from elsewhere is never answered (sip.md 11, digest leak). */
  | { readonly kind: "final"; readonly response: SipResponse; readonly isFromTarget: boolean }
  | { readonly kind: "timeout" }
  | { readonly kind: "transport-error"; readonly detail: string }
  /** The account that registered the binding; undefined if it is gone. `uri`: the Request-URI as sent. */
  | { readonly kind: "credentials"; readonly account: WakeAccount | undefined; readonly uri: string; readonly cnonce: string };

export interface WakeAccount {
  readonly username: string;
  readonly realm: string;
  readonly ha1s: Ha1Set;
}

/** What the ACS is told; ids and time are added by the shell. */
export type WireNews =
  | { readonly kind: "sent" | "timed-out" }
  | { readonly kind: "retransmitted"; readonly count: number }
  | { readonly kind: "challenged"; readonly status: number; readonly realm: string }
  | { readonly kind: "answered"; readonly status: number; readonly reason: string; readonly retryAfterS?: number }
  | { readonly kind: "failed"; readonly detail: string };

export type WakeEffect =
  | { readonly do: "report"; readonly news: WireNews }
  /** Feed the account back as "credentials". */
  | { readonly do: "look-up-account" }
  | { readonly do: "send"; readonly cseq: number; readonly authorization?: SipHeader };

export interface WakeStep {
  readonly wake: Wake;
  readonly effects: readonly WakeEffect[];
}

/** A challenge, and once more if the nonce had gone stale. */
const CHALLENGES_ANSWERED_MAX = 2;

export const startWake = (cseq = 1): WakeStep => ({
  wake: { phase: "awaiting-answer", cseq, answered: 0 },
  effects: [{ do: "send", cseq }],
});

export function stepWake(wake: Wake, input: WakeInput): WakeStep {
  switch (wake.phase) {
    case "awaiting-answer":
      return onAnswer(wake, input);
    case "awaiting-credentials":
      return input.kind === "credentials" ? onCredentials(wake, input) : { wake, effects: [] };
    case "ended":
      return { wake, effects: [] };
  }
}

type Awaiting = Extract<Wake, { phase: "awaiting-answer" }>;

function onAnswer(wake: Awaiting, input: WakeInput): WakeStep {
  switch (input.kind) {
    case "sent":
      return { wake, effects: [report({ kind: "sent" })] };
    case "retransmitted":
      return { wake, effects: [report({ kind: "retransmitted", count: input.count })] };
    case "final":
      return onFinal(wake, input.response, input.isFromTarget);
    case "timeout":
      return end({ is: "unreachable" }, { kind: "timed-out" });
    case "transport-error":
      return fail("unreachable", input.detail);
    case "provisional":
    case "credentials":
      return { wake, effects: [] }; // 100 only says that somebody lives there; timer F runs on
  }
}

function onFinal(wake: Awaiting, response: SipResponse, isFromTarget: boolean): WakeStep {
  const { status } = response;
  if (status !== 401 && status !== 407) return answered(response);
  const list = challengesOf(response);
  // "…MUST NOT re-attempt requests with the credentials that have just been rejected (though the request may be retried if the nonce was stale)".
  if (wake.answered >= CHALLENGES_ANSWERED_MAX || (wake.answered > 0 && !list.some((item) => item.isStale))) return answered(response);
  const challenged = report({ kind: "challenged", status, realm: list[0]?.realm ?? "" });
  if (!isFromTarget) return prepend(challenged, fail("refused", "the challenge came from another address than the NOTIFY went to"));
  if (list.length === 0) return prepend(challenged, fail("refused", "a challenge without a digest algorithm that we know"));
  const { cseq, answered: count } = wake;
  const challenges = { status, list } as const;
  return { wake: { phase: "awaiting-credentials", cseq, answered: count, challenges }, effects: [challenged, { do: "look-up-account" }] };
}

function onCredentials(
  { cseq, answered: count, challenges }: Extract<Wake, { phase: "awaiting-credentials" }>,
  { account, uri, cnonce }: Extract<WakeInput, { kind: "credentials" }>,
): WakeStep {
  if (account === undefined) return fail("refused", "challenged, and the account that registered this contact is gone");
  // Only our own realm, whose hashes we have: whoever names another one fishes for hashes, or is somebody else's device.
  const ours = challenges.list.filter((item) => item.realm === account.realm && account.ha1s[item.algorithm.hash] !== undefined);
  const challenge = chooseChallenge(ours, "strongest");
  const ha1 = challenge === undefined ? undefined : account.ha1s[challenge.algorithm.hash];
  if (challenge === undefined || ha1 === undefined)
    return fail("refused", "challenged for a realm or an algorithm that the account has no hash for");
  const username = unicodeToOctets(account.username);
  const value = writeCredentials(answerDigest({ challenge, username, ha1, method: "NOTIFY", uri, cnonce, nc: 1 }));
  const authorization = header(challenges.status === 401 ? "Authorization" : "Proxy-Authorization", value);
  const next: Wake = { phase: "awaiting-answer", cseq: cseq + 1, answered: count + 1 };
  return { wake: next, effects: [{ do: "send", cseq: cseq + 1, authorization }] };
}

/** A final answer that ends the wake. "Unknown codes count as x00 of the class" (RFC 3261 8.1.3.2). */
function answered(response: SipResponse): WakeStep {
  const { status, reason } = response;
  const retryAfterS = readRetryAfter(response);
  const wait = retryAfterS === undefined ? {} : { retryAfterS };
  return end({ is: meaning(status), ...wait }, { kind: "answered", status, reason, ...wait });
}

function meaning(status: number): WakeResult["is"] {
  if (status < 300) return "taken";
  switch (status) {
    case 404: // user part unknown: a stale contact
    case 408: // a proxy before the device timed out
    case 410:
    case 430: // the flow failed
    case 480:
    case 604:
      return "unreachable";
    case 405:
    case 481: // it insists on a subscription
    case 489:
    case 501:
      return "unsupported";
    case 486:
    case 491:
    case 500:
    case 503:
    case 504:
    case 600:
      return "busy";
    default:
      return "refused"; // 3xx as well: a NOTIFY goes to the registered flow and nowhere else
  }
}

const report = (news: WireNews): WakeEffect => ({ do: "report", news });
const end = (result: WakeResult, news: WireNews): WakeStep => ({ wake: { phase: "ended", result }, effects: [report(news)] });
const fail = (is: WakeResult["is"], detail: string): WakeStep => end({ is }, { kind: "failed", detail });
const prepend = (effect: WakeEffect, { wake, effects }: WakeStep): WakeStep => ({ wake, effects: [effect, ...effects] });
