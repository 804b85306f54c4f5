/**
 * Answers REGISTER: authenticate, read, store, then answer, then announce.
 * Spec: RFC 3261 10.3. Layer: sip-bridge (shell of registrar/).
 */
import type { Clock } from "../common/clock.js";
import { DatabaseOverloaded } from "../common/sqlite/database.js";
import type { IncomingRequest } from "./net/server-transactions.js";
import type { Flow } from "./net/transport.js";
import type { Account } from "./registrar/account.js";
import { challenge, type Gatekeeper, judge, readOurCredentials } from "./registrar/authenticate.js";
import { type Binding, bindingIdentity } from "./registrar/binding.js";
import { createGuessThrottle } from "./registrar/guess-throttle.js";
import { octetsToUnicode } from "./registrar/octets.js";
import { type Answer, type Asked, type RegistrarPolicy, readRegistration, refuseUnread } from "./registrar/read-registration.js";
import { OUT_OF_ORDER, register } from "./registrar/register.js";
import { header, type SipRequest } from "./sip/message.js";
import type { AccountStore } from "./stores/account-store.js";
import type { BindingStore } from "./stores/binding-store.js";

/** When the store has more to write than it can: clients come back spread over this time (sip.md 4.3, never the same value for all). */
const RETRY_AFTER_S = { min: 5, spread: 16 };

export interface RegistrarServiceOptions {
  readonly policy: RegistrarPolicy;
  readonly gatekeeper: Gatekeeper;
  readonly bindings: BindingStore;
  readonly accounts: AccountStore;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  /** Called after the answer, with what the request put. */
  readonly onRegistered: (bindings: readonly Binding[]) => void;
}

export interface RegistrarCounters {
  readonly registered: number;
  readonly challenged: number;
  /** Wrong password or unknown user. */
  readonly wrongCredentials: number;
  /** Not even checked: too many wrong ones before. */
  readonly throttled: number;
  readonly refused: number;
}

export interface RegistrarService {
  handle(incoming: IncomingRequest): Promise<void>;
  /** Ends a registration on an operator's word. @param identity Of `bindingIdentity`. */
  deregister(addressOfRecord: string, identity: string): Promise<"removed" | "unknown">;
  counters(): RegistrarCounters;
}

export function createRegistrarService(options: RegistrarServiceOptions): RegistrarService {
  const { policy, gatekeeper, bindings, accounts, clock, randomBytes, onRegistered } = options;
  const counters = { registered: 0, challenged: 0, wrongCredentials: 0, throttled: 0, refused: 0 };
  const throttle = createGuessThrottle();
  const inTurn = createTurns();

  async function handle({ request, flow, answer }: IncomingRequest): Promise<void> {
    const unread = refuseUnread(request, policy);
    const identified = unread === undefined ? await identify(request, flow) : { refused: unread };
    if ("refused" in identified) return tell(answer, identified.refused);
    const read = readRegistration(request, identified.account, flow, policy);
    if (read.refused !== undefined) return tell(answer, read.refused);
    // Two requests for one address are worked off one after the other: each sees what the one before it left.
    await inTurn(read.asked.addressOfRecord, () => store(read.asked, flow, answer));
  }

  async function identify(request: SipRequest, flow: Flow): Promise<{ readonly account: Account } | { readonly refused: Answer }> {
    const nowMs = clock.now();
    const credentials = readOurCredentials(request, gatekeeper, nowMs);
    if (credentials === undefined) return { refused: challenge(gatekeeper, false, nowMs) };
    const guesser = `${flow.remoteAddress} ${credentials.username}`;
    if (throttle.isBlocked(guesser, nowMs)) {
      counters.throttled++;
      return { refused: challenge(gatekeeper, false, nowMs) };
    }
    const account = await accounts.get(octetsToUnicode(credentials.username), gatekeeper.realm);
    const verdict = judge(request, credentials, account, gatekeeper, nowMs);
    if (verdict === "authenticated" && account !== undefined) {
      throttle.succeeded(guesser);
      return { account };
    }
    if (verdict === "wrong") {
      counters.wrongCredentials++;
      throttle.failed(guesser, nowMs);
    }
    return { refused: challenge(gatekeeper, verdict === "stale", nowMs) };
  }

  async function store(asked: Asked, flow: Flow, answer: IncomingRequest["answer"]): Promise<void> {
    const nowMs = clock.now();
    try {
      const outcome = register(asked, await bindings.current(asked.addressOfRecord, nowMs), flow, policy, nowMs);
      const isStale = outcome.change !== undefined && (await bindings.change(outcome.change)) === "stale";
      tell(answer, isStale ? OUT_OF_ORDER : outcome.answer);
      if (!isStale && outcome.change !== undefined) onRegistered(outcome.change.put);
    } catch (error) {
      if (!(error instanceof DatabaseOverloaded)) throw error; // answered 500, told to the log
      const retryAfterS = RETRY_AFTER_S.min + ((randomBytes(1)[0] ?? 0) % RETRY_AFTER_S.spread);
      tell(answer, { status: 503, headers: [header("Retry-After", retryAfterS)] });
    }
  }

  async function deregister(addressOfRecord: string, identity: string): Promise<"removed" | "unknown"> {
    const nowMs = clock.now();
    const isKnown = (await bindings.current(addressOfRecord, nowMs)).some((binding) => bindingIdentity(binding) === identity);
    if (!isKnown) return "unknown";
    // No REGISTER has an empty Call-ID, so this is never out of order.
    await bindings.change({ addressOfRecord, callId: "", cseq: 0, nowMs, remove: [identity], put: [] });
    return "removed";
  }

  function tell(answer: IncomingRequest["answer"], { status, ...draft }: Answer): void {
    if (status === 200) counters.registered++;
    else if (status === 401) counters.challenged++;
    else counters.refused++;
    answer(status, draft);
  }

  return {
    handle,
    // In turn with the requests of that address: an operator's word and a refresh don't cross.
    deregister: (addressOfRecord, identity) => inTurn(addressOfRecord, () => deregister(addressOfRecord, identity)),
    counters: () => ({ ...counters }),
  };
}

/** Runs works of the same key one after the other; of different keys at once. */
function createTurns(): <Result>(key: string, work: () => Promise<Result>) => Promise<Result> {
  const last = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const before = last.get(key);
    const mine = before === undefined ? work() : before.then(work, work);
    last.set(key, mine);
    const forget = (): void => {
      if (last.get(key) === mine) last.delete(key);
    };
    mine.then(forget, forget);
    return mine;
  };
}
