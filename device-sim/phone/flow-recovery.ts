/**
 * How long a phone waits before it opens another flow, after its only one has failed.
 * Spec: RFC 5626 4.5. Layer: phone, pure.
 */

/** "base-time (if all failed)" and "max-time", in seconds; "configurable", and these are the defaults. */
const BASE_S = 30;
const MAX_S = 1_800;

/**
 * "The upper-bound wait time is min(max-time, base-time * 2^consecutive-failures)… a uniform random time between 50 and 100 % of it."
 * @param consecutiveFailures Since a registration succeeded: 0 for a flow that served and broke.
 * @param random 0 (inclusive) to 1 (exclusive).
 */
export function recoveryDelayMs(consecutiveFailures: number, random: number): number {
  const upperBoundS = Math.min(MAX_S, BASE_S * 2 ** Math.min(consecutiveFailures, 10));
  return Math.round(upperBoundS * (0.5 + 0.5 * random) * 1_000);
}
