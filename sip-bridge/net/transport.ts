/**
 * What the transaction layer needs of a transport.
 * Spec: RFC 3261 18. Layer: net.
 */
import type { Flow } from "../sip/flow.js";
import type { Param } from "../sip/message.js";

export type { Flow } from "../sip/flow.js";

/**
 * The connection of a flow is gone, or could not be made: what was to go over it won't arrive.
 * "If the flow has failed, the request fails, too" (RFC 5626 5.3): nobody looks for another way in its place.
 */
export class FlowFailed extends Error {
  override readonly name = "FlowFailed";
}

export interface Transport {
  /** A reliable transport needs no retransmissions (timers E, J and K are zero). */
  readonly reliable: boolean;
  /** What our Via says: "UDP", and the host and port by which responses reach us. */
  readonly via: { readonly transport: string; readonly host: string; readonly port: number; readonly params?: readonly Param[] };
  /**
   * Sends to the flow's remote side. Resolves when the system has taken the bytes; rejects, and never throws, if it did not:
   * with FlowFailed, and at once, if the flow's connection is not open.
   */
  send(bytes: Uint8Array, flow: Flow): Promise<void>;
}

/** The transport with somebody who sees what is sent over it. */
export function tapped(transport: Transport, onSend: ((bytes: Uint8Array, flow: Flow) => void) | undefined): Transport {
  if (onSend === undefined) return transport;
  return {
    reliable: transport.reliable,
    via: transport.via,
    send(bytes, flow) {
      onSend(bytes, flow);
      return transport.send(bytes, flow);
    },
  };
}
