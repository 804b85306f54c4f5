/**
 * The bridge's SIP sockets: what arrives goes to the registrar or is refused, and NOTIFYs leave by the flow of the registration.
 * UDP and TCP have one port, TLS another, each on IPv4, IPv6 or both.
 * Spec: RFC 3261 8.2.1, 11.2, 18.2.1; RFC 5626 5.3. Layer: sip-bridge (shell).
 */
import { isIPv6 } from "node:net";
import type { Clock } from "../common/clock.js";
import type { TlsFiles } from "../common/tls-files.js";
import type { ServerAddress } from "./locate/servers.js";
import type { TlsClient } from "./net/dial.js";
import type { ReflectionLedger } from "./net/reflection-ledger.js";
import type { IncomingRequest } from "./net/server-transactions.js";
import type { StreamLimits } from "./net/stream-transport.js";
import type { Flow } from "./net/transport.js";
import { EXTENSIONS } from "./registrar/read-registration.js";
import { refusalOf, type UasAbilities } from "./sip/admit-request.js";
import { header, type SipMessage } from "./sip/message.js";
import { type Edge, type EdgeOptions, openStreamEdge, openUdpEdge, type SipAddress, type StreamEdge } from "./sip-edge.js";
import type { SourceGuard } from "./source-guard.js";
import type { TraceBook } from "./trace-book.js";
import type { TransactionTimers } from "./transactions/timers.js";
import { hopOf, type Way } from "./ways.js";

export type { SipAddress } from "./sip-edge.js";

const ABILITIES: UasAbilities = {
  methods: ["REGISTER", "SUBSCRIBE", "OPTIONS", "CANCEL"],
  extensions: EXTENSIONS,
  bodyTypes: ["application/sdp"],
};
/** With port 0 the system gives a free UDP port; another program may have the TCP port of the same number. */
const PORT_TRIES_MAX = 10;

export interface SipTls extends TlsFiles {
  /** 0: any free port. */
  readonly port: number;
  readonly publicPort?: number;
  /** Who has no certificate of `clientCaFile` is not served. */
  readonly requiresClientCertificate?: boolean;
}

export interface SipListenerOptions {
  /** At most one of each family: a registration's flow does not tell apart two addresses of one. */
  readonly addresses: readonly SipAddress[];
  /** Of UDP and TCP, the same for all addresses; 0: any free port. */
  readonly port: number;
  /** What our Via and Contact say, if a NAT or load balancer changes it. */
  readonly publicPort?: number;
  /** Default: true. */
  readonly tcp?: boolean;
  /** Absent: nobody can connect over TLS. */
  readonly tls?: SipTls;
  /** Whom we trust, and who we are, when we connect over TLS. Default: the system's authorities, and nobody. */
  readonly tlsClient?: TlsClient;
  readonly streamLimits?: Partial<StreamLimits>;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly timers?: TransactionTimers;
  readonly guard: SourceGuard;
  readonly traces: Pick<TraceBook, "heard" | "said">;
  readonly ledger?: ReflectionLedger;
  readonly onRegister: (incoming: IncomingRequest) => Promise<void>;
  readonly onSubscribe: (incoming: IncomingRequest) => Promise<void>;
  readonly onError: (error: unknown) => void;
  /** The certificate was read again, or could not be; the listener goes on with what it had. */
  readonly onCertificate?: (trouble: string | undefined) => void;
}

