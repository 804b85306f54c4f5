/**
 * Gateways that subscribe to be woken (TR-104 EventSubscribe): SUBSCRIBE is answered, the first NOTIFY follows at once, and a wake goes out
 * in the dialog. What is about to be sent is on disk before: after a restart the dialog goes on where it was.
 * Spec: RFC 6665 4.2; RFC 3261 12. Layer: sip-bridge (shell of notify/subscribe-request.ts and sip/dialog.ts).
 */
import type { Clock } from "../common/clock.js";
import { createTurns } from "../common/turns.js";
import type { RequestEvent } from "./net/client-transactions.js";
import type { IncomingRequest } from "./net/server-transactions.js";
import type { Flow } from "./net/transport.js";
import { contactOf } from "./notify/build-notify.js";
import { endsSubscription, eventOf, notificationHeaders, readSubscribe, type SubscriptionTimes } from "./notify/subscribe-request.js";
import type { Account } from "./registrar/account.js";
import { addressOfRecordKey, type Domains } from "./registrar/address-of-record.js";
import type { Answer } from "./registrar/read-registration.js";
import { answeredInDialog, dialogKeyOf, dialogOfServer, receiveInDialog, requestInDialog } from "./sip/dialog.js";
import { header, param, type SipHeader, type SipRequest } from "./sip/message.js";
import { parseUri } from "./sip/uri.js";
import type { SubscriptionStore, WakeSubscription } from "./stores/subscription-store.js";
import type { NotifyEdge } from "./ways.js";

export const WAKE_SUBSCRIPTION_LIMITS = {
  subscriptionsMax: 100_000,
  perAddressMax: 4,
  /** Looked for each time, and told that they are over. */
  expiredBatch: 100,
  sweepMs: 1_000,
} as const;

/** "ExpireTime" of TR-104 is the gateway's wish; a day is the longest that is granted. */
export const WAKE_SUBSCRIPTION_TIMES: SubscriptionTimes = { defaultS: 3_600, minS: 60, maxS: 86_400 };

