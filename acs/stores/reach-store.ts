/**
 * How devices are reached: what each rung of the ladder brought, and where STUN saw them.
 * Adapters: sqlite/. Contract: test/contracts/reach-store.contract.ts. Writes are on disk when their promise is fulfilled.
 * Layer: stores (interface).
 */
import type { Reachability, Rung, UdpBinding } from "../devices/reachability.js";
import type { NewEvent } from "../events/event.js";

export interface RungNote {
  readonly deviceId: string;
  readonly rung: Rung;
  readonly atMs: number;
  /** "asked" concerns the device only; "woke" and "failed" its model too. */
  readonly what: "asked" | "woke" | "failed";
  /** Why it failed, for people; "" otherwise. */
  readonly detail: string;
}

export interface ReachStore {
  /** UNKNOWN_REACHABILITY for a device that is not registered. */
  get(deviceId: string): Promise<Reachability>;
  /** Unknown device: nothing is stored. */
  note(note: RungNote, events: readonly NewEvent[]): Promise<"stored" | "unknown">;
  /** "same": the device had this address already; nothing is stored, not even the events. */
  setUdpBinding(deviceId: string, binding: UdpBinding, events: readonly NewEvent[]): Promise<"changed" | "same" | "unknown">;
}
