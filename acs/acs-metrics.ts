/**
 * The ACS's figures for Prometheus.
 * Layer: acs.
 */
import { type Metric, type MetricSample, one } from "../common/metrics.js";
import type { EventTally } from "./event-tally.js";
import type { AdmissionCounters } from "./http/admission.js";

export interface AcsFacts {
  readonly openSessions: () => number;
  readonly admission: () => AdmissionCounters;
  readonly store: () => { readonly queued: number; readonly commits: number; readonly operations: number; readonly failures: number };
  readonly tally: EventTally;
}

const samplesOf = (counts: ReadonlyMap<string, number>, label: string): readonly MetricSample[] =>
  [...counts].map(([name, value]) => ({ labels: { [label]: name }, value }));

const nestedSamples = (counts: ReadonlyMap<string, ReadonlyMap<string, number>>, outer: string, label: string): readonly MetricSample[] =>
  [...counts].flatMap(([name, ends]) => [...ends].map(([end, value]) => ({ labels: { [outer]: name, [label]: end }, value })));

export function acsMetrics(facts: AcsFacts): readonly Metric[] {
  return [...sessionMetrics(facts), ...storeMetrics(facts), ...eventMetrics(facts)];
}

function sessionMetrics({ openSessions, admission }: AcsFacts): readonly Metric[] {
  return [
    { name: "reveille_cwmp_sessions", help: "Sessions that are open", type: "gauge", read: () => one(openSessions()) },
    {
      ...{ name: "reveille_cwmp_sessions_admitted_total", help: "Sessions that were let begin", type: "counter" },
      read: () => one(admission().admitted),
    },
    {
      ...{ name: "reveille_cwmp_refusals_total", help: "Requests and sessions told to come later", type: "counter", labelNames: ["why"] },
      read: () => Object.entries(admission().refused).map(([why, value]) => ({ labels: { why }, value })),
    },
    { name: "reveille_cwmp_bodies", help: "Requests in work", type: "gauge", read: () => one(admission().bodies) },
    { name: "reveille_cwmp_body_bytes", help: "Octets of requests in work", type: "gauge", read: () => one(admission().bodyBytes) },
  ];
}

function storeMetrics({ store }: AcsFacts): readonly Metric[] {
  return [
    { name: "reveille_store_queue", help: "Writes that wait or are under way", type: "gauge", read: () => one(store().queued) },
    { name: "reveille_store_commits_total", help: "Commits, each of many operations", type: "counter", read: () => one(store().commits) },
    { name: "reveille_store_operations_total", help: "Operations on disk", type: "counter", read: () => one(store().operations) },
    { name: "reveille_store_failures_total", help: "Operations that failed", type: "counter", read: () => one(store().failures) },
  ];
}

function eventMetrics({ tally }: AcsFacts): readonly Metric[] {
  return [
    {
      ...{ name: "reveille_cwmp_informs_total", help: "Event codes of Informs", type: "counter", labelNames: ["event"] },
      read: () => samplesOf(tally.informs, "event"),
    },
    {
      ...{ name: "reveille_tasks_ended_total", help: "Tasks by how they ended", type: "counter", labelNames: ["kind", "outcome"] },
      read: () => nestedSamples(tally.tasks, "kind", "outcome"),
    },
    {
      ...{
        name: "reveille_wakes_total",
        help: "Askings of each rung, by what they came to",
        type: "counter",
        labelNames: ["rung", "outcome"],
      },
      read: () => nestedSamples(tally.wakes, "rung", "outcome"),
    },
    {
      ...{
        name: "reveille_diagnoses_ended_total",
        help: "Diagnoses by test and what came of them",
        type: "counter",
        labelNames: ["test", "outcome"],
      },
      read: () => nestedSamples(tally.diagnoses, "test", "outcome"),
    },
    {
      ...{ name: "reveille_events_total", help: "Events of the timeline", type: "counter", labelNames: ["kind"] },
      read: () => samplesOf(tally.events, "kind"),
    },
  ];
}
