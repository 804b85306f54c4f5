/**
 * How wakes were answered, and what became of their NOTIFYs: counted for the metrics.
 * Layer: sip-bridge.
 */
import type { WakeBridge } from "../schemas/wake-contract.js";

export interface WakeTally {
  /** By outcome of the contract, and "unreachable". */
  readonly outcomes: ReadonlyMap<string, number>;
  /** By status of the final answer, "timed-out" and "failed". A NOTIFY that several wakes share counts for each. */
  readonly results: ReadonlyMap<string, number>;
  readonly retransmissions: number;
}

/** @returns The bridge itself, counted from now on. */
export function tallyWakes<Bridge extends WakeBridge>(bridge: Bridge): { readonly bridge: Bridge; readonly tally: () => WakeTally } {
  const outcomes = new Map<string, number>();
  const results = new Map<string, number>();
  let retransmissions = 0;
  const count = (counts: Map<string, number>, what: string): void => {
    counts.set(what, (counts.get(what) ?? 0) + 1);
  };
  bridge.onWireEvent((event) => {
    if (event.kind === "retransmitted") retransmissions++;
    else if (event.kind === "answered") count(results, String(event.status));
    else if (event.kind === "timed-out" || event.kind === "failed") count(results, event.kind);
  });
  const wake: WakeBridge["wake"] = async (request) => {
    try {
      const answer = await bridge.wake(request);
      count(outcomes, answer.outcome);
      return answer;
    } catch (error) {
      count(outcomes, "unreachable");
      throw error;
    }
  };
  return { bridge: { ...bridge, wake }, tally: () => ({ outcomes, results, retransmissions }) };
}