export interface WakeSubscriptionsOptions {
  readonly domains: Domains;
  readonly store: SubscriptionStore;
  /** Values of Event that gateways may subscribe to; the type before ";" is what they name. */
  readonly events: readonly string[];
  /** User part of our Contact. */
  readonly user: string;
  readonly edgeOf: (flow: Flow) => NotifyEdge | undefined;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

/** A NOTIFY that may leave: its CSeq is on disk. */
export interface ReadyNotify {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly edge: NotifyEdge;
}

export interface WakeSubscriptions {
  /** The types that may be subscribed to. */
  readonly packages: readonly string[];
  /** A SUBSCRIBE of this account's. Never rejects. @throws {MalformedMessage} */
  subscribe(incoming: IncomingRequest, account: Account): void;
  /** The subscription of an address that a wake can take: valid, and with its socket or connection open. */
  live(addressOfRecord: string): Promise<WakeSubscription | undefined>;
  /** The next NOTIFY of a subscription; undefined: it has ended meanwhile. */
  notify(key: string, authorization?: SipHeader): Promise<ReadyNotify | undefined>;
  /** What became of a NOTIFY: 481 and the like end the subscription, silence too (RFC 6665 4.2.2). */
  heard(key: string, event: RequestEvent): void;
  close(): void;
}

type Over = "timeout" | "noresource";

export function createWakeSubscriptions(options: WakeSubscriptionsOptions): WakeSubscriptions {
  const { domains, store, user, edgeOf, clock, onError } = options;
  const eventValues = new Map(options.events.map((value) => [value.split(";")[0] ?? value, value]));
  const inTurn = createTurns();
  let isClosed = false;
  let cancelSweep = (): void => undefined;

  function subscribe(incoming: IncomingRequest, account: Account): void {
    const { request } = incoming;
    const asked = readSubscribe(request, WAKE_SUBSCRIPTION_TIMES, undefined);
    if ("refused" in asked) {
      refuse(incoming, asked.refused);
      return;
    }
    const isInDialog = (param(request.to.params, "tag") ?? "") !== "";
    const key = isInDialog ? keyOf(dialogKeyOf(request), asked.eventId) : newKey(incoming, asked.eventId);
    const work = (): Promise<void> => (isInDialog ? refresh(incoming, account, key, asked.expiresS) : begin(incoming, account, key, asked));
    inTurn(key, work).catch((error: unknown) => {
      onError(error);
      refuse(incoming, { status: 500 });
    });
  }

  async function begin(
    incoming: IncomingRequest,
    account: Account,
    key: string,
    { expiresS, eventId }: { readonly expiresS: number; readonly eventId: string },
  ): Promise<void> {
    const { request, flow, localTag } = incoming;
    // Whose gateway this is: the From of a SUBSCRIBE is the subscriber's own address (RFC 6665 8.1.1).
    const addressOfRecord = addressOfRecordKey(parseUri(request.from.uri), domains);
    if (addressOfRecord === undefined || !account.addressesOfRecord.includes(addressOfRecord)) {
      refuse(incoming, { status: 403 });
      return;
    }
    const dialog = dialogOfServer(request, localTag, { isTls: flow.transport === "tls", state: "confirmed" });
    const [ofAddress, all] = await Promise.all([store.current(addressOfRecord, clock.now()), store.count()]);
    const { perAddressMax, subscriptionsMax } = WAKE_SUBSCRIPTION_LIMITS;
    if (ofAddress.length >= perAddressMax || all >= subscriptionsMax) {
      refuse(incoming, { status: 503, headers: [header("Retry-After", WAKE_SUBSCRIPTION_TIMES.minS)] });
      return;
    }
    const { username } = account;
    await grant(incoming, { key, addressOfRecord, username, event: eventOf(request), eventId, dialog, flow, expiresAtMs: 0 }, expiresS);
  }

  async function refresh(incoming: IncomingRequest, account: Account, key: string, expiresS: number): Promise<void> {
    const known = await store.get(key);
    if (known === undefined || known.expiresAtMs <= clock.now()) refuse(incoming, { status: 481 });
    else if (known.username !== account.username) refuse(incoming, { status: 403 });
    else {
      const dialog = receiveInDialog(known.dialog, incoming.request);
      if ("refused" in dialog) refuse(incoming, { status: dialog.refused });
      else await grant(incoming, { ...known, dialog, flow: incoming.flow }, expiresS);
    }
  }

  /** "The notifier MUST send a NOTIFY immediately", after the 200; with Expires 0 it is the only one, or the last (RFC 6665 4.2.1.4). */
  async function grant(incoming: IncomingRequest, subscription: WakeSubscription, expiresS: number): Promise<void> {
    const expiresAtMs = clock.now() + expiresS * 1_000;
    const granted = { ...subscription, expiresAtMs };
    if (expiresS > 0) await store.put(granted);
    const edge = edgeOf(granted.flow);
    const contact = edge === undefined ? [] : [header("Contact", `<${contactOf(user, edge.local)}>`)];
    incoming.answer(200, { headers: [header("Expires", expiresS), ...contact] });
    await tell(granted, expiresS > 0 ? undefined : "timeout");
  }

  async function tell(subscription: WakeSubscription, over?: Over): Promise<void> {
    const ready = await prepare(subscription, undefined, over);
    if (ready === undefined || isClosed) return;
    ready.edge.request(ready.request, ready.flow, (event) => heard(subscription.key, event));
  }

  /** Store, then send: a CSeq that may have been heard is never used again. */
  async function prepare(subscription: WakeSubscription, authorization?: SipHeader, over?: Over): Promise<ReadyNotify | undefined> {
    const { flow, eventId, expiresAtMs, key } = subscription;
    const edge = edgeOf(flow);
    if (edge === undefined) {
      if (over !== undefined) await store.remove(key);
      return undefined;
    }
    const leftS = Math.max(0, Math.ceil((expiresAtMs - clock.now()) / 1_000));
    const event = eventValues.get(subscription.event) ?? subscription.event;
    const contact = contactOf(user, edge.local);
    const headers = notificationHeaders({ event, eventId, contact, state: over === undefined ? { leftS } : { over } });
    const { dialog, request } = requestInDialog(subscription.dialog, {
      method: "NOTIFY",
      headers: authorization === undefined ? headers : [...headers, authorization],
    });
    if (over === undefined) await store.put({ ...subscription, dialog });
    else await store.remove(key);
    return { request, flow, edge };
  }

  const notify: WakeSubscriptions["notify"] = (key, authorization) =>
    inTurn(key, async () => {
      const known = await store.get(key);
      return known === undefined || known.expiresAtMs <= clock.now() ? undefined : prepare(known, authorization);
    });

  function heard(key: string, event: RequestEvent): void {
    if (isClosed || (event.kind !== "final" && event.kind !== "timeout" && event.kind !== "transport-error")) return;
    inTurn(key, () => settle(key, event)).catch(onError);
  }

  async function settle(key: string, event: RequestEvent): Promise<void> {
    const known = await store.get(key);
    if (known === undefined) return;
    const dialog = event.kind === "final" ? answeredInDialog(known.dialog, "NOTIFY", event.response) : "ended";
    if (dialog === "ended" || (event.kind === "final" && endsSubscription(event.response.status))) await store.remove(key);
    else if (dialog.remoteTarget !== known.dialog.remoteTarget) await store.put({ ...known, dialog });
  }

  async function live(addressOfRecord: string): Promise<WakeSubscription | undefined> {
    const current = await store.current(addressOfRecord, clock.now());
    return current.find(({ flow }) => edgeOf(flow) !== undefined);
  }

  /** "When a subscription expires, the notifier SHOULD send a NOTIFY with terminated and reason timeout" (RFC 6665 4.2.2). */
  async function sweep(): Promise<void> {
    const over = await store.expired(clock.now(), WAKE_SUBSCRIPTION_LIMITS.expiredBatch);
    await Promise.all(over.map((subscription) => inTurn(subscription.key, () => expire(subscription.key))));
  }

  async function expire(key: string): Promise<void> {
    const known = await store.get(key);
    if (known !== undefined && known.expiresAtMs <= clock.now() && !isClosed) await tell(known, "timeout");
  }

  function planSweep(): void {
    cancelSweep = clock.after(WAKE_SUBSCRIPTION_LIMITS.sweepMs, () => {
      sweep()
        .catch(onError)
        .finally(() => (isClosed ? undefined : planSweep()));
    });
  }

  planSweep();
  return {
    packages: [...eventValues.keys()],
    subscribe,
    live,
    notify,
    heard,
    close() {
      isClosed = true;
      cancelSweep();
    },
  };
}

const keyOf = (dialogKey: string, eventId: string): string => `${dialogKey}\n${eventId}`;

const newKey = ({ request, localTag }: IncomingRequest, eventId: string): string =>
  keyOf(`${request.callId}\n${localTag}\n${param(request.from.params, "tag") ?? ""}`, eventId);

const refuse = ({ answer }: IncomingRequest, { status, ...draft }: Answer): void => answer(status, draft);
