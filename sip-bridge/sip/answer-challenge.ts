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
  writeCredentials,
} from "../../common/digest.js";
import { header, headerValues, type SipHeader, type SipRequest, type SipResponse } from "./message.js";

/** The challenges of a 401 or 407 that we can answer, in the server's order. Other responses: none. */
export function challengesOf(response: SipResponse): readonly DigestChallenge[] {
  const key = response.status === 401 ? "www-authenticate" : response.status === 407 ? "proxy-authenticate" : undefined;
  return key === undefined ? [] : headerValues(response, key).flatMap(parseChallenges);
}

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

/**
 * Answers the challenge of a response with the same request, one CSeq higher; the transaction layer gives it a new branch.
 * Whether to answer at all (a second 401, a foreign hop, an unexpected realm) is the caller's decision.
 * @param request As it was built, without Via.
 * @returns undefined if no challenge can be answered.
 */
export function answerChallenge(request: SipRequest, response: SipResponse, answer: ChallengeAnswer): SipRequest | undefined {
  const answerable = challengesOf(response).filter(({ algorithm, realm }) => answer.ha1(algorithm.hash, realm) !== undefined);
  const challenge = chooseChallenge(answerable, answer.policy);
  const ha1 = challenge === undefined ? undefined : answer.ha1(challenge.algorithm.hash, challenge.realm);
  if (challenge === undefined || ha1 === undefined) return undefined;
  const { method, uri, body } = request;
  const { username, cnonce, nc } = answer;
  const credentials = writeCredentials(answerDigest({ challenge, username, ha1, method, uri, cnonce, nc, body }));
  return withCredentials(request, header(response.status === 401 ? "Authorization" : "Proxy-Authorization", credentials));
}

/** "The Call-ID, From and To stay, but the CSeq should contain a new sequence number one higher" (RFC 3261 8.1.3.5). */
function withCredentials(request: SipRequest, credentials: SipHeader): SipRequest {
  const cseq = { number: request.cseq.number + 1, method: request.method };
  const headers: SipHeader[] = [];
  for (const field of request.headers) {
    if (field.key === "cseq") headers.push(header("CSeq", `${cseq.number} ${cseq.method}`), credentials);
    else if (field.key !== credentials.key) headers.push(field);
  }
  return { ...request, cseq, headers };
}
