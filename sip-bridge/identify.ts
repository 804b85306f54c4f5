/**
 * Whose request this is: digest against the accounts, with a pause for who guesses. The same work and the same answer whether a user exists or not.
 * Spec: RFC 3261 22; sip.md 3.1, 11. Layer: sip-bridge (shell of registrar/authenticate.ts).
 */
import type { Clock } from "../common/clock.js";
import type { Account } from "./registrar/account.js";
import { challenge, type Gatekeeper, judge, readOurCredentials } from "./registrar/authenticate.js";
import { createGuessThrottle } from "./registrar/guess-throttle.js";
import { octetsToUnicode } from "./registrar/octets.js";
import type { Answer } from "./registrar/read-registration.js";
import type { UnprovenReason } from "./registration-outcomes.js";
import type { Flow } from "./sip/flow.js";
import type { SipRequest } from "./sip/message.js";
import type { AccountStore } from "./stores/account-store.js";

export interface IdentifierOptions {
  readonly gatekeeper: Gatekeeper;
  readonly accounts: Pick<AccountStore, "get">;
  readonly clock: Clock;
  /** Somebody at this flow has proved a password, with an answer to a challenge that was not used before. */
  readonly onProved?: (flow: Flow) => void;
  /** A wrong password, or an unknown user. */
  readonly onWrong?: (flow: Flow) => void;
}

export interface IdentifierCounters {
  /** Wrong password or unknown user. */
  readonly wrongCredentials: number;
  /** Not even checked: too many wrong ones before. */
  readonly throttled: number;
}

export interface Identifier {
  /** @returns `refused`: 401 with a challenge; `why` is for ourselves. */
  identify(
    request: SipRequest,
    flow: Flow,
  ): Promise<{ readonly account: Account } | { readonly refused: Answer; readonly why: UnprovenReason }>;
  counters(): IdentifierCounters;
}

export function createIdentifier({ gatekeeper, accounts, clock, onProved, onWrong }: IdentifierOptions): Identifier {
  const counters = { wrongCredentials: 0, throttled: 0 };
  const throttle = createGuessThrottle();

  async function identify(request: SipRequest, flow: Flow): ReturnType<Identifier["identify"]> {
    const nowMs = clock.now();
    const ours = readOurCredentials(request, gatekeeper, nowMs);
    if (ours === undefined) return { refused: challenge(gatekeeper, false, nowMs), why: "no-credentials" };
    const guesser = `${flow.remoteAddress} ${ours.credentials.username}`;
    if (throttle.isBlocked(guesser, nowMs)) {
      counters.throttled++;
      return { refused: challenge(gatekeeper, false, nowMs), why: "throttled" };
    }
    const account = await accounts.get(octetsToUnicode(ours.credentials.username), gatekeeper.realm);
    const verdict = judge(request, ours, account, gatekeeper, nowMs);
    if (verdict === "authenticated" && account !== undefined) {
      throttle.succeeded(guesser);
      onProved?.(flow);
      return { account };
    }
    if (verdict === "wrong") {
      counters.wrongCredentials++;
      throttle.failed(guesser, nowMs);
      onWrong?.(flow);
    }
    const isStale = verdict === "stale";
    return { refused: challenge(gatekeeper, isStale, nowMs), why: isStale ? "stale-nonce" : "wrong-credentials" };
  }

  return { identify, counters: () => ({ ...counters }) };
}
