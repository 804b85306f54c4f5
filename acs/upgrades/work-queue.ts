/**
 * Work on many things by a few workers: a thing that is added while it waits waits once, and one that is added while it is worked on is
 * taken up again afterwards; never twice at the same time.
 * Layer: upgrades.
 */
export class WorkQueue {
  readonly #workers: number;
  readonly #work: (id: string) => Promise<void>;
  readonly #report: (error: unknown) => void;
  readonly #waiting = new Set<string>();
  readonly #busy = new Map<string, Promise<void>>();
  #isClosed = false;

  constructor(workers: number, work: (id: string) => Promise<void>, report: (error: unknown) => void) {
    this.#workers = workers;
    this.#work = work;
    this.#report = report;
  }

  add(id: string): void {
    if (this.#isClosed) return;
    this.#waiting.add(id);
    this.#next();
  }

  /** Fulfilled when the work under way has ended; what waits is dropped. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#waiting.clear();
    await Promise.all(this.#busy.values());
  }

  #next(): void {
    for (const id of this.#waiting) {
      if (this.#busy.size >= this.#workers) return;
      if (this.#busy.has(id)) continue;
      this.#waiting.delete(id);
      const run = this.#work(id)
        .catch(this.#report)
        .then(() => {
          this.#busy.delete(id);
          this.#next();
        });
      this.#busy.set(id, run);
    }
  }
}
