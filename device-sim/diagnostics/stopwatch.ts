/**
 * Time of day in microseconds, as TR-143 wants it, on the device's own clock.
 * Spec: TR-143 4.3 ("MUST be specified to microsecond precision"). Layer: device-sim.
 */
import type { Clock } from "../../common/clock.js";

export interface Stopwatch {
  /** Microseconds since it was started. */
  us(): number;
  /** "2008-04-09T15:01:05.123456Z". @param us Since it was started; undefined: it did not happen. */
  timeAt(us: number | undefined): string;
}

const NEVER = "0001-01-01T00:00:00Z";

export function startStopwatch(clock: Clock): Stopwatch {
  const [startedAtMs, start] = [clock.now(), performance.now()];
  return {
    us: () => Math.round((performance.now() - start) * 1_000),
    timeAt: (us) => {
      if (us === undefined) return NEVER;
      const [ms, rest] = [Math.floor(us / 1_000), us % 1_000];
      return new Date(startedAtMs + ms).toISOString().replace("Z", `${String(rest).padStart(3, "0")}Z`);
    },
  };
}
