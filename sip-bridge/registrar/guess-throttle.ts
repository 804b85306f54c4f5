/**
 * Slows down who guesses passwords: per source and user together, so that nobody can lock a user out from elsewhere.
 * The names of users that do not exist are slowed down all the same.
 * Spec: sip.md 3.1 (lock-out), 11 (password guessing). Layer: registrar, pure (time is passed in).
 */

export const GUESS_LIMITS = {
  /** Wrong answers in a row that cost nothing. */
  freeFailures: 5,
  /** After the next one; doubles with each. */
  firstBlockMs: 1_000,
  blockMsMax: 300_000,
  /** Guessers remembered; beyond it the one seen first is forgotten. */
  guessersMax: 20_000,
} as const;

export interface GuessThrottle {
  /** @param guesser Source address and user name. */
  isBlocked(guesser: string, nowMs: number): boolean;
  failed(guesser: string, nowMs: number): void;
  succeeded(guesser: string): void;
}

export function createGuessThrottle(limits: { readonly [Name in keyof typeof GUESS_LIMITS]: number } = GUESS_LIMITS): GuessThrottle {
  const guessers = new Map<string, { readonly failures: number; readonly blockedUntilMs: number }>();
  return {
    isBlocked: (guesser, nowMs) => (guessers.get(guesser)?.blockedUntilMs ?? 0) > nowMs,
    failed(guesser, nowMs) {
      const failures = (guessers.get(guesser)?.failures ?? 0) + 1;
      const paid = failures - limits.freeFailures;
      const blockMs = paid <= 0 ? 0 : Math.min(limits.firstBlockMs * 2 ** Math.min(paid - 1, 30), limits.blockMsMax);
      guessers.delete(guesser);
      guessers.set(guesser, { failures, blockedUntilMs: nowMs + blockMs });
      const oldest = guessers.keys().next();
      if (guessers.size > limits.guessersMax && !oldest.done) guessers.delete(oldest.value);
    },
    succeeded: (guesser) => {
      guessers.delete(guesser);
    },
  };
}
