/**
 * The phone's way to its registrar: a UDP socket, or a connection over TCP or TLS that the phone opens and keeps alive.
 * Spec: RFC 3261 18.1; RFC 5626 4.4.1; TR-104 (ProxyServerTransport, RegistrarServerTransport). Layer: phone.
 */
import type { Clock } from "../../common/clock.js";
import type { TlsClient } from "../../sip-bridge/net/dial.js";
import type { IncomingRequest } from "../../sip-bridge/net/server-transactions.js";
import { openStreamEndpoint } from "../../sip-bridge/net/stream-endpoint.js";
import type { TransactionLayer } from "../../sip-bridge/net/transaction-layer.js";
import type { FlowFailed } from "../../sip-bridge/net/transport.js";
import { openUdpEndpoint } from "../../sip-bridge/net/udp-endpoint.js";
import type { Flow } from "../../sip-bridge/sip/flow.js";
import { hostField } from "../../sip-bridge/sip/uri.js";

/** Values of TR-104 that this phone can do; it has no SCTP. */
export type PhoneTransport = "UDP" | "TCP" | "TLS";

export interface SipServer {
  /** As configured: the certificate must be for it. */
  readonly name: string;
  /** Numeric. */
  readonly address: string;
  readonly port: number;
}

export interface SipWayOptions {
  readonly transport: PhoneTransport;
  readonly server: SipServer;
  /** Local address. */
  readonly address: string;
  /** Local port for UDP; 0: any. A connection leaves from any. */
  readonly port: number;
  readonly tls: TlsClient;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly onRequest: (incoming: IncomingRequest) => void;
  readonly onError: (error: unknown) => void;
  /** The connection is gone. */
  readonly onFlowFailed: (error: FlowFailed) => void;
}

export interface SipWay {
  readonly layer: TransactionLayer;
  /** A flow in the sense of RFC 5626: requests come back on it, and when it is gone there is none. */
  readonly isConnection: boolean;
  /** Over a connection: to the server that it was opened to. */
  flowTo(server: SipServer): Flow;
  /** Over a connection: the registrar wants to hear from us at least so often (Flow-Timer). */
  keepAliveEvery(intervalMs: number): void;
  /** Host, port and parameters of our Contact. */
  readonly contact: string;
  close(): Promise<void>;
}

/** "Recommended… between 95 and 120 seconds", and a pong within 10 (RFC 5626 4.4.1). */
const KEEP_ALIVE = { intervalMs: 120_000, pongWithinMs: 10_000 };

/** @throws {FlowFailed} No connection; over TLS also: a certificate that is not the server's. */
export async function openSipWay(options: SipWayOptions): Promise<SipWay> {
  return options.transport === "UDP" ? openUdpWay(options) : openStreamWay(options, options.transport === "TCP" ? "tcp" : "tls");
}

async function openUdpWay({ address, port, clock, randomBytes, onRequest, onError }: SipWayOptions): Promise<SipWay> {
  const { transport, layer, close } = await openUdpEndpoint({
    ...{ address, port, clock, randomBytes, onRequest, onHandlerError: onError },
  });
  const contact = `${hostField(address)}:${transport.localPort}`;
  return {
    ...{ layer, isConnection: false, contact, close },
    flowTo: (to) => transport.flowTo(to.address, to.port),
    keepAliveEvery: () => undefined,
  };
}

async function openStreamWay(options: SipWayOptions, kind: "tcp" | "tls"): Promise<SipWay> {
  const { server, address, tls, clock, randomBytes, onRequest, onError, onFlowFailed } = options;
  const { transport, layer, close } = await openStreamEndpoint({
    ...{ kind, address, port: null, client: tls, keepAlive: KEEP_ALIVE, clock, randomBytes, onRequest, onHandlerError: onError },
    onFlowFailed: (_flow, error) => onFlowFailed(error),
  });
  try {
    const flow = await transport.flowTo({ address: server.address, port: server.port, serverName: server.name });
    const contact = `${hostField(address)}:${flow.localPort};transport=${kind}`;
    return {
      ...{ layer, isConnection: true, contact, close },
      flowTo: () => flow,
      keepAliveEvery: (intervalMs) => transport.keepAliveEvery(flow, intervalMs),
    };
  } catch (error) {
    await close();
    throw error;
  }
}
