/**
 * Jobs that a device owes, done one after another while it has power; what a loss of power cuts short begins anew.
 * Layer: cpe.
 */
import type { Clock } from "../../common/clock.js";

export interface WorkLineOptions<Job> {
  readonly clock: Clock;
  /** The job to do next, and not before when; undefined: none waits. */
  readonly next: () => { readonly job: Job; readonly dueAtMs: number } | undefined;
  /** @param power Aborted when the device loses power: nothing more is done. */
  readonly run: (job: Job, power: AbortSignal) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

export class WorkLine<Job> {
  readonly #options: WorkLineOptions<Job>;
  #power = new AbortController();
  #isRunning = false;
  #cancelTimer: () => void = () => {};

  constructor(options: WorkLineOptions<Job>) {
    this.#options = options;
    this.#power.abort();
  }

  powerOn(): void {
    this.#power = new AbortController();
    this.#isRunning = false;
    this.look();
  }

  powerOff(): void {
    this.#power.abort();
    this.#cancelTimer();
  }

  /** Starts the next job if it is due and none runs, or waits until it is. */
  look(): void {
    if (this.#power.signal.aborted || this.#isRunning) return;
    this.#cancelTimer();
    const { clock, next, onError } = this.#options;
    const found = next();
    if (found === undefined) return;
    const waitMs = found.dueAtMs - clock.now();
    if (waitMs > 0) this.#cancelTimer = clock.after(waitMs, () => this.look());
    else void this.#run(found.job).catch(onError);
  }

  async #run(job: Job): Promise<void> {
    const power = this.#power.signal;
    this.#isRunning = true;
    await this.#options.run(job, power);
    if (power.aborted) return;
    this.#isRunning = false;
    this.look();
  }
}
