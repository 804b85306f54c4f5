/**
 * Waits for what a wake comes to.
 * Layer: test support.
 */
import type { WakeBridge, WireEvent } from "../../schemas/wake-contract.js";

/** All wire events from now on, up to and with the first that ends a wake. Call it before `wake`. */
export function untilEnded(bridge: WakeBridge): Promise<readonly WireEvent[]> {
  const events: WireEvent[] = [];
  return new Promise((resolve) => {
    const stop = bridge.onWireEvent((event) => {
      events.push(event);
      if (event.kind !== "answered" && event.kind !== "timed-out" && event.kind !== "failed") return;
      stop();
      resolve(events);
    });
  });
}
