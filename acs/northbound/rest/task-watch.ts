/**
 * Waits for tasks to end: told by the event store, never by asking again and again.
 * Layer: northbound.
 */
import type { Clock } from "../../../common/clock.js";
import type { StoredEvent } from "../../events/event.js";
import { Problem } from "../../http/problem.js";
import type { EventStore } from "../../stores/event-store.js";
import type { TaskStore } from "../../stores/task-store.js";
import { FINAL_STATES, type Task } from "../../tasks/task.js";

/** Requests that wait at the same time. */
const WAITERS_MAX = 1_000;

/** One listener at the event store, however many wait. Every change of a task brings a task-changed event of its device. */
export class TaskWatch {
  readonly #tasks: TaskStore;
  readonly #clock: Clock;
  readonly #stopListening: () => void;
  /** By device: whom to tell that one of its tasks changed, or that it was removed. */
  readonly #waiters = new Map<string, Set<() => void>>();
  #waiting = 0;

  constructor({ tasks, events, clock }: { readonly tasks: TaskStore; readonly events: EventStore; readonly clock: Clock }) {
    this.#tasks = tasks;
    this.#clock = clock;
    this.#stopListening = events.onStored((stored) => this.#tell(stored));
  }

  /**
   * The task as it is when it ends, when `waitMs` are over, or when `abandoned` says that nobody listens any more.
   * @returns undefined when the task is gone: its device was removed.
   * @throws {Problem} 503 when too many wait.
   */
  async untilEnded(task: Task, waitMs: number, abandoned: AbortSignal): Promise<Task | undefined> {
    if (waitMs === 0 || isEnded(task)) return task;
    if (this.#waiting >= WAITERS_MAX) throw new Problem("overloaded", "too many requests are waiting for tasks; ask without wait");
    this.#waiting += 1;
    const turn = new Turn();
    const cancelTimer = this.#clock.after(waitMs, () => turn.end());
    const leave = this.#join(task.deviceId, () => turn.look());
    abandoned.addEventListener("abort", turn.end, { once: true });
    if (abandoned.aborted) turn.end();
    try {
      // Looked at after joining: what changed before is seen now, what changes later is told.
      for (;;) {
        const now = await this.#tasks.get(task.id);
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
      if (deviceId === null || (kind !== "task-changed" && kind !== "device-removed")) continue;
      for (const look of this.#waiters.get(deviceId) ?? []) look();
    }
  }
}

function isEnded(task: Task): boolean {
  return FINAL_STATES.includes(task.state);
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
