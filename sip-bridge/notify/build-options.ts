/**
 * The OPTIONS that keeps the way to a registered contact open: whatever the answer is, it came through.
 * Spec: RFC 3261 11.1; sip.md 1.7. Layer: notify, pure.
 */
import { addressOfRecordUri } from "../registrar/address-of-record.js";
import type { Binding } from "../registrar/binding.js";
import { buildRequest } from "../sip/build.js";
import { header, type SipRequest } from "../sip/message.js";

export interface OptionsIdentity {
  readonly callId: string;
  readonly fromTag: string;
}

/** @param domain Ours. */
export function buildOptions(
  { contact, addressOfRecord }: Pick<Binding, "contact" | "addressOfRecord">,
  domain: string,
  { callId, fromTag }: OptionsIdentity,
): SipRequest {
  return buildRequest({
    method: "OPTIONS",
    uri: contact,
    from: { uri: `sip:${domain}`, params: [{ name: "tag", value: fromTag }] },
    to: { uri: addressOfRecordUri(addressOfRecord), params: [] },
    callId,
    cseq: 1,
    headers: [header("Accept", "application/sdp")],
  });
}
