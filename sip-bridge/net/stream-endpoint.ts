/**
 * A TCP or TLS transport with a transaction layer on it: what a SIP program opens.
 * Spec: RFC 3261 17, 18. Layer: net.
 */
import type { SipMessage } from "../sip/message.js";
import { answeringAnew } from "./answer-anew.js";
import { openStreamTransport, type StreamLimits, type StreamTransport, type StreamTransportOptions } from "./stream-transport.js";
import { openTransactionLayer, type TransactionLayer, type TransactionLayerOptions } from "./transaction-layer.js";
import { type Flow, type FlowFailed, tapped } from "./transport.js";

export interface StreamEndpointOptions
  extends Omit<StreamTransportOptions, "onMessage" | "onFlowFailed" | "limits">,
    Omit<TransactionLayerOptions, "transport"> {
  readonly streamLimits?: Partial<StreamLimits>;
  /** False: the message is dropped. Default: all are taken. */
  readonly admits?: (message: SipMessage, flow: Flow) => boolean;
  /** Told of each message that the layer sends. Must not throw. */
  readonly onSend?: (bytes: Uint8Array, flow: Flow) => void;
  /** A connection is gone; the requests that waited on it have been told. */
  readonly onFlowFailed?: (flow: Flow, error: FlowFailed) => void;
}

export interface StreamEndpoint {
  readonly transport: StreamTransport;
  readonly layer: TransactionLayer;
  /** Forgets all transactions and closes all connections. */
  close(): Promise<void>;
}

/** @throws As `openStreamTransport`. */
export async function openStreamEndpoint(options: StreamEndpointOptions): Promise<StreamEndpoint> {
  const { streamLimits = {}, admits = () => true, onFlowFailed = () => undefined } = options;
  let layer: TransactionLayer | undefined;
  const transport = await openStreamTransport({
    ...options,
    limits: streamLimits,
    // Between the first connection and the layer lies no turn of the event loop in which a message could arrive.
    onMessage: (message, flow) => {
      if (admits(message, flow)) layer?.receive(message, flow);
    },
    onFlowFailed: (flow, error) => {
      layer?.failConnection(flow.connection ?? "", error);
      onFlowFailed(flow, error);
    },
  });
  layer = openTransactionLayer({ ...options, transport: tapped(answeringAnew(transport), options.onSend) });
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
