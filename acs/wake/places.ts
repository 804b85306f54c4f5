/**
 * So many at a time: who comes beyond that waits until one of them has left, in the order of coming.
 * Layer: wake.
 */
import { BridgeUnreachable } from "../../schemas/wake-contract.js";

export interface Places {
  /** Fulfilled when it is the caller's turn; `leave` must follow. @throws {BridgeUnreachable} Too many wait; the signal's reason when it fires before. */
  take(signal: AbortSignal): Promise<void>;
  leave(): void;
}

export function createPlaces(atOnceMax: number, waitingMax: number): Places {
  const waiting = new Set<() => void>();
  let atOnce = 0;
  return {
    async take(signal) {
      signal.throwIfAborted();
      if (atOnce < atOnceMax) {
        atOnce++;
        return;
      }
      if (waiting.size >= waitingMax) throw new BridgeUnreachable(`${waiting.size} wakes wait for the bridge already`);
      await new Promise<void>((resolve, reject) => {
        const begin = (): void => {
          signal.removeEventListener("abort", giveUp);
          resolve();
        };
        const giveUp = (): void => {
          waiting.delete(begin);
          reject(signal.reason);
        };
        waiting.add(begin);
        signal.addEventListener("abort", giveUp, { once: true });
      });
    },
    leave() {
      const [next] = waiting;
      if (next === undefined) {
        atOnce--;
        return;
      }
      waiting.delete(next); // its place goes to the next one
      next();
    },
  };
}
