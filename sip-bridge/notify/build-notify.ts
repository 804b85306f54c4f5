/**
 * The NOTIFY that wakes a device: outside any dialog, with nothing in it but its event.
 * Spec: sip.md 1.2; RFC 3265 3.2.2 (subscriptions installed by other means), RFC 6665 8.1.1; RFC 3261 8.1.1. Layer: notify, pure.
 */
import { addressOfRecordUri } from "../registrar/address-of-record.js";
import { buildRequest } from "../sip/build.js";
import type { Flow } from "../sip/flow.js";
import { header, type SipHeader, type SipRequest } from "../sip/message.js";
import { routeOf } from "./way.js";

/** What differs between models and operators. */
export interface NotifyProfile {
  /** User part and domain of From: some devices listen to their own registrar's domain only. */
  readonly fromUser: string;
  readonly fromDomain: string;
  /** Value of Subscription-State; null leaves the header out, for parsers from before RFC 3265. */
  readonly subscriptionState: string | null;
  /** Value of User-Agent; null leaves it out. */
  readonly userAgent: string | null;
  /** "phone": `user=phone` in To and From, and the number as display name of To (US 2012/0089717 A1 [0089-0090]). */
  readonly userParameter?: "phone";
}

/** Whom it is for. Text is latin1 octets. */
export interface NotifyTarget {
  /** The Request-URI, exactly as it shall stand there: a contact as registered, or an address of record. */
  readonly uri: string;
  readonly addressOfRecord: string;
  /** Values of Route, in order; those of loose routers, with `lr` (RFC 3261 16.12). */
  readonly routes: readonly string[];
}

/** What stays the same when the request is repeated with credentials (RFC 3261 22.2). */
export interface NotifyIdentity {
  readonly callId: string;
  readonly fromTag: string;
  /** Where requests to us arrive, as in a URI: IPv6 in brackets. */
  readonly local: { readonly host: string; readonly port: number; readonly transport: Flow["transport"] };
}

/** What differs between one request of a wake and the next. */
export interface NotifyTurn {
  readonly cseq: number;
  readonly event: string;
  /** Authorization or Proxy-Authorization, after a challenge. */
  readonly authorization?: SipHeader;
}

export function buildNotify(target: NotifyTarget, identity: NotifyIdentity, profile: NotifyProfile, turn: NotifyTurn): SipRequest {
  const { callId, fromTag, local } = identity;
  const { fromUser, fromDomain, subscriptionState, userAgent, userParameter } = profile;
  const user = userParameter === undefined ? "" : `;user=${userParameter}`;
  const to = addressOfRecordUri(target.addressOfRecord);
  return buildRequest({
    method: "NOTIFY",
    uri: target.uri,
    from: { uri: `sip:${fromUser}@${fromDomain}${user}`, params: [{ name: "tag", value: fromTag }] },
    to: { uri: to + user, params: [], ...(user === "" ? {} : { displayName: userOf(to) }) },
    callId,
    cseq: turn.cseq,
    headers: [
      ...routeOf({ path: target.routes }),
      header("Contact", `<${contactOf(fromUser, local)}>`),
      header("Event", turn.event),
      ...(subscriptionState === null ? [] : [header("Subscription-State", subscriptionState)]),
      ...(userAgent === null ? [] : [header("User-Agent", userAgent)]),
      ...(turn.authorization === undefined ? [] : [turn.authorization]),
    ],
  });
}

const userOf = (uri: string): string => uri.slice("sip:".length, uri.lastIndexOf("@"));

/** UDP is what a URI without transport means (RFC 3261 19.1.1). */
export function contactOf(user: string, { host, port, transport }: NotifyIdentity["local"]): string {
  return `sip:${user}@${host}:${port}${transport === "udp" ? "" : `;transport=${transport}`}`;
}
