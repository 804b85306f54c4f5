/**
 * A clock that stands still until a test moves it.
 * Layer: test support.
 */
import type { Clock } from "../../common/clock.js";

export interface FakeClock extends Clock {
  /** Runs all timers due within the time, in order, each at its own instant; promises settle between them. */
  advance(ms: number): Promise<void>;
  /** Timers that have not fired and were not cancelled. */
  pending(): number;
}

interface Timer {
  readonly atMs: number;
  readonly run: () => void;
}

export function fakeClock(startMs = 1_700_000_000_000): FakeClock {
  let nowMs = startMs;
  const timers = new Set<Timer>();

  const nextDue = (untilMs: number): Timer | undefined => {
    let next: Timer | undefined;
    for (const timer of timers) if (timer.atMs <= untilMs && (next === undefined || timer.atMs < next.atMs)) next = timer;
    return next;
  };

  return {
    now: () => nowMs,
    after(delayMs, run) {
      const timer = { atMs: nowMs + Math.max(delayMs, 0), run };
      timers.add(timer);
      return () => {
        timers.delete(timer);
      };
    },
    async advance(ms) {
      const untilMs = nowMs + ms;
      await settle();
      for (let timer = nextDue(untilMs); timer !== undefined; timer = nextDue(untilMs)) {
        timers.delete(timer);
        nowMs = timer.atMs;
        timer.run();
        await settle();
      }
      nowMs = untilMs;
    },
    pending: () => timers.size,
  };
}

/** Lets promises that are resolved already have their effects. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
