/**
 * What the transaction layer needs of a transport.
 * Spec: RFC 3261 18. Layer: net.
 */
import type { Flow } from "../sip/flow.js";

export type { Flow } from "../sip/flow.js";

export interface Transport {
  /** A reliable transport needs no retransmissions (timers E, J and K are zero). */
  readonly reliable: boolean;
  /** What our Via says: "UDP", and the host and port by which responses reach us. */
  readonly via: { readonly transport: string; readonly host: string; readonly port: number };
  /** Sends to the flow's remote side. Resolves when the system has taken the bytes; rejects, and never throws, if it did not. */
  send(bytes: Uint8Array, flow: Flow): Promise<void>;
}
