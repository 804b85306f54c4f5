/**
 * How fast NOTIFYs may leave: a token bucket that holds one second's worth.
 * Spec: sip.md 1.8 (mass wake-up). Layer: notify, pure.
 */
export interface Pace {
  readonly perSecond: number;
  /** Sends that may leave now; fractions grow into whole ones. */
  readonly tokens: number;
  readonly atMs: number;
}

export const fullPace = (perSecond: number, nowMs: number): Pace => ({ perSecond, tokens: Math.max(1, perSecond), atMs: nowMs });

/** @returns `waitMs` 0: one may leave, and is taken off. Else ask again after that time. A clock that goes back adds nothing. */
export function takeTurn(pace: Pace, nowMs: number): { readonly pace: Pace; readonly waitMs: number } {
  const { perSecond } = pace;
  const grown = (Math.max(0, nowMs - pace.atMs) * perSecond) / 1_000;
  const tokens = Math.min(Math.max(1, perSecond), pace.tokens + grown);
  if (tokens >= 1) return { pace: { perSecond, tokens: tokens - 1, atMs: nowMs }, waitMs: 0 };
  return { pace: { perSecond, tokens, atMs: nowMs }, waitMs: Math.ceil(((1 - tokens) * 1_000) / perSecond) };
}
