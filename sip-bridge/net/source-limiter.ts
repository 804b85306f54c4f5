/**
 * Token buckets per source address, and one over all of them: how often something may be done for strangers.
 * Memory is bounded; sources that nobody remembers start with a full bucket, and the common bucket bounds what they get together.
 * Layer: net. Time is passed in.
 */

export interface SourceLimiterOptions {
  /** For one source: how much at once, and how much each second. */
  readonly burst: number;
  readonly perSecond: number;
  /** For all sources together. */
  readonly totalBurst: number;
  readonly totalPerSecond: number;
  /** Sources remembered; beyond it the one seen first is forgotten. */
  readonly sourcesMax: number;
}

export interface SourceLimiter {
  /** Takes one token of the source and one of all; false if either has none left. */
  take(source: string, nowMs: number): boolean;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

export function createSourceLimiter({ burst, perSecond, totalBurst, totalPerSecond, sourcesMax }: SourceLimiterOptions): SourceLimiter {
  const buckets = new Map<string, Bucket>();
  const total: Bucket = { tokens: totalBurst, atMs: 0 };

  function bucketOf(source: string, nowMs: number): Bucket {
    const known = buckets.get(source);
    if (known !== undefined) return known;
    for (const oldest of buckets.keys()) {
      if (buckets.size < sourcesMax) break;
      buckets.delete(oldest);
    }
    const fresh = { tokens: burst, atMs: nowMs };
    buckets.set(source, fresh);
    return fresh;
  }

  return {
    take(source, nowMs) {
      const bucket = bucketOf(source, nowMs);
      refill(bucket, perSecond, burst, nowMs);
      refill(total, totalPerSecond, totalBurst, nowMs);
      if (bucket.tokens < 1 || total.tokens < 1) return false;
      bucket.tokens--;
      total.tokens--;
      return true;
    },
  };
}

function refill(bucket: Bucket, perSecond: number, burst: number, nowMs: number): void {
  const gained = (Math.max(nowMs - bucket.atMs, 0) / 1_000) * perSecond;
  bucket.tokens = Math.min(burst, bucket.tokens + gained);
  bucket.atMs = nowMs;
}
