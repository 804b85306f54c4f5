/**
 * Waits for tasks or diagnoses to end: told by the event store, never by asking again and again.
 * Layer: northbound.
 */
import type { Clock } from "../../../common/clock.js";
import type { EventKind, StoredEvent } from "../../events/event.js";
import { Problem } from "../../http/problem.js";
import type { EventStore } from "../../stores/event-store.js";

/** Requests that wait at the same time for one kind of thing. */
const WAITERS_MAX = 1_000;

interface Ending {
  readonly id: string;
  readonly deviceId: string;
}

export interface EndWatchOptions<T> {
  /** For people: "task". */
  readonly what: string;
  readonly get: (id: string) => Promise<T | undefined>;
  readonly isEnded: (thing: T) => boolean;
  /** Every change that may be the end brings an event of this kind and of its device. */
  readonly changedBy: EventKind;
  readonly events: Pick<EventStore, "onStored">;
  readonly clock: Clock;
}

/** One listener at the event store, however many wait. */
export class EndWatch<T extends Ending> {
  readonly #options: EndWatchOptions<T>;
  readonly #stopListening: () => void;
  /** By device: whom to tell that something of it changed, or that it was removed. */
  readonly #waiters = new Map<string, Set<() => void>>();
  #waiting = 0;

  constructor(options: EndWatchOptions<T>) {
    this.#options = options;
    this.#stopListening = options.events.onStored((stored) => this.#tell(stored));
  }

  /**
   * It as it is when it ends, when `waitMs` are over, or when `abandoned` says that nobody listens any more.
   * @returns undefined when it is gone: its device was removed.
   * @throws {Problem} 503 when too many wait.
   */
  async untilEnded(thing: T, waitMs: number, abandoned: AbortSignal): Promise<T | undefined> {
    const { what, get, isEnded, clock } = this.#options;
    if (waitMs === 0 || isEnded(thing)) return thing;
    if (this.#waiting >= WAITERS_MAX)
      throw new Problem("overloaded", `too many requests are waiting for the end of a ${what}; ask without wait`);
    this.#waiting += 1;
    const turn = new Turn();
    const cancelTimer = clock.after(waitMs, () => turn.end());
    const leave = this.#join(thing.deviceId, () => turn.look());
    abandoned.addEventListener("abort", turn.end, { once: true });
    if (abandoned.aborted) turn.end();
    try {
      // Looked at after joining: what changed before is seen now, what changes later is told.
      for (;;) {
        const now = await get(thing.id);
        if (now === undefined || isEnded(now) || turn.ended) return now;
        await turn.next();
      }
    } finally {
      this.#waiting -= 1;
      cancelTimer();
      leave();
      abandoned.removeEventListener("abort", turn.end);
    }
  }

  close(): void {
    this.#stopListening();
  }

  #join(deviceId: string, look: () => void): () => void {
    const waiters = this.#waiters.get(deviceId) ?? new Set();
    this.#waiters.set(deviceId, waiters.add(look));
    return () => {
      waiters.delete(look);
      if (waiters.size === 0) this.#waiters.delete(deviceId);
    };
  }

  #tell(stored: readonly StoredEvent[]): void {
    for (const { kind, deviceId } of stored) {
      if (deviceId === null || (kind !== this.#options.changedBy && kind !== "device-removed")) continue;
      for (const look of this.#waiters.get(deviceId) ?? []) look();
    }
  }
}

/** Remembers a call that came while nobody waited for it. */
class Turn {
  #called = false;
  #resume: (() => void) | undefined;
  ended = false;

  readonly look = (): void => {
    this.#called = true;
    this.#resume?.();
  };

  readonly end = (): void => {
    this.ended = true;
    this.look();
  };

  async next(): Promise<void> {
    if (!this.#called) {
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
    }
    this.#called = false;
    this.#resume = undefined;
  }
}
