/**
 * Whether a program can do its work: its store takes writes, its sockets are open, its event loop is on time.
 * Whoever asks need not be known, so the answer names checks and no reasons, and asking often costs nothing.
 * Layer: common.
 */
import type { Clock } from "./clock.js";

export const HEALTH_LIMITS = {
  /** An answer is given again for so long. */
  keptMs: 5_000,
  /** A write that takes longer has failed. */
  storeMs: 2_000,
  /** An event loop that is later than this is not on time. */
  loopDelayMs: 1_000,
} as const;

export interface HealthReport {
  readonly status: "ready" | "degraded";
  readonly checks: { readonly store: "ok" | "failing"; readonly sockets: "ok" | "closed"; readonly eventLoop: "ok" | "late" };
}

export interface HealthOptions {
  /** Writes something, and waits until it is on disk. */
  readonly probeStore: () => Promise<unknown>;
  readonly areSocketsOpen: () => boolean;
  /** How late the event loop was at worst since the last call, ms. */
  readonly loopDelayMs: () => number;
  readonly clock: Clock;
}

export type Health = () => Promise<HealthReport>;

export function createHealth({ probeStore, areSocketsOpen, loopDelayMs, clock }: HealthOptions): Health {
  let kept: { readonly report: Promise<HealthReport>; readonly atMs: number } | undefined;

  async function look(): Promise<HealthReport> {
    const checks = {
      store: (await isWritable()) ? "ok" : "failing",
      sockets: areSocketsOpen() ? "ok" : "closed",
      eventLoop: loopDelayMs() <= HEALTH_LIMITS.loopDelayMs ? "ok" : "late",
    } as const;
    return { status: Object.values(checks).every((check) => check === "ok") ? "ready" : "degraded", checks };
  }

  function isWritable(): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel = clock.after(HEALTH_LIMITS.storeMs, () => resolve(false));
      probeStore()
        .then(() => resolve(true))
        .catch(() => resolve(false)) // the reason is in the log of whoever really wrote
        .finally(cancel);
    });
  }

  return () => {
    const nowMs = clock.now();
    if (kept === undefined || nowMs - kept.atMs >= HEALTH_LIMITS.keptMs) kept = { report: look(), atMs: nowMs };
    return kept.report;
  };
}
