/**
 * One wake: which answer means what, and when the NOTIFY goes out again: with credentials, with another event, to another server.
 * Total; never throws.
 * Spec: sip.md 1.5, 1.6; RFC 3261 8.1.3, 21.5.4, 22.2, 22.3; RFC 3263 4.3; RFC 6665 8.3.2. Layer: notify, pure.
 */
import { answerDigest, chooseChallenge, type DigestChallenge, type Ha1Set, writeCredentials } from "../../common/digest.js";
import { octetsToUnicode, unicodeToOctets } from "../registrar/octets.js";
import { challengesOf } from "../sip/answer-challenge.js";
import { readContacts, readRetryAfter, readTokens } from "../sip/header-values.js";
import { header, MalformedMessage, type SipHeader, type SipResponse } from "../sip/message.js";
import { parseUri } from "../sip/uri.js";

export type Wake =
  /** A NOTIFY is out. */
  | (Attempt & { readonly phase: "awaiting-answer" })
  /** Challenged; the account is being looked up. */
  | (Attempt & { readonly phase: "awaiting-credentials"; readonly challenges: Challenges })
  | { readonly phase: "ended"; readonly result: WakeResult };

/** The NOTIFY that is out, and what may be tried after it. */
interface Attempt {
  readonly cseq: number;
  /** Challenges answered so far. */
  readonly answered: number;
  readonly event: string;
  /** Events to try when this one is refused, in order. */
  readonly otherEvents: readonly string[];
  /** Servers of the next hop that were not tried yet (RFC 3263 4.3). */
  readonly serversLeft: number;
  /** Hosts that a 3xx may lead to, lower case; [] follows none. */
  readonly redirectHosts: readonly string[];
}

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
  /** "taken": the event that it took. */
  readonly event?: string;
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
  | { readonly kind: "event-refused"; readonly status: number; readonly event: string; readonly next: string }
  | { readonly kind: "failed" | "rerouted"; readonly detail: string };

export type WakeEffect =
  | { readonly do: "report"; readonly news: WireNews }
  /** Feed the account back as "credentials". */
  | { readonly do: "look-up-account" }
  /** No request to the server that was tried last until this time has passed (RFC 3261 21.5.4). */
  | { readonly do: "rest-server"; readonly retryAfterS: number }
  | {
      readonly do: "send";
      readonly cseq: number;
      readonly event: string;
      readonly authorization?: SipHeader;
      /** To the next server instead of the one tried last. */
      readonly toNextServer?: true;
      /** The Request-URI from now on. */
      readonly uri?: string;
    };

export interface WakeStep {
  readonly wake: Wake;
  readonly effects: readonly WakeEffect[];
}

/** A challenge, and once more if the nonce had gone stale. */
const CHALLENGES_ANSWERED_MAX = 2;

export interface WakePlan {
  readonly cseq?: number;
  /** At least one; the one to begin with first. */
  readonly events: readonly string[];
  /** Beside the one that the first NOTIFY goes to. */
  readonly serversLeft?: number;
  readonly redirectHosts?: readonly string[];
}

export function startWake({ cseq = 1, events: [event = "", ...otherEvents], serversLeft = 0, redirectHosts = [] }: WakePlan): WakeStep {
  return {
    wake: { phase: "awaiting-answer", cseq, answered: 0, event, otherEvents, serversLeft, redirectHosts },
    effects: [{ do: "send", cseq, event }],
  };
}

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
      return toNextServer(wake, "no answer") ?? end({ is: "unreachable" }, { kind: "timed-out" });
    case "transport-error":
      return toNextServer(wake, input.detail) ?? fail("unreachable", input.detail);
    case "provisional":
    case "credentials":
      return { wake, effects: [] }; // 100 only says that somebody lives there; timer F runs on
  }
}

function onFinal(wake: Awaiting, response: SipResponse, isFromTarget: boolean): WakeStep {
  const { status } = response;
  if (status !== 401 && status !== 407) return onOtherFinal(wake, response);
  const list = challengesOf(response);
  // "…MUST NOT re-attempt requests with the credentials that have just been rejected (though the request may be retried if the nonce was stale)".
  if (wake.answered >= CHALLENGES_ANSWERED_MAX || (wake.answered > 0 && !list.some((item) => item.isStale)))
    return answered(wake, response);
  const challenged = report({ kind: "challenged", status, realm: list[0]?.realm ?? "" });
  if (!isFromTarget) return prepend(challenged, fail("refused", "the challenge came from another address than the NOTIFY went to"));
  if (list.length === 0) return prepend(challenged, fail("refused", "a challenge without a digest algorithm that we know"));
  const challenges = { status, list } as const;
  return { wake: { ...wake, phase: "awaiting-credentials", challenges }, effects: [challenged, { do: "look-up-account" }] };
}

function onOtherFinal(wake: Awaiting, response: SipResponse): WakeStep {
  const { status } = response;
  if (status === 503) return onUnavailable(wake, response);
  if (status === 481 || status === 489) return toOtherEvent(wake, response) ?? answered(wake, response);
  if (status >= 300 && status < 400) return toRedirected(wake, response) ?? answered(wake, response);
  return answered(wake, response);
}

