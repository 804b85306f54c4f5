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

/** Wakes a device that is not there, and waits until the bridge tells that it has registered; `untilRegistered` first, then let it register. */
export async function untilRegistered(bridge: WakeBridge, addressOfRecord: string): Promise<void> {
  const registered = new Promise<void>((resolve) => {
    const stop = bridge.onWireEvent(({ kind, deviceId }) => {
      if (kind !== "registered" || deviceId !== addressOfRecord) return;
      stop();
      resolve();
    });
  });
  const target = { by: "address-of-record", addressOfRecord } as const;
  const { outcome } = await bridge.wake({ wakeId: `early ${addressOfRecord}`, deviceId: addressOfRecord, target, event: "resync" });
  if (outcome !== "not-registered") throw new Error(`${addressOfRecord} should not be registered yet: ${outcome}`);
  await registered;
}
