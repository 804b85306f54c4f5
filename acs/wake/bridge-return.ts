/**
 * Devices that could not be asked over SIP because the bridge was away: when it is back they are asked, some at a time, without waiting for
 * the end of their back-off. A device that waits for another reason is left alone.
 * Spec: DESIGN 4. Layer: wake, shell.
 */
import type { Clock } from "../../common/clock.js";

export const BRIDGE_RETURN_LIMITS = {
  /** Those beyond wait for the end of their back-off. */
  devicesMax: 100_000,
  /** As many as the bridge itself sends in a second by default (WAKE_PER_SECOND). */
  devicesPerSecondMax: 50,
} as const;

const SECOND_MS = 1_000;

export interface BridgeReturn {
  /** To be kept with a device that missed the bridge now. */
  mark(): number;
  /** A round of this device is over, and it missed the bridge at `mark`. If the bridge has come back since, the device's turn comes soon. */
  missed(deviceId: string, mark: number): void;
  /** It has called in, or is being asked again. */
  forget(deviceId: string): void;
  back(): void;
  close(): void;
}

export interface BridgeReturnOptions {
  readonly clock: Clock;
  /** 0 to 1: the first turn comes within a second, so that several ACSs don't come at once. */
  readonly random: () => number;
  readonly resume: (deviceId: string) => void;
  readonly limits?: Partial<Record<keyof typeof BRIDGE_RETURN_LIMITS, number>>;
}

export function createBridgeReturn({ clock, random, resume, ...options }: BridgeReturnOptions): BridgeReturn {
  const limits = { ...BRIDGE_RETURN_LIMITS, ...options.limits };
  let returns = 0;
  let cancel: (() => void) | undefined;
  const waiting = new Set<string>();
  const turns = new Set<string>();

  function takeTurns(): void {
    cancel = undefined;
    const now = [...turns].slice(0, limits.devicesPerSecondMax);
    for (const deviceId of now) turns.delete(deviceId);
    for (const deviceId of now) resume(deviceId);
    if (turns.size > 0) cancel = clock.after(SECOND_MS, takeTurns);
  }

  function schedule(): void {
    if (turns.size > 0) cancel ??= clock.after(SECOND_MS * random(), takeTurns);
  }

  return {
    mark: () => returns,
    missed(deviceId, mark) {
      if (waiting.size + turns.size >= limits.devicesMax) return;
      (mark < returns ? turns : waiting).add(deviceId);
      schedule();
    },
    forget(deviceId) {
      waiting.delete(deviceId);
      turns.delete(deviceId);
    },
    back() {
      returns++;
      for (const deviceId of waiting) turns.add(deviceId);
      waiting.clear();
      schedule();
    },
    close() {
      cancel?.();
      waiting.clear();
      turns.clear();
    },
  };
}
