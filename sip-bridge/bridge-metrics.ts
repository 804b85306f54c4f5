/**
 * The bridge's figures for Prometheus, made of the counters that it keeps anyway.
 * Layer: sip-bridge.
 */
import { type Metric, type MetricSample, one } from "../common/metrics.js";
import type { WakeTally } from "./wake-tally.js";

export interface BridgeFacts {
  /** Of `SipBridge.counters`. */
  readonly counters: () => Readonly<Record<string, number>>;
  /** Registrations that hold now. */
  readonly bindings: () => Promise<number>;
  readonly tally: () => WakeTally;
  readonly isNotifyEnabled: () => boolean;
}

const TRANSPORTS = ["udp", "tcp", "tls"] as const;
const STREAMS = ["tcp", "tls"] as const;

type Counters = Readonly<Record<string, number>>;
/** Which counter stands behind each value of a label. */
type Table = Readonly<Record<string, string>>;

const labelled =
  (counters: () => Counters, label: string, table: Table): Metric["read"] =>
  () => {
    const now = counters();
    return Object.entries(table).map(([value, name]) => ({ labels: { [label]: value }, value: now[name] ?? 0 }));
  };

const perTransport = (transports: readonly string[], counter: string): Table =>
  Object.fromEntries(transports.map((transport) => [transport, `${transport}.${counter}`]));

const samplesOf = (counts: ReadonlyMap<string, number>, label: string): readonly MetricSample[] =>
  [...counts].map(([name, value]) => ({ labels: { [label]: name }, value }));

export function bridgeMetrics(facts: BridgeFacts): readonly Metric[] {
  return [...registrarMetrics(facts), ...wireMetrics(facts), ...strangerMetrics(facts), ...wakeMetrics(facts)];
}

function registrarMetrics({ counters, bindings }: BridgeFacts): readonly Metric[] {
  return [
    {
      ...{ name: "reveille_sip_bindings", help: "Registrations that hold now", type: "gauge" },
      read: async () => one(await bindings()),
    },
    {
      ...{
        name: "reveille_sip_registrations_total",
        help: "REGISTERs by what they were answered",
        type: "counter",
        labelNames: ["answer"],
      },
      read: labelled(counters, "answer", {
        ...{ registered: "registrar.registered", challenged: "registrar.challenged", refused: "registrar.refused" },
      }),
    },
    {
      ...{ name: "reveille_sip_credentials_refused_total", help: "Proofs that did not serve", type: "counter", labelNames: ["why"] },
      read: labelled(counters, "why", { wrong: "registrar.wrongCredentials", throttled: "registrar.throttled" }),
    },
  ];
}

function wireMetrics({ counters, tally }: BridgeFacts): readonly Metric[] {
  const received = { udp: "udp.datagramsReceived", ...perTransport(STREAMS, "messagesReceived") };
  const sent = { udp: "udp.datagramsSent", ...perTransport(STREAMS, "messagesSent") };
  return [
    {
      ...{ name: "reveille_sip_transactions_total", help: "Transactions begun", type: "counter", labelNames: ["side"] },
      read: labelled(counters, "side", { client: "transactions.requestsSent", server: "transactions.requestsReceived" }),
    },
    {
      ...{ name: "reveille_sip_retransmissions_total", help: "NOTIFYs of ours sent again, and copies of peers' requests", type: "counter" },
      labelNames: ["side"],
      read: () => [
        { labels: { side: "client" }, value: tally().retransmissions },
        { labels: { side: "server" }, value: counters()["transactions.copiesAbsorbed"] ?? 0 },
      ],
    },
    {
      ...{ name: "reveille_sip_received_total", help: "Datagrams, or messages of streams", type: "counter", labelNames: ["transport"] },
      read: labelled(counters, "transport", received),
    },
    {
      ...{ name: "reveille_sip_sent_total", help: "Datagrams, or messages of streams", type: "counter", labelNames: ["transport"] },
      read: labelled(counters, "transport", sent),
    },
    {
      ...{ name: "reveille_sip_malformed_total", help: "What could not be read", type: "counter", labelNames: ["transport"] },
      read: labelled(counters, "transport", perTransport(TRANSPORTS, "malformed")),
    },
    {
      ...{ name: "reveille_sip_send_errors_total", help: "What could not be sent", type: "counter", labelNames: ["transport"] },
      read: labelled(counters, "transport", perTransport(TRANSPORTS, "sendErrors")),
    },
    {
      ...{ name: "reveille_sip_connections", help: "Open connections", type: "gauge", labelNames: ["transport"] },
      read: labelled(counters, "transport", perTransport(STREAMS, "open")),
    },
    {
      ...{ name: "reveille_sip_connections_refused_total", help: "Beyond a limit", type: "counter", labelNames: ["transport"] },
      read: labelled(counters, "transport", perTransport(STREAMS, "connectionsRefused")),
    },
  ];
}

function strangerMetrics({ counters }: BridgeFacts): readonly Metric[] {
  return [
    {
      ...{ name: "reveille_sip_ignored_total", help: "Requests without an answer", type: "counter", labelNames: ["why"] },
      read: labelled(counters, "why", {
        ...{ scanner: "scannersIgnored", flood: "throttled", banned: "bannedIgnored", reflection: "answersWithheld" },
      }),
    },
    {
      ...{ name: "reveille_sip_foreign_domain_requests_total", help: "Requests for domains that are not ours", type: "counter" },
      read: () => one(counters()["foreignDomains"] ?? 0),
    },
    {
      ...{ name: "reveille_sip_overload_refusals_total", help: "Requests answered 503: too many at once", type: "counter" },
      read: () => one(counters()["transactions.overloads"] ?? 0),
    },
    {
      ...{ name: "reveille_sip_bans_total", help: "Sources that were banned", type: "counter" },
      read: () => one(counters()["bans"] ?? 0),
    },
  ];
}

function wakeMetrics({ counters, tally, isNotifyEnabled }: BridgeFacts): readonly Metric[] {
  return [
    {
      ...{ name: "reveille_sip_wakes_total", help: "Wakes by the bridge's answer to who asked", type: "counter", labelNames: ["outcome"] },
      read: () => samplesOf(tally().outcomes, "outcome"),
    },
    {
      ...{ name: "reveille_sip_wake_results_total", help: "Wakes by the end of their NOTIFY", type: "counter", labelNames: ["result"] },
      read: () => samplesOf(tally().results, "result"),
    },
    {
      ...{
        name: "reveille_sip_wakes_pending",
        help: "Wakes that wait for their turn, or for an answer",
        type: "gauge",
        labelNames: ["phase"],
      },
      read: labelled(counters, "phase", { queued: "wakes.queued", "in-flight": "wakes.inFlight" }),
    },
    {
      ...{ name: "reveille_sip_notify_enabled", help: "1: NOTIFYs may leave; 0: they are switched off", type: "gauge" },
      read: () => one(isNotifyEnabled() ? 1 : 0),
    },
  ];
}
