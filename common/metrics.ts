/**
 * Figures for Prometheus: what the program counts anyway is read when somebody asks, so that counting costs nothing more.
 * Names follow Prometheus' conventions: a prefix, base units, `_total` for what only grows. Layer: common.
 */
import { Counter, Gauge, Registry } from "prom-client";

export interface MetricSample {
  /** By label name. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Metric {
  /** Lower case with underscores, e.g. "reveille_sip_bindings". */
  readonly name: string;
  readonly help: string;
  /** "counter": only grows while the program runs. */
  readonly type: "counter" | "gauge";
  readonly labelNames?: readonly string[];
  /** Called at each scrape. Values of labels must be few: each makes a time series. */
  readonly read: () => readonly MetricSample[] | Promise<readonly MetricSample[]>;
}

export interface Metrics {
  /** Of the text that `show` gives. */
  readonly contentType: string;
  /** All metrics in the text format 0.0.4. Rejects when a reader does. */
  show(): Promise<string>;
}

/** A registry of its own: two programs in one process don't meet in it. */
export function openMetrics(metrics: readonly Metric[]): Metrics {
  const registry = new Registry();
  for (const { name, help, type, labelNames = [], read } of metrics) {
    const shared = { name, help, labelNames: [...labelNames], registers: [registry] };
    if (type === "gauge") {
      const gauge: Gauge = new Gauge({
        ...shared,
        collect: async () => fill(gauge, await read(), (labels, value) => gauge.set(labels, value)),
      });
    } else {
      const counter: Counter = new Counter({
        ...shared,
        collect: async () => fill(counter, await read(), (labels, value) => counter.inc(labels, value)),
      });
    }
  }
  return { contentType: registry.contentType, show: () => registry.metrics() };
}

function fill(
  metric: { reset(): void },
  samples: readonly MetricSample[],
  put: (labels: Record<string, string>, value: number) => void,
): void {
  metric.reset();
  for (const { labels = {}, value } of samples) put({ ...labels }, value);
}

/** One sample without labels. */
export const one = (value: number): readonly MetricSample[] => [{ value }];
