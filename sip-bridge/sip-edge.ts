/**
 * One socket of the bridge, or one port with its connections: what comes in by it, and what leaves by it.
 * Spec: RFC 3261 18; RFC 5626 5.3. Layer: sip-bridge (shell).
 */
import { isIPv6 } from "node:net";
import type { Clock } from "../common/clock.js";
import type { StreamTarget, TlsClient } from "./net/dial.js";
import type { ReflectionLedger } from "./net/reflection-ledger.js";
import { requestBySize } from "./net/send-by-size.js";
import type { IncomingRequest } from "./net/server-transactions.js";
import { openStreamEndpoint, type StreamEndpoint } from "./net/stream-endpoint.js";
import type { TlsServing } from "./net/stream-server.js";
import type { StreamLimits } from "./net/stream-transport.js";
import type { Flow } from "./net/transport.js";
import { openUdpEndpoint } from "./net/udp-endpoint.js";
import type { SipMessage } from "./sip/message.js";
import type { TransactionTimers } from "./transactions/timers.js";
import type { NotifyEdge } from "./ways.js";

/** A local address, and what our Via and Contact call it. */
export interface SipAddress {
  readonly address: string;
  /** Absent: the address itself. */
  readonly publicHost?: string;
}

export interface EdgeOptions extends SipAddress {
  readonly port: number;
  readonly publicPort?: number;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly timers?: TransactionTimers;
  /** Bounds what is answered over UDP. */
  readonly ledger?: ReflectionLedger;
  readonly onSend: (bytes: Uint8Array, flow: Flow) => void;
  readonly admits: (message: SipMessage, flow: Flow) => boolean;
  readonly onRequest: (incoming: IncomingRequest) => Promise<void> | undefined;
  readonly onHandlerError: (error: unknown) => void;
}

export interface StreamEdgeOptions extends Omit<EdgeOptions, "port"> {
  readonly kind: "tcp" | "tls";
  /** null: nobody can connect; we may. */
  readonly port: number | null;
  readonly streamLimits?: Partial<StreamLimits>;
  /** TLS that listens. */
  readonly serving?: TlsServing;
  readonly client?: TlsClient;
}

export interface Edge extends NotifyEdge {
  readonly isV6: boolean;
  readonly port: number;
  /** Whether what is sent on this flow can leave here now. */
  carries(flow: Flow): boolean;
  /** The flow to a peer that has not spoken to us. @throws {FlowFailed} No connection to it. */
  flowTo(peer: StreamTarget): Promise<Flow>;
  /** A registration came in by this flow and lasts until then. */
  keepUntil(flow: Flow, atMs: number): void;
  /** Octets that are no message, for the NAT on the way. */
  ping(flow: Flow): Promise<void>;
  /** By layer: "udp.datagramsSent". */
  counters(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

export interface StreamEdge extends Edge {
  readonly endpoint: StreamEndpoint;
}

/** @throws The system's error if the address can't be bound; TlsFilesUnusable. */
export async function openStreamEdge(options: StreamEdgeOptions): Promise<StreamEdge> {
  const { address, clock, kind } = options;
  const endpoint = await openStreamEndpoint(options);
  const { transport, layer } = endpoint;
  return {
    ...{ isV6: isIPv6(address), port: transport.localPort, local: { ...transport.via, transport: kind }, endpoint },
    carries: (flow) => flow.transport === kind && transport.isOpen(flow),
    flowTo: transport.flowTo,
    keepUntil: transport.keepUntil,
    ping: async () => undefined, // the side that opened a connection keeps it open
    request(request, flow, onEvent) {
      const sentAtMs = clock.now();
      layer.request(request, flow, (event) => {
        if (event.kind === "timeout") transport.suspect(flow, sentAtMs);
        onEvent(event);
      });
    },
    counters: () => ({
      ...named(kind, transport.counters()),
      [`${kind}.open`]: transport.size(),
      ...named("transactions", layer.counters()),
    }),
    close: () => endpoint.close(),
  };
}

const PING = Buffer.from("\r\n\r\n");

/** @param tcp For requests that are too large for a datagram. @throws The system's error if the address can't be bound. */
export async function openUdpEdge(options: EdgeOptions, tcp: () => StreamEndpoint | undefined): Promise<Edge> {
  const { transport, layer, close } = await openUdpEndpoint(options);
  const isV6 = isIPv6(options.address);
  return {
    ...{ isV6, port: transport.localPort, local: { ...transport.via, transport: "udp" } },
    carries: (flow) => flow.transport === "udp" && flow.localPort === transport.localPort && flow.remoteAddress.includes(":") === isV6,
    flowTo: async ({ address, port }) => transport.flowTo(address, port),
    keepUntil: () => undefined,
    ping: (flow) => transport.send(PING, flow),
    request: (request, flow, onEvent) => requestBySize({ udp: layer, tcp: tcp() }, request, flow, onEvent),
    counters: () => ({ ...named("udp", transport.counters()), ...named("transactions", layer.counters()) }),
    close,
  };
}

export const named = (layer: string, counters: object): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(counters).map(([name, count]) => [`${layer}.${name}`, count]));
