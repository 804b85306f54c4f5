/**
 * Subscriptions of gateways to be woken in their dialog: a restart of the bridge ends none. Adapters: sqlite/.
 * Contract: test/contracts/subscription-store.contract.ts. A write is on disk when its promise is fulfilled.
 * Spec: RFC 6665 4.2; RFC 3261 12. Layer: stores (interface).
 */
import type { Dialog } from "../sip/dialog.js";
import type { Flow } from "../sip/flow.js";

export interface WakeSubscription {
  /** Of its dialog and event id: what a refresh finds it by. */
  readonly key: string;
  /** `user@domain`, ours. */
  readonly addressOfRecord: string;
  /** Whose credentials subscribed. */
  readonly username: string;
  /** The event type, and the parameter `id` ("" if there is none). */
  readonly event: string;
  readonly eventId: string;
  readonly dialog: Dialog;
  /** By which the last SUBSCRIBE came. */
  readonly flow: Flow;
  readonly expiresAtMs: number;
}

export interface SubscriptionStore {
  /** Adds it, or replaces the one with its key. */
  put(subscription: WakeSubscription): Promise<void>;
  remove(key: string): Promise<void>;
  get(key: string): Promise<WakeSubscription | undefined>;
  /** Those of an address that are valid at `nowMs`, the one that lasts longest first. */
  current(addressOfRecord: string, nowMs: number): Promise<readonly WakeSubscription[]>;
  /** Those that ended by `nowMs`, the earliest first. */
  expired(nowMs: number, limit: number): Promise<readonly WakeSubscription[]>;
  count(): Promise<number>;
}
