/**
 * Answers REGISTER: authenticate (identify.ts), read, store, then answer, then announce.
 * Spec: RFC 3261 10.3. Layer: sip-bridge (shell of registrar/).
 */
import type { Clock } from "../common/clock.js";
import { DatabaseOverloaded } from "../common/sqlite/database.js";
import { createTurns } from "../common/turns.js";
import type { Identifier } from "./identify.js";
import type { IncomingRequest } from "./net/server-transactions.js";
import { createSourceLimiter, type SourceLimiter } from "./net/source-limiter.js";
import type { Account } from "./registrar/account.js";
import { type Binding, type BindingChange, bindingIdentity } from "./registrar/binding.js";
import type { EndEvent } from "./registrar/contact-news.js";
import {
  type Answer,
  type Asked,
  type ReadRegistration,
  type RegistrarPolicy,
  readRegistration,
  refuseUnread,
} from "./registrar/read-registration.js";
import { OUT_OF_ORDER, register } from "./registrar/register.js";
import type { RegistrationOutcome, RegistrationOutcomes } from "./registration-outcomes.js";
import { header, MalformedMessage } from "./sip/message.js";
import type { BindingStore } from "./stores/binding-store.js";

/** When the store has more to write than it can: clients come back spread over this time (sip.md 4.3, never the same value for all). */
const RETRY_AFTER_S = { min: 5, spread: 16 };

export interface RegistrarServiceOptions {
  readonly policy: RegistrarPolicy;
  readonly identifier: Identifier;
  readonly bindings: Pick<BindingStore, "change" | "current">;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  /** Called after the answer, with what the request put. */
  readonly onRegistered: (bindings: readonly Binding[]) => void;
  /** Called after the answer, with the valid bindings before the change, and as what its contacts ended; also when an operator ended one. */
  readonly onChanged: (change: BindingChange, before: readonly Binding[], endedAs: EndEvent) => void;
  readonly outcomes: RegistrationOutcomes;
  /** REGISTERs of its owner for one address. Absent: no limit. */
  readonly perAddress?: AddressLimits;
}

export interface AddressLimits {
  /** At once, and each second. Beyond it: 503 with Retry-After, and nothing is read or written. */
  readonly burst: number;
  readonly perSecond: number;
}

/** Addresses whose rate is remembered. */
const ADDRESSES_MAX = 20_000;

export interface RegistrarCounters {
  readonly registered: number;
  readonly challenged: number;
  readonly refused: number;
  /** Answered 503: one address registered too often. */
  readonly addressThrottled: number;
}

export interface RegistrarService {
  handle(incoming: IncomingRequest): Promise<void>;
  /** Ends a registration on an operator's word. @param identity Of `bindingIdentity`. */
  deregister(addressOfRecord: string, identity: string): Promise<"done" | "unknown">;
  /** Lets a registration end earlier, so that a user agent which watches it refreshes it now; a longer time than is left changes nothing. */
  shorten(addressOfRecord: string, identity: string, expiresS: number): Promise<"done" | "unknown">;
  counters(): RegistrarCounters;
}

