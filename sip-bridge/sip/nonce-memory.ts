/**
 * The nonces that servers and proxies gave us, so that the next request brings its credentials with it.
 * Spec: RFC 3261 22.2, 22.3 ("the client SHOULD cache the credentials"); RFC 7616 3.4, 3.5 (nc, nextnonce), 3.6. Layer: codec, pure.
 */
import { type DigestChallenge, parseCredentials } from "../../common/digest.js";
import {
  type AnswerableChallenge,
  answerableChallenges,
  type ChallengeAnswer,
  credentialsFor,
  withCredentials,
} from "./answer-challenge.js";
import { headerValue, headerValues, type SipRequest, type SipResponse } from "./message.js";

/** One realm's, with how often its nonce was used. */
export interface KnownNonce extends Pick<AnswerableChallenge, "challenger"> {
  readonly challenge: DigestChallenge;
  readonly uses: number;
}

/** At most one for each realm, of each kind of challenger. */
export type NonceMemory = readonly KnownNonce[];

/** "nc-value = 8LHEX": a nonce that was used so often serves no more. */
const USES_MAX = 0xffff_ffff;

export type NonceUser = Pick<ChallengeAnswer, "username" | "ha1" | "cnonce" | "policy">;

/** The request with credentials for every realm that is known, each with the next count of its nonce. */
export function authorize(
  memory: NonceMemory,
  request: SipRequest,
  user: NonceUser,
): { readonly memory: NonceMemory; readonly request: SipRequest } {
  const used: KnownNonce[] = [];
  let authorized = request;
  for (const known of memory) {
    const { challenger, challenge, uses } = known;
    const ha1 = user.ha1(challenge.algorithm.hash, challenge.realm);
    // The secret of a -sess algorithm holds the first cnonce too: such a server is asked anew.
    if (ha1 === undefined || uses >= USES_MAX || challenge.algorithm.isSession) continue;
    used.push({ ...known, uses: uses + 1 });
    authorized = withCredentials(authorized, [credentialsFor(request, { challenger, challenge, ha1 }, { ...user, nc: uses + 1 })]);
  }
  return { memory: used, request: authorized };
}

/**
 * What a response teaches: the challenge of a 401 or 407 takes the place of what was known of its realm, `nextnonce` that of the nonce
 * that was used.
 * @param request What it answers, with the credentials that went out.
 */
export function learn(memory: NonceMemory, request: SipRequest, response: SipResponse, user: NonceUser): NonceMemory {
  const challenged = answerableChallenges(response, user).map(({ challenger, challenge }) => ({ challenger, challenge, uses: 0 }));
  const isReplaced = ({ challenger, challenge }: KnownNonce): boolean =>
    challenged.some((one) => one.challenger === challenger && one.challenge.realm === challenge.realm);
  const counted = memory.filter((known) => !isReplaced(known)).map((known) => withUses(known, request));
  return [...counted, ...challenged].map((known) => withNextNonce(known, response, counted.length === 1));
}

/** The count that went out, if somebody else than `authorize` used the nonce. */
function withUses(known: KnownNonce, request: SipRequest): KnownNonce {
  const counts = headerValues(request, known.challenger === "server" ? "authorization" : "proxy-authorization")
    .map(parseCredentials)
    .filter((credentials) => credentials?.nonce === known.challenge.nonce)
    .map((credentials) => credentials?.use?.nc ?? 1);
  return { ...known, uses: Math.max(known.uses, ...counts) };
}

/** "The nonce the server wishes the client to use for a future authentication response" (RFC 7616 3.5). It names no realm. */
function withNextNonce(known: KnownNonce, response: SipResponse, isOnlyOne: boolean): KnownNonce {
  const field = headerValue(response, known.challenger === "server" ? "authentication-info" : "proxy-authentication-info");
  const nonce = field === undefined || !isOnlyOne ? undefined : nextNonceOf(field);
  return nonce === undefined ? known : { ...known, challenge: { ...known.challenge, nonce }, uses: 0 };
}

const nextNonceOf = (field: string): string | undefined => /(?:^|,)[ \t]*nextnonce="([^"\\]+)"/i.exec(field)?.[1];
