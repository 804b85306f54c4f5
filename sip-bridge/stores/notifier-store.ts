/**
 * Subscriptions of an event package's watchers: a restart of the bridge ends none. Adapters: sqlite/.
 * Contract: test/contracts/notifier-store.contract.ts. A write is on disk when its promise is fulfilled.
 * Spec: RFC 6665 4.2; RFC 3680 4.4. Layer: stores (interface).
 */
import type { Dialog } from "../sip/dialog.js";
import type { Flow } from "../sip/flow.js";

export interface KeptSubscription {
  /** Of its dialog and event id: what a refresh finds it by. */
  readonly key: string;
  /** Whose credentials subscribed. */
  readonly username: string;
  /** What it is about. */
  readonly resource: string;
  /** The parameter `id` of Event; "" if there is none. */
  readonly eventId: string;
  readonly dialog: Dialog;
  /** By which the last SUBSCRIBE came. */
  readonly flow: Flow;
  readonly expiresAtMs: number;
  /** Of the next NOTIFY's document. */
  readonly version: number;
}

export interface NotifierStore {
  /** Adds it, or replaces the one with its key. */
  put(subscription: KeptSubscription): Promise<void>;
  remove(key: string): Promise<void>;
  /** All that there are, at most `limit`. */
  all(limit: number): Promise<readonly KeptSubscription[]>;
}
