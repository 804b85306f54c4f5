/**
 * Events, in the order in which they were stored. Adapters: sqlite/. Contract: test/contracts/event-store.contract.ts.
 * Layer: stores (interface).
 */
import type { EventKind, NewEvent, StoredEvent } from "../events/event.js";

export interface EventFilter {
  readonly deviceId?: string;
  readonly kinds?: readonly EventKind[];
  /** Events after this id, oldest first. */
  readonly afterId?: number;
  /** Events before this id, newest first. At most one of afterId and beforeId; neither: newest first. */
  readonly beforeId?: number;
  readonly limit: number;
}

export interface EventStore {
  append(events: readonly NewEvent[]): Promise<readonly StoredEvent[]>;
  list(filter: EventFilter): Promise<readonly StoredEvent[]>;
  /** The id of the newest event; 0 when there is none. */
  newestId(): Promise<number>;
  /** Removes events older than `beforeMs`, at most `limit` of them. Returns how many. */
  prune(beforeMs: number, limit: number): Promise<number>;
  /**
   * Called after a transaction with events is on disk, in id order, whichever store wrote them. Returns the function that ends it.
   * A listener that throws is a bug of ours.
   */
  onStored(listener: (events: readonly StoredEvent[]) => void): () => void;
}