export function createRegistrarService(options: RegistrarServiceOptions): RegistrarService {
  const { policy, identifier, bindings, clock, randomBytes, onRegistered, onChanged, outcomes, perAddress } = options;
  const counters = { registered: 0, challenged: 0, refused: 0, addressThrottled: 0 };
  const limiter = perAddress === undefined ? undefined : limiterOf(perAddress);
  const inTurn = createTurns();

  async function handle(incoming: IncomingRequest): Promise<void> {
    const { request, flow } = incoming;
    const unread = refuseUnread(request, policy);
    const identified = unread === undefined ? await identifier.identify(request, flow) : ({ refused: unread, why: "not-read" } as const);
    if ("refused" in identified) return tell(incoming, identified.refused, identified.why);
    const read = readOrRefuse(incoming, identified.account);
    if (read.refused !== undefined) return tell(incoming, read.refused);
    const { addressOfRecord } = read.asked;
    if (limiter?.take(addressOfRecord, clock.now()) === false) {
      counters.addressThrottled++;
      return tell(incoming, comeBackLater());
    }
    // Two requests for one address are worked off one after the other: each sees what the one before it left.
    await inTurn(addressOfRecord, () => store(read.asked, incoming));
  }

  function readOrRefuse({ request, flow }: IncomingRequest, account: Account): ReadRegistration {
    try {
      return readRegistration(request, account, flow, policy);
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      return { refused: { status: error.status, reason: error.message } }; // says which header, and why; none of it is the peer's text
    }
  }

  async function store(asked: Asked, incoming: IncomingRequest): Promise<void> {
    const { flow } = incoming;
    const nowMs = clock.now();
    try {
      const before = await bindings.current(asked.addressOfRecord, nowMs);
      const { answer: right, change } = register(asked, before, flow, policy, nowMs);
      const isStale = change !== undefined && (await bindings.change(change)) === "stale";
      tell(incoming, isStale ? OUT_OF_ORDER : right);
      if (isStale || change === undefined) return;
      onRegistered(change.put);
      onChanged(change, before, "unregistered");
    } catch (error) {
      if (!(error instanceof DatabaseOverloaded)) throw error; // answered 500, told to the log
      tell(incoming, comeBackLater());
    }
  }

  function comeBackLater(): Answer {
    const retryAfterS = RETRY_AFTER_S.min + ((randomBytes(1)[0] ?? 0) % RETRY_AFTER_S.spread);
    return { status: 503, headers: [header("Retry-After", retryAfterS)] };
  }

  /** @param into What becomes of the binding; undefined: it ends. */
  async function operate(addressOfRecord: string, identity: string, into: (binding: Binding) => Binding | undefined) {
    const nowMs = clock.now();
    const before = await bindings.current(addressOfRecord, nowMs);
    const binding = before.find((candidate) => bindingIdentity(candidate) === identity);
    if (binding === undefined) return "unknown";
    const changed = into(binding);
    // No REGISTER has an empty Call-ID, so this is never out of order.
    const change = {
      addressOfRecord,
      callId: "",
      cseq: 0,
      nowMs,
      remove: changed === undefined ? [identity] : [],
      put: changed === undefined ? [] : [changed],
    };
    await bindings.change(change);
    onChanged(change, before, "deactivated");
    return "done";
  }

  function tell(
    { request, flow, answer }: IncomingRequest,
    { status, ...draft }: Answer,
    proof: RegistrationOutcome["proof"] = "proven",
  ): void {
    if (status === 200) counters.registered++;
    else if (status === 401) counters.challenged++;
    else counters.refused++;
    outcomes.note(request, flow, { status, proof, reason: draft.reason ?? "" }, clock.now());
    answer(status, draft);
  }

  return {
    handle,
    // In turn with the requests of that address: an operator's word and a refresh don't cross.
    deregister: (addressOfRecord, identity) => inTurn(addressOfRecord, () => operate(addressOfRecord, identity, () => undefined)),
    shorten: (addressOfRecord, identity, expiresS) =>
      inTurn(addressOfRecord, () => operate(addressOfRecord, identity, (binding) => endingIn(binding, expiresS, clock.now()))),
    counters: () => ({ ...counters }),
  };
}

const endingIn = (binding: Binding, expiresS: number, nowMs: number): Binding => ({
  ...binding,
  expiresAtMs: Math.min(binding.expiresAtMs, nowMs + expiresS * 1_000),
});

function limiterOf({ burst, perSecond }: AddressLimits): SourceLimiter {
  const all = Number.MAX_SAFE_INTEGER;
  return createSourceLimiter({ burst, perSecond, totalBurst: all, totalPerSecond: all, sourcesMax: ADDRESSES_MAX });
}
