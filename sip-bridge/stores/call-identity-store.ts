/**
 * Call-ID and CSeq of devices that are always notified under the same Call-ID. Adapters: sqlite/.
 * Contract: test/contracts/call-identity-store.contract.ts. A write is on disk when its promise is fulfilled.
 * Spec: US 2012/0089717 A1 [0091-0092]; RFC 3261 8.1.1.5, 8.2.2.2. Layer: stores (interface).
 */

export interface CallIdentity {
  readonly callId: string;
  /** Of the NOTIFY that is about to leave. */
  readonly cseq: number;
}

export interface NextCallIdentity {
  readonly deviceId: string;
  /** Requests of the device that were received in all; see wakeProfile. */
  readonly requestsReceived: number;
  /** For a device that has none, or whose CSeq is used up. */
  readonly freshCallId: string;
  readonly nowMs: number;
}

export interface CallIdentityStore {
  /** Each call gives a CSeq that was not given before under that Call-ID. */
  next(next: NextCallIdentity): Promise<CallIdentity>;
  /** A request with this CSeq left besides: the next one is higher. Unknown device: nothing. */
  used(deviceId: string, cseq: number): Promise<void>;
}
