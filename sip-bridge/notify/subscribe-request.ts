/**
 * What a SUBSCRIBE says, and the headers of the NOTIFYs that follow it. Whose state it is about is the package's to judge.
 * Spec: RFC 6665 3.1, 4.2.1, 8.2. Layer: notify, pure.
 */
import type { Answer } from "../registrar/read-registration.js";
import { parseSeconds, readTokenWithParams } from "../sip/header-values.js";
import { header, headerValue, headerValues, param, type SipHeader, type SipRequest } from "../sip/message.js";

export interface SubscriptionTimes {
  /** When the request names none. */
  readonly defaultS: number;
  /** Shorter ones get 423; 0 is a fetch, or the end. */
  readonly minS: number;
  /** Longer ones are cut to this. */
  readonly maxS: number;
}

export interface Subscribe {
  readonly expiresS: number;
  /** Of Event's parameter `id`: several subscriptions in one dialog. "" if there is none. */
  readonly eventId: string;
}

/** The package that a SUBSCRIBE asks for, as sent; "" if it names none. @throws {MalformedMessage} */
export const eventOf = (request: SipRequest): string => readTokenWithParams(request, "event")?.token ?? "";

/**
 * @param mediaType What the NOTIFYs bring; undefined: no body.
 * @throws {MalformedMessage}
 */
export function readSubscribe(
  request: SipRequest,
  times: SubscriptionTimes,
  mediaType: string | undefined,
): Subscribe | { readonly refused: Answer } {
  // "The Accept header field indicates the body formats allowed in subsequent NOTIFY requests"; without one the package's own is.
  if (mediaType !== undefined && !accepts(request, mediaType)) return { refused: { status: 406, headers: [header("Accept", mediaType)] } };
  const text = headerValue(request, "expires");
  const wantedS = text === undefined ? times.defaultS : (parseSeconds(text) ?? times.defaultS);
  // "…if the expiration is greater than zero and smaller than one hour and less than a notifier-configured minimum": 423.
  if (wantedS > 0 && wantedS < times.minS && wantedS < 3_600)
    return { refused: { status: 423, headers: [header("Min-Expires", times.minS)] } };
  const eventId = param(readTokenWithParams(request, "event")?.params ?? [], "id") ?? "";
  return { expiresS: Math.min(wantedS, times.maxS), eventId };
}

function accepts(request: SipRequest, mediaType: string): boolean {
  const ranges = headerValues(request, "accept").flatMap((text) => text.split(","));
  const [type = ""] = mediaType.split("/");
  const wanted = [mediaType, `${type}/*`, "*/*"];
  return ranges.length === 0 || ranges.some((range) => wanted.includes((range.split(";")[0] ?? "").trim().toLowerCase()));
}

export interface Notification {
  readonly event: string;
  readonly eventId: string;
  /** Seconds that the subscription still lasts; or why it is over. */
  readonly state: { readonly leftS: number } | { readonly over: "timeout" | "deactivated" | "noresource" };
  /** Where requests in the dialog reach us. */
  readonly contact: string;
  readonly contentType?: string;
}

/** Beside what every request has. */
export function notificationHeaders({ event, eventId, state, contact, contentType }: Notification): readonly SipHeader[] {
  return [
    header("Contact", `<${contact}>`),
    header("Event", eventId === "" ? event : `${event};id=${eventId}`),
    header("Subscription-State", "leftS" in state ? `active;expires=${state.leftS}` : `terminated;reason=${state.over}`),
    ...(contentType === undefined ? [] : [header("Content-Type", contentType)]),
  ];
}

/** What an answer to a NOTIFY says of its subscription (RFC 6665 4.2.2). Silence is as 481: nobody is there any more. */
const ENDING: ReadonlySet<number> = new Set([404, 405, 408, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604]);
export const endsSubscription = (status: number): boolean => ENDING.has(status);
