/**
 * The REGISTERs of one diagnosis: one Call-ID of their own, a CSeq that goes up, the line's usual Contact, credentials when they are due.
 * Spec: CN 103067208 B [0139], [0157]; RFC 3261 10.2, 22.2; patents.md D. Layer: diagnosis.
 */
import { answerChallenge, challengesOf } from "../../sip-bridge/sip/answer-challenge.js";
import type { SipRequest, SipResponse } from "../../sip-bridge/sip/message.js";
import { authorize, learn, type NonceMemory, type NonceUser } from "../../sip-bridge/sip/nonce-memory.js";
import { buildRegister, nonceUserOf, type RegisterIdentity } from "../phone/registration.js";
import type { CompleteLine } from "./basic-configuration.js";

export interface RegisterTrialsOptions {
  readonly line: CompleteLine;
  readonly identity: Omit<RegisterIdentity, "contactUri" | "isOutbound">;
  readonly newCnonce: () => string;
}

export interface TrialContact {
  readonly contactUri: string;
  readonly isOutbound: boolean;
}

export class RegisterTrials {
  readonly #options: RegisterTrialsOptions;
  #cseq = 0;
  #nonces: NonceMemory = [];
  /** The last one, of the last attempt or an earlier one. */
  #challenge: SipResponse | undefined;

  constructor(options: RegisterTrialsOptions) {
    this.#options = options;
  }

  /** The next attempt. @param withCredentials For what is known of the challenges; without one that can be answered it goes bare. */
  next({ contactUri, isOutbound }: TrialContact, expiresS: number, withCredentials: boolean): SipRequest {
    const bare = buildRegister(this.#options.line, { ...this.#options.identity, contactUri, isOutbound }, ++this.#cseq, expiresS);
    return withCredentials ? this.#withCredentials(bare) : bare;
  }

  /** What the answer to an attempt teaches. @returns The realm of its challenge; undefined: it has none. */
  learn(request: SipRequest, response: SipResponse): string | undefined {
    this.#nonces = learn(this.#nonces, request, response, this.#user());
    const [challenge] = challengesOf(response);
    this.#challenge = challenge === undefined ? undefined : response;
    return challenge?.realm;
  }

  #withCredentials(bare: SipRequest): SipRequest {
    const user = this.#user();
    const { memory, request } = authorize(this.#nonces, bare, user);
    this.#nonces = memory;
    // The memory passes over algorithms that end with -sess: their secret holds the first cnonce. A fresh challenge is answered all the same.
    const challenge = this.#challenge;
    const hasFreshSession = challenge !== undefined && challengesOf(challenge).some(({ algorithm }) => algorithm.isSession);
    const answered = hasFreshSession ? answerChallenge(request, challenge, { ...user, nc: 1 }) : undefined;
    if (answered === undefined) return request;
    this.#cseq = answered.cseq.number;
    return answered;
  }

  #user(): NonceUser {
    return nonceUserOf(this.#options.line, this.#options.newCnonce());
  }
}
