/**
 * Answers REGISTER: authenticate (identify.ts), read, store, then answer, then announce.
 * Spec: RFC 3261 10.3. Layer: sip-bridge (shell of registrar/).
 */
import type { Clock } from "../common/clock.js";
import { DatabaseOverloaded } from "../common/sqlite/database.js";
import type { Identifier } from "./identify.js";
import type { IncomingRequest } from "./net/server-transactions.js";
import type { Flow } from "./net/transport.js";
import { type Binding, bindingIdentity } from "./registrar/binding.js";
import { newsOf, type RegistrationNews } from "./registrar/contact-news.js";
import { type Answer, type Asked, type RegistrarPolicy, readRegistration, refuseUnread } from "./registrar/read-registration.js";
import { OUT_OF_ORDER, register } from "./registrar/register.js";
import { header } from "./sip/message.js";
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
  /** Called after the answer, with what became of each contact; also when an operator ended one. */
  readonly onChanged: (news: RegistrationNews) => void;
}

export interface RegistrarCounters {
  readonly registered: number;
  readonly challenged: number;
  readonly refused: number;
}

export interface RegistrarService {
  handle(incoming: IncomingRequest): Promise<void>;
  /** Ends a registration on an operator's word. @param identity Of `bindingIdentity`. */
  deregister(addressOfRecord: string, identity: string): Promise<"removed" | "unknown">;
  counters(): RegistrarCounters;
}

export function createRegistrarService(options: RegistrarServiceOptions): RegistrarService {
  const { policy, identifier, bindings, clock, randomBytes, onRegistered, onChanged } = options;
  const counters = { registered: 0, challenged: 0, refused: 0 };
  const inTurn = createTurns();

  async function handle({ request, flow, answer }: IncomingRequest): Promise<void> {
    const unread = refuseUnread(request, policy);
    const identified = unread === undefined ? await identifier.identify(request, flow) : { refused: unread };
    if ("refused" in identified) return tell(answer, identified.refused);
    const read = readRegistration(request, identified.account, flow, policy);
    if (read.refused !== undefined) return tell(answer, read.refused);
    // Two requests for one address are worked off one after the other: each sees what the one before it left.
    await inTurn(read.asked.addressOfRecord, () => store(read.asked, flow, answer));
  }

  async function store(asked: Asked, flow: Flow, answer: IncomingRequest["answer"]): Promise<void> {
    const nowMs = clock.now();
    try {
      const before = await bindings.current(asked.addressOfRecord, nowMs);
      const { answer: right, change } = register(asked, before, flow, policy, nowMs);
      const isStale = change !== undefined && (await bindings.change(change)) === "stale";
      tell(answer, isStale ? OUT_OF_ORDER : right);
      if (isStale || change === undefined) return;
      onRegistered(change.put);
      onChanged(newsOf(change, before, "unregistered"));
    } catch (error) {
      if (!(error instanceof DatabaseOverloaded)) throw error; // answered 500, told to the log
      const retryAfterS = RETRY_AFTER_S.min + ((randomBytes(1)[0] ?? 0) % RETRY_AFTER_S.spread);
      tell(answer, { status: 503, headers: [header("Retry-After", retryAfterS)] });
    }
  }

  async function deregister(addressOfRecord: string, identity: string): Promise<"removed" | "unknown"> {
    const nowMs = clock.now();
    const before = await bindings.current(addressOfRecord, nowMs);
    if (!before.some((binding) => bindingIdentity(binding) === identity)) return "unknown";
    // No REGISTER has an empty Call-ID, so this is never out of order.
    const change = { addressOfRecord, callId: "", cseq: 0, nowMs, remove: [identity], put: [] };
    await bindings.change(change);
    onChanged(newsOf(change, before, "deactivated"));
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
