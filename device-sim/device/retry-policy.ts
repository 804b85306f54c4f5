/**
 * How long a device waits before it tries a failed session again.
 * Spec: TR-069 3.2.1.1, table 3. Layer: device, pure.
 */

export interface RetryPolicy {
  /** ManagementServer.CWMPRetryMinimumWaitInterval, seconds. */
  readonly minimumWaitS: number;
  /** ManagementServer.CWMPRetryIntervalMultiplier, in thousandths. */
  readonly multiplier: number;
}

/** The range grows no more from the tenth retry on. */
const GROWING_RETRIES = 10;

/**
 * @param failures Sessions that failed since the last success, 1 or more.
 * @param random 0 (inclusive) to 1 (exclusive).
 * @returns Milliseconds.
 */
export function retryDelayMs({ minimumWaitS, multiplier }: RetryPolicy, failures: number, random: number): number {
  const steps = Math.min(Math.max(failures, 1), GROWING_RETRIES);
  const shortest = minimumWaitS * (multiplier / 1_000) ** (steps - 1);
  const longest = minimumWaitS * (multiplier / 1_000) ** steps;
  return Math.round((shortest + random * (longest - shortest)) * 1_000);
}
