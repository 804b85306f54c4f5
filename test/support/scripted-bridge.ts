/**
 * A SIP bridge that answers what a test says, and tells what a test wants told. It keeps the contract of schemas/wake-contract.ts.
 * Layer: test support.
 */
import type { WakeAnswer, WakeBridge, WakeRequest, WireEvent } from "../../schemas/wake-contract.js";

export interface ScriptedBridge extends WakeBridge {
  readonly requests: WakeRequest[];
  /** What the next wakes are answered; the last one stays. */
  answer: WakeAnswer | Error;
  /** Until then no wake is answered. */
  busyUntil: Promise<void> | undefined;
  /** It was away, and is back. */
  back(): void;
  tell(event: Record<string, unknown> & { readonly kind: WireEvent["kind"]; readonly deviceId: string }): void;
}

export function scriptedBridge(): ScriptedBridge {
  const listeners = new Set<(event: WireEvent) => void>();
  const backListeners = new Set<() => void>();
  const bridge: ScriptedBridge = {
    requests: [],
    answer: { outcome: "accepted", detail: "" },
    busyUntil: undefined,
    wake: async (request) => {
      bridge.requests.push(request);
      if (bridge.busyUntil !== undefined) await bridge.busyUntil;
      if (bridge.answer instanceof Error) throw bridge.answer;
      return bridge.answer;
    },
    onWireEvent: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onBack: (listener) => {
      backListeners.add(listener);
      return () => backListeners.delete(listener);
    },
    back: () => {
      for (const listener of backListeners) listener();
    },
    close: async () => undefined,
    tell: (event) => {
      const wakeId = bridge.requests.at(-1)?.wakeId ?? "none";
      for (const listener of listeners) listener({ wakeId, atMs: 0, ...event } as WireEvent);
    },
  };
  return bridge;
}
