/**
 * A request that is too large for a datagram goes over TCP, and over UDP all the same if the peer has no TCP.
 * Spec: RFC 3261 18.1.1. Layer: net.
 */
import type { SipRequest } from "../sip/message.js";
import { messageLength } from "../sip/write-message.js";
import type { RequestEvent } from "./client-transactions.js";
import type { StreamTransport } from "./stream-transport.js";
import type { TransactionLayer } from "./transaction-layer.js";
import type { Flow } from "./transport.js";

/** "If a request is… larger than 1300 bytes and the path MTU is unknown, the request MUST be sent using an RFC 2914 congestion controlled transport". */
export const DATAGRAM_REQUEST_BYTES_MAX = 1_300;
/** Our Via is put on top when it is sent. */
const VIA_BYTES = 120;

export interface SizeRuled {
  readonly udp: Pick<TransactionLayer, "request">;
  /** Absent: there is no TCP, so size changes nothing. */
  readonly tcp: { readonly transport: Pick<StreamTransport, "flowTo">; readonly layer: Pick<TransactionLayer, "request"> } | undefined;
}

/**
 * Sends over UDP, or over TCP to the same address and port if the request is large.
 * "If an attempt to send over TCP fails (connection refused), the element SHOULD retry the request using UDP." That is a new transaction.
 * @param flow Of UDP.
 * @param onEvent As `TransactionLayer.request`; the failure of TCP is not told if UDP is tried after it.
 */
export function requestBySize({ udp, tcp }: SizeRuled, request: SipRequest, flow: Flow, onEvent: (event: RequestEvent) => void): void {
  if (tcp === undefined || messageLength(request) + VIA_BYTES <= DATAGRAM_REQUEST_BYTES_MAX) {
    udp.request(request, flow, onEvent);
    return;
  }
  tcp.transport
    .flowTo({ address: flow.remoteAddress, port: flow.remotePort })
    .then(
      (connected) => tcp.layer.request(request, connected, onEvent),
      () => udp.request(request, flow, onEvent),
    )
    .catch((error: unknown) => onEvent({ kind: "transport-error", error: error instanceof Error ? error : new Error(String(error)) }));
}
