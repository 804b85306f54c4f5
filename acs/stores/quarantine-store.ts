/**
 * Devices that are heard and not served, and the signs that an identity is shared. Adapters: sqlite/.
 * Contract: test/contracts/quarantine-store.contract.ts. Writes are on disk when their promise is fulfilled. Layer: stores (interface).
 */
import type { Device, Quarantine, QuarantineReason, SharedIdentity } from "../devices/device.js";
import type { NewEvent } from "../events/event.js";

export interface QuarantineFilter {
  /** null: any. */
  readonly reason: QuarantineReason | null;
  readonly afterId?: string;
  readonly limit: number;
}

export interface QuarantineStore {
  /**
   * The device's running session is fenced, its wake is over. One that is quarantined already stays as it is, but for a first claim
   * of another identity, which is kept; no event is stored then. undefined: no such device.
   */
  quarantine(id: string, quarantine: Quarantine, events: readonly NewEvent[]): Promise<Device | undefined>;
  /** All that is kept of an Inform in quarantine: that it came. "free": it is not quarantined (any more); nothing is stored. */
  recordCall(id: string, atMs: number, events: readonly NewEvent[]): Promise<"stored" | "free" | "unknown">;
  /** Ends it; the device's next Inform is its first contact. "stale": it is not quarantined for this reason (any more). */
  release(id: string, reason: QuarantineReason, events: readonly NewEvent[]): Promise<Device | "stale" | "unknown">;
  /** In id order. */
  list(filter: QuarantineFilter): Promise<readonly Device[]>;
  /** null takes the sign away. */
  setSharedIdentity(id: string, shared: SharedIdentity | null, events: readonly NewEvent[]): Promise<Device | undefined>;
}
