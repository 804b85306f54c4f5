/**
 * Cryptographically random octets in small portions, taken from the system in large ones: a call costs 3 µs otherwise.
 * Layer: common.
 */
import { randomBytes } from "node:crypto";

const POOL_BYTES = 8_192;

/** No octet is given out twice: a used-up pool is left to those who hold parts of it, and a new one is made. */
export function createRandomPool(): (count: number) => Uint8Array {
  let pool = randomBytes(POOL_BYTES);
  let used = 0;
  return (count) => {
    if (count > POOL_BYTES / 8) return randomBytes(count);
    if (used + count > POOL_BYTES) {
      pool = randomBytes(POOL_BYTES);
      used = 0;
    }
    used += count;
    return pool.subarray(used - count, used);
  };
}
