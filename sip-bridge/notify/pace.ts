/**
 * How fast NOTIFYs may leave: a token bucket.
 * Spec: sip.md 1.8 (mass wake-up). Layer: notify, pure.
 */
export interface Pace {
  readonly perSecond: number;
  /** What the bucket holds: sends that may leave one right after the other. */
  readonly burst: number;
  /** Sends that may leave now; fractions grow into whole ones. */
  readonly tokens: number;
  readonly atMs: number;
}

/** @param burst Default: one second's worth. */
export const fullPace = (perSecond: number, nowMs: number, burst = Math.max(1, perSecond)): Pace => ({
  perSecond,
  burst,
  tokens: burst,
  atMs: nowMs,
});

/** @returns `waitMs` 0: one may leave, and is taken off. Else ask again after that time. A clock that goes back adds nothing. */
export function takeTurn(pace: Pace, nowMs: number): { readonly pace: Pace; readonly waitMs: number } {
  const waitMs = waitOf(pace, nowMs);
  const tokens = tokensAt(pace, nowMs);
  return { pace: { ...pace, tokens: waitMs === 0 ? tokens - 1 : tokens, atMs: nowMs }, waitMs };
}

/** Milliseconds until the next one may leave; nothing is taken off. */
export function waitOf(pace: Pace, nowMs: number): number {
  const tokens = tokensAt(pace, nowMs);
  return tokens >= 1 ? 0 : Math.ceil(((1 - tokens) * 1_000) / pace.perSecond);
}

function tokensAt({ perSecond, burst, tokens, atMs }: Pace, nowMs: number): number {
  return Math.min(burst, tokens + (Math.max(0, nowMs - atMs) * perSecond) / 1_000);
}
