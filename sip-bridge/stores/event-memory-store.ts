/**
 * Which event a device took after it had refused another, so that the next wake begins with it. Adapters: sqlite/.
 * Contract: test/contracts/event-memory-store.contract.ts.
 * Spec: sip.md 1.5 (489: "try next event of the model's list, remember winner"). Layer: stores (interface).
 */
export interface EventMemoryStore {
  /** Of the first key that has one. @param keys A device's before its model's. */
  recall(keys: readonly string[]): Promise<string | undefined>;
  /** On disk when the promise is fulfilled. What was not used for more than 400 days goes, little by little. */
  remember(keys: readonly string[], event: string, nowMs: number): Promise<void>;
}