/** "If the 503 has a Retry-After, the client SHOULD NOT send it any further requests until then", and tries another server (RFC 3261 21.5.4, RFC 3263 4.3). */
function onUnavailable(wake: Awaiting, response: SipResponse): WakeStep {
  const step = toNextServer(wake, "503 Service Unavailable") ?? answered(wake, response);
  const retryAfterS = readRetryAfter(response);
  return retryAfterS === undefined ? step : prepend({ do: "rest-server", retryAfterS }, step);
}

/** The same request once more: another transaction, so another branch, and nothing else that differs (RFC 3263 4.3). */
function toNextServer(wake: Awaiting, why: string): WakeStep | undefined {
  if (wake.serversLeft === 0) return undefined;
  const { cseq, event } = wake;
  return {
    wake: { ...wake, answered: 0, serversLeft: wake.serversLeft - 1 },
    effects: [report({ kind: "rerouted", detail: `${why}: on to the next server` }), { do: "send", cseq, event, toNextServer: true }],
  };
}

/** A 489 lists what the device knows: one of ours that is listed goes next; none listed, none goes (RFC 6665 8.3.2). 481 lists nothing. */
function toOtherEvent(wake: Awaiting, response: SipResponse): WakeStep | undefined {
  const known = response.status === 489 ? allowedEvents(response) : [];
  const others = known.length === 0 ? wake.otherEvents : wake.otherEvents.filter((event) => known.includes(packageOf(event)));
  const [event] = others;
  if (event === undefined) return undefined;
  const cseq = wake.cseq + 1;
  return {
    wake: { ...wake, cseq, answered: 0, event, otherEvents: others.slice(1) },
    effects: [report({ kind: "event-refused", status: response.status, event: wake.event, next: event }), { do: "send", cseq, event }],
  };
}

/** The event type without its parameters: what Allow-Events lists. Compared as it is, case included (RFC 6665 8.2.1). */
const packageOf = (event: string): string => event.split(";")[0] ?? event;

function allowedEvents(response: SipResponse): readonly string[] {
  try {
    return readTokens(response, "allow-events");
  } catch (error) {
    if (error instanceof MalformedMessage) return []; // as if it had sent none
    throw error;
  }
}

/** Once, and never out of the domains that the operator named: else whoever answers could send us anywhere (sip.md 1.5). */
function toRedirected(wake: Awaiting, response: SipResponse): WakeStep | undefined {
  const uri = contactWithin(response, wake.redirectHosts);
  if (uri === undefined) return undefined;
  const cseq = wake.cseq + 1;
  const { event } = wake;
  return {
    wake: { ...wake, cseq, answered: 0, redirectHosts: [] },
    effects: [
      report({ kind: "rerouted", detail: `${response.status}: moved to ${octetsToUnicode(uri)}` }),
      { do: "send", cseq, event, uri },
    ],
  };
}

function contactWithin(response: SipResponse, hosts: readonly string[]): string | undefined {
  try {
    const contacts = readContacts(response);
    return contacts === "*" ? undefined : contacts.find(({ uri }) => hosts.includes(parseUri(uri).host.toLowerCase()))?.uri;
  } catch (error) {
    if (error instanceof MalformedMessage) return undefined;
    throw error;
  }
}

function onCredentials(
  { challenges, ...attempt }: Extract<Wake, { phase: "awaiting-credentials" }>,
  { account, uri, cnonce }: Extract<WakeInput, { kind: "credentials" }>,
): WakeStep {
  if (account === undefined) return fail("refused", "challenged, and there is no account to answer with");
  // Only our own realm, whose hashes we have: whoever names another one fishes for hashes, or is somebody else's device.
  const ours = challenges.list.filter((item) => item.realm === account.realm && account.ha1s[item.algorithm.hash] !== undefined);
  const challenge = chooseChallenge(ours, "strongest");
  const ha1 = challenge === undefined ? undefined : account.ha1s[challenge.algorithm.hash];
  if (challenge === undefined || ha1 === undefined)
    return fail("refused", "challenged for a realm or an algorithm that the account has no hash for");
  const username = unicodeToOctets(account.username);
  const value = writeCredentials(answerDigest({ challenge, username, ha1, method: "NOTIFY", uri, cnonce, nc: 1 }));
  const authorization = header(challenges.status === 401 ? "Authorization" : "Proxy-Authorization", value);
  const cseq = attempt.cseq + 1;
  const next: Wake = { ...attempt, phase: "awaiting-answer", cseq, answered: attempt.answered + 1 };
  return { wake: next, effects: [{ do: "send", cseq, event: attempt.event, authorization }] };
}

/** A final answer that ends the wake. "Unknown codes count as x00 of the class" (RFC 3261 8.1.3.2). */
function answered({ event }: Awaiting, response: SipResponse): WakeStep {
  const { status, reason } = response;
  const retryAfterS = readRetryAfter(response);
  const wait = retryAfterS === undefined ? {} : { retryAfterS };
  const is = meaning(status);
  return end({ is, ...wait, ...(is === "taken" ? { event } : {}) }, { kind: "answered", status, reason, ...wait });
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
      return "refused"; // 3xx as well, beyond the domains that the operator named
  }
}

const report = (news: WireNews): WakeEffect => ({ do: "report", news });
const end = (result: WakeResult, news: WireNews): WakeStep => ({ wake: { phase: "ended", result }, effects: [report(news)] });
const fail = (is: WakeResult["is"], detail: string): WakeStep => end({ is }, { kind: "failed", detail });
const prepend = (effect: WakeEffect, { wake, effects }: WakeStep): WakeStep => ({ wake, effects: [effect, ...effects] });