export interface SipListener {
  readonly port: number;
  /** 0: no TLS. */
  readonly tlsPort: number;
  /** Where what is sent on this flow leaves; undefined: its socket, or its connection, is not open any more. */
  edgeOf(flow: Flow): Edge | undefined;
  /** A registration came in by this flow and lasts until then. */
  keepUntil(flow: Flow, atMs: number): void;
  /** How a server is reached that has not spoken to us; undefined: no socket for it. */
  wayTo(server: ServerAddress): Way | undefined;
  /** Of all sockets together, each name with its layer before it: "udp.datagramsSent". */
  counters(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

/** @throws The system's error if an address cannot be bound, TlsFilesUnusable; none stays bound then. */
export async function openSipListener(options: SipListenerOptions): Promise<SipListener> {
  const { guard, ledger, traces, clock } = options;
  const admits = (message: SipMessage, flow: Flow): boolean => {
    const isAdmitted = guard.admits(message, flow, clock.now());
    if (isAdmitted) traces.heard(message, flow);
    return isAdmitted;
  };
  const edges = await openOnOnePort(options, admits);
  const edgeOf = (flow: Flow): Edge | undefined => edges.find((edge) => edge.carries(flow));
  return {
    port: edges.find(({ local }) => local.transport === "udp")?.port ?? 0,
    tlsPort: edges.find(({ local }) => local.transport === "tls")?.port ?? 0,
    edgeOf,
    wayTo(server) {
      const edge = edges.find(({ local, isV6 }) => local.transport === server.transport && isV6 === isIPv6(server.address));
      return edge === undefined ? undefined : { edge, hop: hopOf(server), connect: () => edge.flowTo(server) };
    },
    keepUntil: (flow, atMs) => edgeOf(flow)?.keepUntil(flow, atMs),
    counters: () => ({
      ...guard.counters(),
      answersWithheld: ledger?.withheld ?? 0,
      ...sum(edges.map((edge) => edge.counters())),
    }),
    close: () => closeEdges(edges),
  };
}

async function openOnOnePort(options: SipListenerOptions, admits: EdgeOptions["admits"]): Promise<readonly Edge[]> {
  for (let tries = 1; ; tries++) {
    const edges: Edge[] = [];
    try {
      await openEdges(options, admits, edges);
      return edges;
    } catch (error) {
      await closeEdges(edges);
      const isTaken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
      if (options.port !== 0 || !isTaken || tries >= PORT_TRIES_MAX) throw error;
    }
  }
}

async function openEdges(options: SipListenerOptions, admits: EdgeOptions["admits"], edges: Edge[]): Promise<void> {
  const { addresses, tcp = true, tls, tlsClient = {} } = options;
  for (const address of addresses) {
    let stream: StreamEdge | undefined;
    const shared = { ...sharedOptions(options, address, admits), ...portOf(options) };
    const udp = await openUdpEdge({ ...shared, port: edges[0]?.port ?? options.port }, () => stream?.endpoint);
    edges.push(udp);
    if (tcp) {
      stream = await openStreamEdge({ ...shared, kind: "tcp", port: udp.port });
      edges.push(stream);
    }
  }
  for (const address of addresses) {
    const port = edges.find(({ local }) => local.transport === "tls")?.port ?? tls?.port ?? 0;
    const serving = tls === undefined ? { port: null } : { ...servingOptions(tls, options), port };
    edges.push(await openStreamEdge({ ...sharedOptions(options, address, admits), kind: "tls", client: tlsClient, ...serving }));
  }
}

function sharedOptions(options: SipListenerOptions, address: SipAddress, admits: EdgeOptions["admits"]): EdgeOptions {
  const { port, clock, randomBytes, timers, streamLimits, ledger, traces, onError } = options;
  return {
    ...{ ...address, port, clock, randomBytes, admits, onSend: traces.said, onHandlerError: onError },
    ...(timers === undefined ? {} : { timers }),
    ...(ledger === undefined ? {} : { ledger }),
    ...(streamLimits === undefined ? {} : { streamLimits }),
    onRequest: (incoming) => dispatch(incoming, options),
  };
}

function servingOptions({ publicPort, requiresClientCertificate = false, ...files }: SipTls, { onCertificate }: SipListenerOptions) {
  const onReload = (): void => onCertificate?.(undefined);
  return {
    ...portOf({ publicPort }),
    serving: { files, requiresClientCertificate, onReload, onTrouble: (why: string) => onCertificate?.(why) },
  };
}

function dispatch(incoming: IncomingRequest, { guard, onRegister, onSubscribe }: SipListenerOptions): Promise<void> | undefined {
  const { request, answer } = incoming;
  const refusal = refusalOf(request, ABILITIES);
  if (refusal !== undefined) {
    answer(refusal.status, { headers: refusal.headers });
    return undefined;
  }
  if (request.method === "REGISTER") return onRegister(incoming);
  // "If the Request-URI does not identify an address that the UAS is willing to accept requests for": we pass nothing on (8.2.2.1).
  if (!guard.isForUs(request)) {
    answer(404);
    return undefined;
  }
  switch (request.method) {
    case "SUBSCRIBE":
      return onSubscribe(incoming);
    case "OPTIONS":
      answer(200, { headers: [header("Allow", ABILITIES.methods.join(", ")), header("Accept", ABILITIES.bodyTypes.join(", "))] });
      return undefined;
    default: // CANCEL, had the transaction layer not answered it: we never hold an INVITE that it could be for (RFC 3261 9.2)
      answer(481);
      return undefined;
  }
}

const portOf = ({ publicPort }: { readonly publicPort?: number | undefined }): { readonly publicPort?: number } =>
  publicPort === undefined ? {} : { publicPort };

async function closeEdges(edges: readonly Edge[]): Promise<void> {
  await Promise.all(edges.map((edge) => edge.close()));
}

function sum(all: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const total: Record<string, number> = {};
  for (const counters of all) for (const [name, count] of Object.entries(counters)) total[name] = (total[name] ?? 0) + count;
  return total;
}
