/**
 * The times from which all transaction timers derive.
 * Spec: RFC 3261 17.1.1.1 and table 4. Layer: transactions, pure.
 */

export interface TransactionTimers {
  /** T1: estimate of the round trip. Timers F and J are 64 times this. */
  readonly t1Ms: number;
  /** T2: the longest pause between retransmissions of a non-INVITE request. */
  readonly t2Ms: number;
  /** T4: how long a message stays in the network. */
  readonly t4Ms: number;
}

export const STANDARD_TIMERS: TransactionTimers = { t1Ms: 500, t2Ms: 4_000, t4Ms: 5_000 };
