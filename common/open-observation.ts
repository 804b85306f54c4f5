/**
 * What a program shows of itself to monitors: metrics and health, with a measurement of its event loop for each.
 * Layer: common.
 */
import type { Clock } from "./clock.js";
import { createHealth, type Health, type HealthOptions } from "./health.js";
import { openLoopDelay } from "./loop-delay.js";
import { type Metric, type Metrics, openMetrics } from "./metrics.js";
import { processMetrics } from "./process-metrics.js";

export interface Observation {
  readonly metrics: Metrics;
  readonly health: Health;
  close(): void;
}

export interface ObservationOptions extends Pick<HealthOptions, "probeStore" | "areSocketsOpen"> {
  readonly metrics: readonly Metric[];
  readonly clock: Clock;
}

export function openObservation({ metrics, probeStore, areSocketsOpen, clock }: ObservationOptions): Observation {
  // Each look begins a new measurement, so the two must not share one.
  const [scraped, judged] = [openLoopDelay(), openLoopDelay()];
  const ofProcess = processMetrics({
    cpuUsage: () => process.cpuUsage(),
    memoryUsage: () => process.memoryUsage(),
    uptimeS: () => process.uptime(),
    loopDelay: scraped.take,
  });
  return {
    metrics: openMetrics([...metrics, ...ofProcess]),
    health: createHealth({ probeStore, areSocketsOpen, clock, loopDelayMs: () => judged.take().maxMs }),
    close() {
      scraped.close();
      judged.close();
    },
  };
}
