/**
 * A request again, with credentials for the 401 or 407 it met.
 * Spec: RFC 3261 8.1.3.5, 22.2, 22.3; RFC 8760 2.4. Layer: codec, pure.
 */
import {
  answerDigest,
  type ChallengePolicy,
  chooseChallenge,
  type DigestChallenge,
  type DigestHash,
  parseChallenges,
  parseCredentials,
  writeCredentials,
} from "../../common/digest.js";
import { header, headerValues, type SipHeader, type SipRequest, type SipResponse } from "./message.js";

/** The challenges of a 401 or 407 that we can answer, in the server's order. Other responses: none. */
export function challengesOf(response: SipResponse): readonly DigestChallenge[] {
  const kind = response.status === 401 ? "server" : response.status === 407 ? "proxy" : undefined;
  return kind === undefined ? [] : headerValues(response, CHALLENGE_KEYS[kind]).flatMap(parseChallenges);
}

/** Who challenges: the user agent or registrar at the end, or a proxy on the way. */
export type Challenger = "server" | "proxy";

const CHALLENGE_KEYS = { server: "www-authenticate", proxy: "proxy-authenticate" } as const;
export const CREDENTIALS_NAMES = { server: "Authorization", proxy: "Proxy-Authorization" } as const;

/** Who answers a challenge. */
export interface ChallengeAnswer {
  readonly username: string;
  /** HA1 for a hash and realm; undefined if there is none, or if this realm is not to be answered. */
  readonly ha1: (hash: DigestHash, realm: string) => string | undefined;
  /** Random, from the caller. */
  readonly cnonce: string;
  /** How often this nonce was used, this time included. */
  readonly nc: number;
  readonly policy?: ChallengePolicy;
}

/** One challenge of one realm, with what answers it. */
export interface AnswerableChallenge {
  readonly challenger: Challenger;
  readonly challenge: DigestChallenge;
  readonly ha1: string;
}

/**
 * What a 401 or 407 wants: one challenge for each realm that we have credentials for. "A forking proxy places all challenges of its
 * branches into one response" (RFC 3261 22.3), those of servers into a 407 and those of proxies into a 401 as well.
 */
export function answerableChallenges(
  response: SipResponse,
  { ha1, policy }: Pick<ChallengeAnswer, "ha1" | "policy">,
): readonly AnswerableChallenge[] {
  if (challengesOf(response).length === 0) return [];
  return (["server", "proxy"] as const).flatMap((challenger) => {
    const all = headerValues(response, CHALLENGE_KEYS[challenger]).flatMap(parseChallenges);
    const realms = [...new Set(all.map(({ realm }) => realm))];
    return realms.flatMap((realm) => {
      const ours = all.filter((item) => item.realm === realm && ha1(item.algorithm.hash, realm) !== undefined);
      const challenge = chooseChallenge(ours, policy);
      const secret = challenge === undefined ? undefined : ha1(challenge.algorithm.hash, realm);
      return challenge === undefined || secret === undefined ? [] : [{ challenger, challenge, ha1: secret }];
    });
  });
}

/** The field that answers the challenge for this request. */
export function credentialsFor(
  { method, uri, body }: SipRequest,
  { challenger, challenge, ha1 }: AnswerableChallenge,
  { username, cnonce, nc }: Pick<ChallengeAnswer, "username" | "cnonce" | "nc">,
): SipHeader {
  const credentials = writeCredentials(answerDigest({ challenge, username, ha1, method, uri, cnonce, nc, body }));
  return header(CREDENTIALS_NAMES[challenger], credentials);
}

/**
 * Answers the challenges of a response with the same request, one CSeq higher; the transaction layer gives it a new branch.
 * Whether to answer at all (a second 401, a foreign hop, an unexpected realm) is the caller's decision.
 * @param request As it was built, without Via. Its credentials for other realms stay.
 * @returns undefined if no challenge can be answered.
 */
export function answerChallenge(request: SipRequest, response: SipResponse, answer: ChallengeAnswer): SipRequest | undefined {
  const challenges = answerableChallenges(response, answer);
  if (challenges.length === 0) return undefined;
  return withNextCSeq(
    withCredentials(
      request,
      challenges.map((one) => credentialsFor(request, one, answer)),
    ),
  );
}

/** The request with these credentials, in the place of those for the same realms. */
export function withCredentials(request: SipRequest, credentials: readonly SipHeader[]): SipRequest {
  const realms = new Set(credentials.map(realmOf));
  const headers = request.headers.filter((field) => !isCredentials(field) || !realms.has(realmOf(field)));
  const place = headers.findIndex(({ key }) => key === "cseq") + 1;
  return { ...request, headers: headers.toSpliced(place, 0, ...credentials) };
}

const isCredentials = ({ key }: SipHeader): boolean => key === "authorization" || key === "proxy-authorization";
const realmOf = ({ key, value }: SipHeader): string => `${key} ${parseCredentials(value)?.realm}`;

/** "The Call-ID, From and To stay, but the CSeq should contain a new sequence number one higher" (RFC 3261 8.1.3.5). */
function withNextCSeq(request: SipRequest): SipRequest {
  const cseq = { number: request.cseq.number + 1, method: request.method };
  const headers = request.headers.map((field) => (field.key === "cseq" ? header("CSeq", `${cseq.number} ${cseq.method}`) : field));
  return { ...request, cseq, headers };
}
