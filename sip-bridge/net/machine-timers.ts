/**
 * The timers of one machine, by their names.
 * Layer: net.
 */
import type { Clock } from "../../common/clock.js";

export interface MachineTimers<Name extends string> {
  start(timer: Name, delayMs: number): void;
  /** Nothing happens if it does not run. */
  stop(timer: Name): void;
  stopAll(): void;
}

export function createMachineTimers<Name extends string>(clock: Clock, onFire: (timer: Name) => void): MachineTimers<Name> {
  const cancels: Partial<Record<Name, () => void>> = {};
  return {
    start(timer, delayMs) {
      cancels[timer] = clock.after(delayMs, () => onFire(timer));
    },
    stop: (timer) => cancels[timer]?.(),
    stopAll() {
      for (const cancel of Object.values<(() => void) | undefined>(cancels)) cancel?.();
    },
  };
}
