/**
 * The subscriptions that the ACS has told the phone to make, and what a SUBSCRIBE and its answer look like.
 * Spec: TR-104 issue 1 VoiceProfile.{i}.SIP.EventSubscribe.{i}, issue 2 SIP.Network.{i}.EventSubscribe.{i}; RFC 6665 4.1, 8.1. Layer: phone, pure.
 */
import { buildRequest } from "../../sip-bridge/sip/build.js";
import type { Dialog } from "../../sip-bridge/sip/dialog.js";
import { requestInDialog } from "../../sip-bridge/sip/dialog.js";
import { header, type SipHeader, type SipRequest } from "../../sip-bridge/sip/message.js";
import { hostField } from "../../sip-bridge/sip/uri.js";
import { type Device, setting } from "../device/device.js";

export interface EventSubscribe {
  readonly event: string;
  readonly notifier: string;
  readonly notifierPort: number;
  readonly expiresS: number;
}

/** Rows that are looked at; the model has room for as many. */
export const EVENT_SUBSCRIBE_ROWS_MAX = 4;

/** Rows with an event and a notifier. @param table Path without the root, with a dot at its end. @param isEnabled Of a row's path. */
export function readEventSubscribe(
  device: Device,
  table: string,
  isEnabled: (row: string) => boolean = () => true,
): readonly EventSubscribe[] {
  return Array.from({ length: EVENT_SUBSCRIBE_ROWS_MAX }, (_, i) => `${table}${i + 1}.`).flatMap((row) => {
    const own = (leaf: string): string => setting(device, row + leaf);
    const [event, notifier] = [own("Event"), own("Notifier")];
    if (event === "" || notifier === "" || !isEnabled(row)) return [];
    return [{ event, notifier, notifierPort: Number(own("NotifierPort")) || 5060, expiresS: Number(own("ExpireTime")) || 3600 }];
  });
}

/** What stays the same over the SUBSCRIBEs of one subscription. */
export interface SubscribeIdentity {
  readonly callId: string;
  readonly fromTag: string;
  readonly addressOfRecord: string;
  readonly contactUri: string;
  readonly userAgent: string;
}

/** The first one, or with a dialog a refresh. @param cseq Of the first one. */
export function buildSubscribe(
  { event, notifier, notifierPort, expiresS }: EventSubscribe,
  { callId, fromTag, addressOfRecord, contactUri, userAgent }: SubscribeIdentity,
  cseq: number,
  dialog?: Dialog,
): { readonly request: SipRequest; readonly dialog: Dialog | undefined } {
  const headers: readonly SipHeader[] = [
    header("Contact", `<${contactUri}>`),
    header("Event", event),
    header("Expires", expiresS),
    header("User-Agent", userAgent),
  ];
  if (dialog !== undefined) return requestInDialog(dialog, { method: "SUBSCRIBE", headers });
  const uri = `sip:${hostField(notifier)}:${notifierPort}`;
  const request = buildRequest({
    ...{ method: "SUBSCRIBE", uri, callId, cseq, headers },
    from: { uri: addressOfRecord, params: [{ name: "tag", value: fromTag }] },
    to: { uri, params: [] },
  });
  return { request, dialog: undefined };
}
