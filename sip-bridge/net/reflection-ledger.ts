/**
 * A datagram may lie about where it comes from. So nobody who has not proved to be there is sent more octets than came in his name,
 * but for a small allowance that lets a short first REGISTER have its challenge: whoever aims us at a victim gains nothing by it.
 * Spec: sip.md 11 (reflection); the idea is RFC 9000 8.1. Layer: net. Time is passed in; memory is bounded.
 */

export interface ReflectionLimits {
  /** Octets for an address above what came from it, at once and each second. */
  readonly allowanceBytes: number;
  readonly allowanceBytesPerSecond: number;
  /** Addresses remembered; beyond it the one seen first is forgotten, and starts with its allowance. */
  readonly strangersMax: number;
  readonly provenMax: number;
  /** How long an address stays proven after it proved itself last. */
  readonly provenMs: number;
}

export const REFLECTION_LIMITS: ReflectionLimits = {
  ...{ allowanceBytes: 2_000, allowanceBytesPerSecond: 50, strangersMax: 20_000, provenMax: 100_000, provenMs: 2 * 3_600_000 },
};

export interface ReflectionLedger {
  received(address: string, bytes: number, nowMs: number): void;
  /** Whether an answer of so many octets may go there. Counts it if so. */
  mayAnswer(address: string, bytes: number, nowMs: number): boolean;
  /** Somebody there answered a challenge of ours, which he can't have guessed. */
  prove(address: string, nowMs: number): void;
  isProven(address: string, nowMs: number): boolean;
  /** Answers that were not given. */
  readonly withheld: number;
}

interface Account {
  credit: number;
  atMs: number;
}

export function createReflectionLedger(limits: ReflectionLimits = REFLECTION_LIMITS): ReflectionLedger {
  const { allowanceBytes, allowanceBytesPerSecond, strangersMax, provenMax, provenMs } = limits;
  const strangers = new Map<string, Account>();
  const proven = new Map<string, number>();
  let withheld = 0;

  const isProven = (address: string, nowMs: number): boolean => nowMs - (proven.get(address) ?? Number.NEGATIVE_INFINITY) <= provenMs;

  function accountOf(address: string, nowMs: number): Account {
    const known = strangers.get(address);
    if (known === undefined) {
      const fresh = { credit: allowanceBytes, atMs: nowMs };
      strangers.set(address, fresh);
      forgetBeyond(strangers, strangersMax);
      return fresh;
    }
    // What was saved up beyond the allowance stays; time alone never lifts it above.
    const gained = (Math.max(nowMs - known.atMs, 0) / 1_000) * allowanceBytesPerSecond;
    known.credit = Math.max(known.credit, Math.min(allowanceBytes, known.credit + gained));
    known.atMs = nowMs;
    return known;
  }

  return {
    received(address, bytes, nowMs) {
      if (!isProven(address, nowMs)) accountOf(address, nowMs).credit += bytes;
    },
    mayAnswer(address, bytes, nowMs) {
      if (isProven(address, nowMs)) return true;
      const account = accountOf(address, nowMs);
      if (account.credit < bytes) {
        withheld++;
        return false;
      }
      account.credit -= bytes;
      return true;
    },
    prove(address, nowMs) {
      strangers.delete(address);
      proven.delete(address);
      proven.set(address, nowMs);
      forgetBeyond(proven, provenMax);
    },
    isProven,
    get withheld() {
      return withheld;
    },
  };
}

function forgetBeyond(map: Map<string, unknown>, entriesMax: number): void {
  const oldest = map.keys().next();
  if (map.size > entriesMax && !oldest.done) map.delete(oldest.value);
}
