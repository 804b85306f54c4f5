/**
 * SIP over TCP or TLS, IPv4 or IPv6: connections that peers opened, and those that we did.
 * What is sent goes over the connection of its flow and no other (but see answer-anew.ts); a connection of ours serves all requests to its target.
 * Spec: RFC 3261 18; RFC 5626 3 (flows); RFC 5923 (a proven peer's `alias`). Layer: net.
 */
import type { Socket } from "node:net";
import type { Clock } from "../../common/clock.js";
import type { Flow } from "../sip/flow.js";
import { param, type SipMessage } from "../sip/message.js";
import { hostField } from "../sip/uri.js";
import { ADMISSION_LIMITS, type Admission, type AdmissionLimits, createAdmission } from "./admission.js";
import { CONNECTION_LIMITS, type Connection, type ConnectionLimits, type KeepAlive } from "./connection.js";
import { dial, provenCertificate, type StreamTarget, type TlsClient } from "./dial.js";
import { createReuse } from "./reuse.js";
import { type ConnectionCounters, createStreamConnections, type StreamConnections } from "./stream-connections.js";
import { openStreamServer, type StreamServer, type TlsServing } from "./stream-server.js";
import { FlowFailed, type Transport } from "./transport.js";

export interface StreamLimits extends ConnectionLimits, AdmissionLimits {
  readonly connectWithinMs: number;
}

export const STREAM_TRANSPORT_LIMITS: StreamLimits = { ...CONNECTION_LIMITS, ...ADMISSION_LIMITS, connectWithinMs: 5_000 };

export interface StreamTransportOptions {
  readonly kind: "tcp" | "tls";
  /** Local address, numeric. "0.0.0.0" and "::" (IPv6 only) are all addresses; then `publicHost` is needed. */
  readonly address: string;
  /** Where peers can connect; 0: any free port. null: nowhere, this side only opens connections. */
  readonly port: number | null;
  /** What Via names as our host. Default: the local address. */
  readonly publicHost?: string;
  /** Default: the port that was bound; without one, the transport's own (5060, 5061). */
  readonly publicPort?: number;
  /** TLS, as the side that is connected to; needed if it listens. */
  readonly serving?: TlsServing;
  /** TLS, as the side that connects. */
  readonly client?: TlsClient;
  /** Of connections that we open. Absent: they end when they are idle. */
  readonly keepAlive?: KeepAlive;
  readonly limits?: Partial<StreamLimits>;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  /** Must not throw. */
  readonly onMessage: (message: SipMessage, flow: Flow) => void;
  /** A connection is gone: nothing comes or goes over it any more. Must not throw. */
  readonly onFlowFailed: (flow: Flow, error: FlowFailed) => void;
}

/** How often it happened since the transport was opened. */
export interface StreamCounters extends ConnectionCounters {
  /** Connections beyond the limits, in all or from one source. */
  readonly connectionsRefused: number;
  readonly connectFailures: number;
  readonly handshakeFailures: number;
}

export interface StreamTransport extends Transport {
  readonly kind: "tcp" | "tls";
  /** 0: it does not listen. */
  readonly localPort: number;
  isOpen(flow: Flow): boolean;
  /** A connection to the target: one that is open already, or a new one. @throws {FlowFailed} */
  flowTo(target: StreamTarget): Promise<Flow>;
  /** A registration lives on this connection until then: silence alone does not end it. */
  keepUntil(flow: Flow, atMs: number): void;
  /** The peer wants to hear from us at least so often (Flow-Timer): on this connection of ours keep-alives go by it. */
  keepAliveEvery(flow: Flow, intervalMs: number): void;
  /** A request over it went unanswered. If nothing else came since, nobody is there any more: the connection ends. */
  suspect(flow: Flow, sinceMs: number): void;
  /** Connections open now. */
  size(): number;
  counters(): StreamCounters;
  /** Closes all connections, and listens no more. A second call waits for the first. */
  close(): Promise<void>;
}

const DEFAULT_PORT = { tcp: 5_060, tls: 5_061 } as const;

interface Parts {
  readonly options: StreamTransportOptions;
  readonly limits: StreamLimits;
  readonly admission: Admission;
  readonly connections: StreamConnections;
  readonly reuse: ReturnType<typeof createReuse>;
  readonly counters: { connectionsRefused: number; connectFailures: number; handshakeFailures: number };
}

/**
 * @throws The system's error if the address can't be bound; TlsFilesUnusable;
 *   RangeError if all addresses are bound and none is named for Via, or TLS is to listen without a certificate.
 */
