/**
 * How the last REGISTERs for each address ended: for support, and for the diagnosis of registrations that fail. In memory, bounded;
 * failures are copied to disk (outcome-keeper.ts).
 * What strangers cause is kept apart from what owners do, so that nobody can push an owner's record out.
 * Spec: sip.md 4.1, 4.2. Layer: sip-bridge.
 */
import { addressOfRecordKey, type Domains } from "./registrar/address-of-record.js";
import { note } from "./registrar/read-registration.js";
import type { Flow } from "./sip/flow.js";
import { headerValue, MalformedMessage, type SipRequest } from "./sip/message.js";
import { parseUri } from "./sip/uri.js";
import type { KeptOutcome } from "./stores/outcome-store.js";

export const OUTCOME_LIMITS = {
  /** Addresses of each kind that are remembered, the one that was heard of longest ago goes first. About 500 octets each. */
  addressesMax: 20_000,
} as const;

/** "no-credentials" is the beginning of every registration; the others of 401 are failures. */
export type UnprovenReason = "no-credentials" | "stale-nonce" | "wrong-credentials" | "throttled" | "not-read";

export interface RegistrationOutcome {
  readonly addressOfRecord: string;
  readonly atMs: number;
  readonly status: number;
  /** "proven": the password was right, whatever became of the request. */
  readonly proof: "proven" | UnprovenReason;
  /** Reason phrase of ours, where it says more than the status. */
  readonly reason: string;
  readonly flow: Flow;
  readonly userAgent: string;
  readonly callId: string;
  /** How many with the same status came in a row. */
  readonly count: number;
}

export interface RegistrationOutcomes {
  note(request: SipRequest, flow: Flow, answered: Pick<RegistrationOutcome, "status" | "proof" | "reason">, nowMs: number): void;
  /** What an earlier run has left, the oldest first. */
  recall(kept: readonly KeptOutcome[]): void;
  /** What is known of an address: the last by its owner, the last by somebody who proved nothing. */
  of(addressOfRecord: string): readonly RegistrationOutcome[];
  /** The newest first, of all addresses. */
  newest(limit: number): readonly RegistrationOutcome[];
}

export function createRegistrationOutcomes(
  domains: Domains,
  { addressesMax }: { readonly addressesMax: number } = OUTCOME_LIMITS,
  onNoted: (kept: KeptOutcome) => void = () => undefined,
): RegistrationOutcomes {
  /** In order of time. */
  const owners = new Map<string, RegistrationOutcome>();
  const strangers = new Map<string, RegistrationOutcome>();

  return {
    note(request, flow, answered, nowMs) {
      const addressOfRecord = addressOf(request, domains);
      // The first, unauthenticated REGISTER of each registration says nothing.
      if (addressOfRecord === undefined || answered.proof === "no-credentials") return;
      const by = answered.proof === "proven" ? "owner" : "stranger";
      const kept = by === "owner" ? owners : strangers;
      const before = kept.get(addressOfRecord);
      const count = before?.status === answered.status ? before.count + 1 : 1;
      const userAgent = note(headerValue(request, "user-agent"));
      const outcome = { addressOfRecord, atMs: nowMs, ...answered, flow, userAgent, callId: note(request.callId), count };
      kept.delete(addressOfRecord);
      kept.set(addressOfRecord, outcome);
      onNoted({ by, outcome });
      const oldest = kept.keys().next();
      if (kept.size > addressesMax && !oldest.done) kept.delete(oldest.value);
    },
    recall(all) {
      for (const { by, outcome } of all) (by === "owner" ? owners : strangers).set(outcome.addressOfRecord, outcome);
    },
    of: (addressOfRecord) => [owners.get(addressOfRecord), strangers.get(addressOfRecord)].filter((outcome) => outcome !== undefined),
    newest: (limit) => [...owners.values(), ...strangers.values()].toSorted((a, b) => b.atMs - a.atMs).slice(0, limit),
  };
}

/** The To of the request; undefined: it names nobody of ours. */
function addressOf({ to }: SipRequest, domains: Domains): string | undefined {
  try {
    return addressOfRecordKey(parseUri(to.uri), domains);
  } catch (error) {
    if (error instanceof MalformedMessage) return undefined;
    throw error;
  }
}
