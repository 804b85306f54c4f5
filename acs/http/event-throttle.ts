/**
 * Keeps strangers from filling the event store: at most one event per key in a window, and so many in all.
 * Layer: http, pure but for its own table.
 */
export interface ThrottleLimits {
  readonly windowMs: number;
  /** Keys remembered at once; beyond it the oldest are forgotten. */
  readonly keysMax: number;
  /** Events let through in one window whatever their keys. */
  readonly perWindowMax: number;
}

export class EventThrottle {
  readonly #limits: ThrottleLimits;
  /** Key to when it was let through, oldest first. */
  readonly #seen = new Map<string, number>();
  #windowStartMs = 0;
  #inWindow = 0;

  constructor(limits: ThrottleLimits) {
    this.#limits = limits;
  }

  /** True when the event may be stored; it is counted then. */
  allows(key: string, nowMs: number): boolean {
    const { windowMs, keysMax, perWindowMax } = this.#limits;
    if (nowMs - this.#windowStartMs >= windowMs) {
      this.#windowStartMs = nowMs;
      this.#inWindow = 0;
    }
    const last = this.#seen.get(key);
    if (this.#inWindow >= perWindowMax || (last !== undefined && nowMs - last < windowMs)) return false;
    this.#seen.delete(key);
    this.#seen.set(key, nowMs);
    this.#inWindow++;
    for (const oldest of this.#seen.keys()) {
      if (this.#seen.size <= keysMax) break;
      this.#seen.delete(oldest);
    }
    return true;
  }
}
