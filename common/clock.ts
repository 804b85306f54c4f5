/**
 * Time as a dependency: what runs at the edge reads it here, so that tests can hold and move it.
 * Layer: common.
 */

export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Calls `run` once, `delayMs` from now, unless the returned function is called first. Does not keep the process alive. */
  after(delayMs: number, run: () => void): () => void;
}

/** setTimeout fires at once for a longer delay, so longer ones are cut to this and the caller's plan is looked at again. */
const TIMER_MS_MAX = 2_147_483_647;

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, Math.min(Math.max(delayMs, 0), TIMER_MS_MAX));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
