/**
 * A UDP socket with a transaction layer on it: what a SIP program opens.
 * Spec: RFC 3261 17, 18. Layer: net.
 */
import type { SipMessage } from "../sip/message.js";
import { openTransactionLayer, type TransactionLayer, type TransactionLayerOptions } from "./transaction-layer.js";
import { type Flow, tapped } from "./transport.js";
import { openUdpTransport, type UdpTransport, type UdpTransportOptions } from "./udp-transport.js";

export interface UdpEndpointOptions extends Omit<UdpTransportOptions, "onMessage">, Omit<TransactionLayerOptions, "transport"> {
  /** False: the message is dropped. Default: all are taken. */
  readonly admits?: (message: SipMessage, flow: Flow) => boolean;
  /** Told of each message that the layer sends. Must not throw. */
  readonly onSend?: (bytes: Uint8Array, flow: Flow) => void;
}

export interface UdpEndpoint {
  readonly transport: UdpTransport;
  readonly layer: TransactionLayer;
  /** Forgets all transactions and closes the socket. */
  close(): Promise<void>;
}

/** @throws As `openUdpTransport`. */
export async function openUdpEndpoint(options: UdpEndpointOptions): Promise<UdpEndpoint> {
  let layer: TransactionLayer | undefined;
  const { admits = () => true } = options;
  const transport = await openUdpTransport({
    ...options,
    // Between the socket's first packet and the layer lies no turn of the event loop in which one could arrive.
    onMessage: (message, flow) => {
      if (admits(message, flow)) layer?.receive(message, flow);
    },
  });
  layer = openTransactionLayer({ ...options, transport: tapped(transport, options.onSend) });
  const running = layer;
  return {
    transport,
    layer: running,
    close() {
      running.close();
      return transport.close();
    },
  };
}
