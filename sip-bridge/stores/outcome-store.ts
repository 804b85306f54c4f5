/**
 * Registrations that failed, for support: after a restart they are still known. Adapters: sqlite/.
 * Contract: test/contracts/outcome-store.contract.ts. A write is on disk when its promise is fulfilled.
 * Spec: sip.md 4.1, 4.2. Layer: stores (interface).
 */
import type { RegistrationOutcome } from "../registration-outcomes.js";

/** One of each kind for each address: the last by its owner, the last by somebody who proved nothing. */
export interface KeptOutcome {
  readonly by: "owner" | "stranger";
  readonly outcome: RegistrationOutcome;
}

export type OutcomeName = Pick<KeptOutcome, "by"> & Pick<RegistrationOutcome, "addressOfRecord">;

export interface OutcomeStore {
  /** Adds or replaces the first, and removes the others. */
  change(change: { readonly put: readonly KeptOutcome[]; readonly remove: readonly OutcomeName[] }): Promise<void>;
  /** The oldest first. */
  all(limit: number): Promise<readonly KeptOutcome[]>;
}
