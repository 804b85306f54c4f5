/**
 * The bridge's SIP sockets: what arrives goes to the registrar or is refused, and NOTIFYs leave by the socket of the registration.
 * Spec: RFC 3261 8.2.1, 11.2; 18.2.1. Layer: sip-bridge (shell).
 */
import { isIPv6 } from "node:net";
import type { Clock } from "../common/clock.js";
import type { IncomingRequest } from "./net/server-transactions.js";
import { openTransactionLayer, type TransactionLayer } from "./net/transaction-layer.js";
import type { Flow } from "./net/transport.js";
import { openUdpTransport, type UdpTransport } from "./net/udp-transport.js";
import { isScanner } from "./scanners.js";
import { refusalOf, type UasAbilities } from "./sip/admit-request.js";
import { header, type SipMessage } from "./sip/message.js";
import type { TransactionTimers } from "./transactions/timers.js";
import type { NotifyEdge } from "./wake-service.js";

const ABILITIES: UasAbilities = { methods: ["REGISTER", "OPTIONS", "CANCEL"], extensions: [], bodyTypes: ["application/sdp"] };

/** A local address, and what our Via and Contact call it. */
export interface SipAddress {
  readonly address: string;
  /** Absent: the address itself. */
  readonly publicHost?: string;
}

export interface SipListenerOptions {
  /** At most one of each family: a registration's flow does not tell apart two addresses of one. */
  readonly addresses: readonly SipAddress[];
  /** The same for all; 0: any free port. */
  readonly port: number;
  /** What our Via and Contact say, if a NAT or load balancer changes it. */
  readonly publicPort?: number;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly timers?: TransactionTimers;
  readonly onRegister: (incoming: IncomingRequest) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

export interface SipListener {
  readonly port: number;
  edgeOf(flow: Flow): NotifyEdge | undefined;
  /** Of all sockets together, each name with its layer before it: "udp.datagramsSent". */
  counters(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

interface Edge extends NotifyEdge {
  readonly isV6: boolean;
  readonly transport: UdpTransport;
  readonly layer: TransactionLayer;
}

/** @throws The system's error if an address cannot be bound; none stays bound then. */
export async function openSipListener(options: SipListenerOptions): Promise<SipListener> {
  const edges: Edge[] = [];
  const counts = { scannersIgnored: 0 };
  const onScanner = (): void => {
    counts.scannersIgnored++;
  };
  try {
    for (const address of options.addresses)
      edges.push(await openEdge(address, edges[0]?.transport.localPort ?? options.port, options, onScanner));
  } catch (error) {
    await closeEdges(edges);
    throw error;
  }
  return {
    port: edges[0]?.transport.localPort ?? 0,
    edgeOf: ({ transport, localPort, remoteAddress }) =>
      edges.find((edge) => transport === "udp" && edge.transport.localPort === localPort && edge.isV6 === isIPv6(remoteAddress)),
    counters: () => ({
      ...counts,
      ...sum(edges.map(({ transport }) => named("udp", transport.counters()))),
      ...sum(edges.map(({ layer }) => named("transactions", layer.counters()))),
    }),
    close: () => closeEdges(edges),
  };
}

async function openEdge(where: SipAddress, port: number, options: SipListenerOptions, onScanner: () => void): Promise<Edge> {
  const { clock, randomBytes, timers, publicPort, onError } = options;
  let layer: TransactionLayer | undefined;
  function onMessage(message: SipMessage, flow: Flow): void {
    if (message.kind === "request" && isScanner(message)) onScanner();
    else layer?.receive(message, flow);
  }
  const transport = await openUdpTransport({
    ...where,
    port,
    ...(publicPort === undefined ? {} : { publicPort }),
    clock,
    randomBytes,
    onMessage,
  });
  layer = openTransactionLayer({
    ...{ transport, clock, randomBytes, ...(timers === undefined ? {} : { timers }) },
    onRequest: (incoming) => dispatch(incoming, options),
    onHandlerError: onError,
  });
  const running = layer;
  return {
    ...{ isV6: isIPv6(where.address), transport, layer: running, local: transport.via },
    request: (request, flow, onEvent) => running.request(request, flow, onEvent),
  };
}

function dispatch(incoming: IncomingRequest, { onRegister }: SipListenerOptions): Promise<void> | undefined {
  const { request, answer } = incoming;
  const refusal = refusalOf(request, ABILITIES);
  if (refusal !== undefined) {
    answer(refusal.status, { headers: refusal.headers });
    return undefined;
  }
  switch (request.method) {
    case "REGISTER":
      return onRegister(incoming);
    case "OPTIONS":
      answer(200, { headers: [header("Allow", ABILITIES.methods.join(", ")), header("Accept", ABILITIES.bodyTypes.join(", "))] });
      return undefined;
    default: // CANCEL: we never hold an INVITE that it could be for (RFC 3261 9.2)
      answer(481);
      return undefined;
  }
}

async function closeEdges(edges: readonly Edge[]): Promise<void> {
  for (const { layer } of edges) layer.close();
  await Promise.all(edges.map(({ transport }) => transport.close()));
}

export const named = (layer: string, counters: object): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(counters).map(([name, count]) => [`${layer}.${name}`, count]));

function sum(all: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const total: Record<string, number> = {};
  for (const counters of all) for (const [name, count] of Object.entries(counters)) total[name] = (total[name] ?? 0) + count;
  return total;
}
