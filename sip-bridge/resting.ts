/**
 * Who asked with Retry-After to be left alone, and until when: devices, and next hops.
 * Spec: RFC 3261 20.33, 21.5.4. Layer: sip-bridge (helper of the wake service).
 */
import type { Clock } from "../common/clock.js";
import { createRecent } from "./recent.js";

/** Longer ones are cut to this. */
const RESTING = { entriesMax: 20_000, ageMsMax: 3_600_000 };

export interface Resting {
  leave(key: string, seconds: number): void;
  /** undefined: it may be asked. */
  untilMs(key: string): number | undefined;
}

export function createResting(clock: Clock): Resting {
  const resting = createRecent<number>(RESTING);
  return {
    leave(key, seconds) {
      const nowMs = clock.now();
      resting.set(key, nowMs + Math.min(seconds * 1_000, RESTING.ageMsMax), nowMs);
    },
    untilMs(key) {
      const untilMs = resting.get(key, clock.now());
      return untilMs !== undefined && untilMs > clock.now() ? untilMs : undefined;
    },
  };
}
