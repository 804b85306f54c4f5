/**
 * The CSeq of the next NOTIFY under a Call-ID that stays: one more for each request that the device made since the last NOTIFY, and one more
 * when it made none, since an equal one may bring 482.
 * Spec: US 2012/0089717 A1 [0092]; RFC 3261 8.1.1.5 (less than 2^31), 8.2.2.2. Layer: notify, pure.
 */

export interface KnownCallIdentity {
  readonly callId: string;
  /** Of the last request that left. */
  readonly cseq: number;
  /** The total that came with it. */
  readonly requestsReceived: number;
}

/** RFC 3261 8.1.1.5: "less than 2**31". One is left for the repetition with credentials. */
const CSEQ_MAX = 2 ** 31 - 3;

/** @param known undefined: this device has none yet. A total that went down is another count: nothing was received since. */
export function nextIdentity(
  known: KnownCallIdentity | undefined,
  requestsReceived: number,
  freshCallId: string,
): Pick<KnownCallIdentity, "callId" | "cseq"> {
  if (known === undefined) return { callId: freshCallId, cseq: 1 };
  const cseq = known.cseq + Math.max(requestsReceived - known.requestsReceived, 1);
  return cseq > CSEQ_MAX ? { callId: freshCallId, cseq: 1 } : { callId: known.callId, cseq };
}
