/**
 * A token bucket per source address, for datagrams: bounded memory, whoever comes.
 * Layer: wake, pure.
 */
export interface RateLimits {
  readonly perSecond: number;
  /** Tokens of a full bucket. */
  readonly burst: number;
  /** Sources remembered; beyond it the one unheard of for longest is forgotten, its bucket counts as full. */
  readonly sourcesMax: number;
}

/** @returns Takes a token of the source: false when there is none. */
export function createRateLimit({ perSecond, burst, sourcesMax }: RateLimits): (source: string, nowMs: number) => boolean {
  /** In order of last use. */
  const buckets = new Map<string, { readonly tokens: number; readonly atMs: number }>();
  return (source, nowMs) => {
    const known = buckets.get(source) ?? { tokens: burst, atMs: nowMs };
    const tokens = Math.min(burst, known.tokens + (Math.max(0, nowMs - known.atMs) / 1_000) * perSecond);
    const isAllowed = tokens >= 1;
    buckets.delete(source);
    buckets.set(source, { tokens: isAllowed ? tokens - 1 : tokens, atMs: nowMs });
    const [oldest] = buckets.keys();
    if (buckets.size > sourcesMax && oldest !== undefined) buckets.delete(oldest);
    return isAllowed;
  };
}