export async function openStreamTransport(options: StreamTransportOptions): Promise<StreamTransport> {
  const { address, publicHost, kind, port, serving } = options;
  if (isAny(address) && publicHost === undefined) throw new RangeError("a socket on all addresses needs a public host for Via");
  if (kind === "tls" && port !== null && serving === undefined) throw new RangeError("TLS without a certificate can't listen");
  const parts = makeParts(options);
  const server = port === null ? undefined : await listen(parts, port);
  return makeTransport(parts, server);
}

const isAny = (address: string): boolean => address === "0.0.0.0" || address === "::";

function makeParts(options: StreamTransportOptions): Parts {
  const { kind, keepAlive, clock, randomBytes, onMessage, onFlowFailed } = options;
  const limits = { ...STREAM_TRANSPORT_LIMITS, ...options.limits };
  const reuse = createReuse();
  const connections = createStreamConnections({
    ...{ kind, limits, keepAlive, clock, randomBytes },
    onMessage: (message, connection) => {
      noteAlias(message, connection, reuse);
      onMessage(message, connection.flow);
    },
    onClosed: (connection, error) => {
      reuse.forget(connection);
      onFlowFailed(connection.flow, error);
    },
  });
  const counters = { connectionsRefused: 0, connectFailures: 0, handshakeFailures: 0 };
  return { options, limits, admission: createAdmission(limits), connections, reuse, counters };
}

/** "The alias parameter": a peer that proved its certificate can be reached by the connection that it opened (RFC 5923 5). */
function noteAlias(message: SipMessage, connection: Connection, reuse: Parts["reuse"]): void {
  const [top] = message.vias;
  if (message.kind !== "request" || top === undefined || param(top.params, "alias") === undefined) return;
  const certificate = provenCertificate(connection.socket);
  if (certificate !== undefined) reuse.alias(connection, top.port ?? DEFAULT_PORT.tls, certificate);
}

function listen({ options, admission, connections, counters }: Parts, port: number): Promise<StreamServer> {
  const { kind, address, serving, clock } = options;
  let localPort = port;
  return openStreamServer({
    ...{ address, port, clock, admission },
    ...(kind === "tls" && serving !== undefined ? { tls: serving } : {}),
    onListening: (bound) => {
      localPort = bound;
    },
    onConnection: (socket) => connections.add(socket, true, localPort),
    onRefused: () => {
      counters.connectionsRefused++;
    },
    onHandshakeFailed: () => {
      counters.handshakeFailures++;
    },
  });
}

function makeTransport(parts: Parts, server: StreamServer | undefined): StreamTransport {
  const { options, connections, reuse, counters } = parts;
  const { kind, address, publicHost, publicPort, client } = options;
  const localPort = server?.port ?? 0;
  let closed: Promise<void> | undefined;

  async function close(): Promise<void> {
    connections.close();
    await server?.close();
  }

  return {
    kind,
    reliable: true,
    via: {
      ...{ transport: kind.toUpperCase(), host: hostField(publicHost ?? address) },
      port: publicPort ?? (localPort === 0 ? DEFAULT_PORT[kind] : localPort),
      ...(client?.certificate === undefined ? {} : { params: [{ name: "alias" }] }),
    },
    localPort,
    send: connections.send,
    isOpen: (flow) => connections.of(flow) !== undefined,
    flowTo: async (target) => {
      if (closed !== undefined) throw new FlowFailed("the transport is closed");
      const connection = await reuse.find(target, () => open(parts, target, () => closed !== undefined));
      return connection.flow;
    },
    keepUntil: (flow, atMs) => connections.of(flow)?.keepUntil(atMs),
    keepAliveEvery: (flow, intervalMs) => connections.of(flow)?.keepAliveEvery(intervalMs),
    suspect: (flow, sinceMs) => {
      const connection = connections.of(flow);
      if (connection !== undefined && connection.heardAtMs() < sinceMs) connection.close("silences", "the peer does not answer");
    },
    size: connections.size,
    counters: () => ({ ...connections.counters(), ...counters }),
    close: () => (closed ??= close()),
  };
}

/** @throws {FlowFailed} */
async function open(parts: Parts, target: StreamTarget, isClosed: () => boolean): Promise<Connection> {
  const { options, limits, admission, connections, counters } = parts;
  const { kind, address, client = {}, clock } = options;
  const leave = admission.enter(target.address);
  if (leave === undefined) {
    counters.connectionsRefused++;
    throw new FlowFailed("too many connections");
  }
  try {
    const socket: Socket = await dial({
      ...{ target, withinMs: limits.connectWithinMs, clock },
      ...(kind === "tls" ? { tls: client } : {}),
      ...(isAny(address) ? {} : { localAddress: address }),
    });
    socket.once("close", leave);
    if (isClosed()) {
      socket.destroy();
      throw new FlowFailed("the transport is closed");
    }
    return connections.add(socket, false, socket.localPort ?? 0);
  } catch (error) {
    leave();
    counters.connectFailures++;
    throw error;
  }
}
