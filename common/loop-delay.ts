/**
 * How late the event loop is: the first thing that shows when a process has more to do than it can.
 * Layer: common.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";

const RESOLUTION_MS = 20;
const NS_PER_MS = 1e6;

export interface LoopDelay {
  /** Beyond the measuring interval, since the last call. Zeros at the first look. */
  take(): { readonly maxMs: number; readonly meanMs: number };
  close(): void;
}

export function openLoopDelay(): LoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  const beyond = (ns: number): number => (Number.isFinite(ns) ? Math.max(0, ns / NS_PER_MS - RESOLUTION_MS) : 0);
  return {
    take() {
      const { max, mean, count } = histogram;
      const taken = count === 0 ? { maxMs: 0, meanMs: 0 } : { maxMs: beyond(max), meanMs: beyond(mean) };
      histogram.reset();
      return taken;
    },
    close: () => {
      histogram.disable();
    },
  };
}
