/**
 * What the process itself costs, under the names that Prometheus' client libraries share.
 * Layer: common.
 */
import { type Metric, one } from "./metrics.js";

export interface ProcessFacts {
  readonly cpuUsage: () => { readonly user: number; readonly system: number };
  readonly memoryUsage: () => { readonly rss: number; readonly heapUsed: number };
  readonly uptimeS: () => number;
  /** Of the event loop, since it was asked last. */
  readonly loopDelay: () => { readonly maxMs: number; readonly meanMs: number };
}

export function processMetrics({ cpuUsage, memoryUsage, uptimeS, loopDelay }: ProcessFacts): readonly Metric[] {
  return [
    {
      ...{ name: "process_cpu_seconds_total", help: "CPU time of all threads", type: "counter" },
      read: () => {
        const { user, system } = cpuUsage();
        return one((user + system) / 1e6);
      },
    },
    { name: "process_resident_memory_bytes", help: "Memory in use", type: "gauge", read: () => one(memoryUsage().rss) },
    { name: "process_uptime_seconds", help: "Since the start", type: "gauge", read: () => one(uptimeS()) },
    { name: "nodejs_heap_size_used_bytes", help: "JavaScript heap in use", type: "gauge", read: () => one(memoryUsage().heapUsed) },
    {
      ...{ name: "nodejs_eventloop_delay_seconds", help: "How late timers fire, since the last scrape", type: "gauge" },
      labelNames: ["of"],
      read: () => {
        const { maxMs, meanMs } = loopDelay();
        return [
          { labels: { of: "max" }, value: maxMs / 1_000 },
          { labels: { of: "mean" }, value: meanMs / 1_000 },
        ];
      },
    },
  ];
}
