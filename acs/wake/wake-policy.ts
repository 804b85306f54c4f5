/**
 * When to try again, and what a wire event means for a wake. Only the call-in proves a wake (DESIGN 4).
 * Spec: sip.md 1.5. Layer: wake, pure.
 */
import type { WireEvent } from "../../schemas/wake-contract.js";
import type { WakeRecord } from "../devices/device.js";

const MINUTE_MS = 60_000;
const BACK_OFF_MS = [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, 60 * MINUTE_MS] as const;
const JITTER_SHARE = 0.2;

/** @param attempts Tries so far, at least 1. @param random 0 ≤ random < 1. */
export function backOffMs(attempts: number, random: number): number {
  const base = BACK_OFF_MS[Math.min(attempts, BACK_OFF_MS.length) - 1] ?? MINUTE_MS;
  return Math.round(base * (1 + JITTER_SHARE * random));
}

export type WireMeaning =
  /** Keep waiting for the call-in. */
  | { readonly next: "wait" }
  /** The gateway took it: it should call in soon. */
  | { readonly next: "expect-inform"; readonly reason: string }
  /** This try is over; the next comes after the back-off. */
  | { readonly next: "try-later"; readonly reason: string }
  /** The target is there now. */
  | { readonly next: "try-now" };

export function meaningOf(event: WireEvent): WireMeaning {
  switch (event.kind) {
    case "sent":
    case "retransmitted":
    case "challenged":
    case "event-refused":
    case "rerouted":
      return { next: "wait" };
    case "answered":
      if (event.status < 300)
        return { next: "expect-inform", reason: `NOTIFY answered ${event.status}: waiting for the device to call in` };
      return { next: "try-later", reason: `NOTIFY answered ${event.status} ${event.reason}`.trimEnd() };
    case "timed-out":
      return { next: "try-later", reason: "NOTIFY unanswered" };
    case "failed":
      return { next: "try-later", reason: `NOTIFY failed: ${event.detail}` };
    case "registered":
      return { next: "try-now" };
  }
}

/** The record after a try that led to nothing. */
export function waiting(record: WakeRecord, reason: string, nextTryAtMs: number | null): WakeRecord {
  return { state: "waiting", attempts: record.attempts, reason, nextTryAtMs };
}
