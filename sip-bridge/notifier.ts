/**
 * The notifier of an event package: takes SUBSCRIBEs, keeps the subscriptions, sends NOTIFYs in their dialogs over the flow of the SUBSCRIBE,
 * whatever its Contact says. Generic over what the package is about; what changes is told with `publish`.
 * Subscriptions are on disk before they are granted, and each NOTIFY before it leaves: after a restart the dialogs go on where they were,
 * with the whole state. One over a TCP or TLS connection ended with that: its refresh gets 481, and the subscriber begins anew.
 * Spec: RFC 6665 4.2. Layer: sip-bridge (shell of notify/subscribe-request.ts and sip/dialog.ts).
 */
import type { Clock } from "../common/clock.js";
import type { RequestEvent } from "./net/client-transactions.js";
import type { IncomingRequest } from "./net/server-transactions.js";
import type { Flow } from "./net/transport.js";
import { contactOf } from "./notify/build-notify.js";
import { endsSubscription, notificationHeaders, readSubscribe, type SubscriptionTimes } from "./notify/subscribe-request.js";
import type { Account } from "./registrar/account.js";
import type { Answer } from "./registrar/read-registration.js";
import { answeredInDialog, type Dialog, dialogKeyOf, dialogOfServer, receiveInDialog, requestInDialog } from "./sip/dialog.js";
import { header, param, type SipRequest } from "./sip/message.js";
import type { KeptSubscription, NotifierStore } from "./stores/notifier-store.js";
import type { NotifyEdge } from "./ways.js";

/** @typeParam Change What `publish` tells, and `changed` writes. */
export interface EventPackage<Change> {
  /** The event type: what stands in Event. */
  readonly name: string;
  /** Of the bodies; undefined: NOTIFYs have none. */
  readonly mediaType: string | undefined;
  readonly times: SubscriptionTimes;
  /** Between two NOTIFYs that nobody asked for. */
  readonly spacingMs: number;
  /** What an initial SUBSCRIBE is about, if this account may know of it. */
  resourceOf(request: SipRequest, account: Account): { readonly resource: string } | { readonly refused: Answer };
  /** The whole state, for the first NOTIFY and after each refresh. @param version 0 in the first NOTIFY of a subscription. */
  whole(resource: string, version: number): Promise<string>;
  /** What has changed since the NOTIFY before. */
  changed(resource: string, changes: readonly Change[], version: number): string;
  /** Somebody subscribes to it for the first time, or nobody does any more. */
  onWatched?(resource: string, isWatched: boolean): void;
}

export const SUBSCRIPTION_LIMITS = {
  subscriptionsMax: 10_000,
  perUserMax: 50,
  /** Changes that wait for their NOTIFY; beyond it the whole state is sent. */
  changesMax: 50,
  /** Told of the whole state in a second, after a restart. */
  resumedPerSecond: 50,
} as const;

export interface NotifierOptions {
  readonly edgeOf: (flow: Flow) => NotifyEdge | undefined;
  /** User part of our Contact. */
  readonly user: string;
  readonly store: NotifierStore;
  readonly clock: Clock;
  readonly limits?: { readonly [Name in keyof typeof SUBSCRIPTION_LIMITS]?: number };
  readonly onError: (error: unknown) => void;
}

export interface NotifierCounters {
  readonly subscriptions: number;
  readonly notificationsSent: number;
  /** Ended because nobody answered, or not with 2xx. */
  readonly lost: number;
}

export interface Notifier<Change> {
  /** Answers a SUBSCRIBE of this account's for this package. @throws {MalformedMessage} */
  subscribe(incoming: IncomingRequest, account: Account): void;
  /** Tells all who subscribe to it. */
  publish(resource: string, changes: readonly Change[]): void;
  isWatched(resource: string): boolean;
  /** Before anything else: takes up what an earlier run has left. */
  load(): Promise<void>;
  /** When there are sockets: those that were loaded are told the whole state. */
  resume(): void;
  counters(): NotifierCounters;
  close(): void;
}

interface Subscription<Change> {
  readonly key: string;
  readonly username: string;
  readonly resource: string;
  readonly eventId: string;
  dialog: Dialog;
  flow: Flow;
  expiresAtMs: number;
  /** Of the next NOTIFY. */
  version: number;
  /** What the next NOTIFY tells. */
  waiting: "nothing" | "whole" | readonly Change[];
  /** The next NOTIFY is the last. */
  over?: "timeout" | "deactivated" | "noresource";
  /** A NOTIFY is being written, or waits for its answer: they go one after the other (the order of versions). */
  isOut: boolean;
  sentAtMs: number;
  cancelExpiry: () => void;
  cancelSpacing: (() => void) | undefined;
}

export function createNotifier<Change>(pkg: EventPackage<Change>, options: NotifierOptions): Notifier<Change> {
  const { edgeOf, user, store, clock, onError } = options;
  const limits = { ...SUBSCRIPTION_LIMITS, ...options.limits };
  const subscriptions = new Map<string, Subscription<Change>>();
  const ofResource = new Map<string, Set<Subscription<Change>>>();
  const counters = { notificationsSent: 0, lost: 0 };
  let isClosed = false;
  let cancelResume = (): void => undefined;

  function subscribe(incoming: IncomingRequest, account: Account): void {
    const { request } = incoming;
    const asked = readSubscribe(request, pkg.times, pkg.mediaType);
    if ("refused" in asked) {
      refuse(incoming, asked.refused);
      return;
    }
    const isInDialog = (param(request.to.params, "tag") ?? "") !== "";
    if (isInDialog) refresh(incoming, account, asked.expiresS, asked.eventId);
    else begin(incoming, account, asked.expiresS, asked.eventId);
  }

  function begin(incoming: IncomingRequest, account: Account, expiresS: number, eventId: string): void {
    const { request, flow, localTag } = incoming;
    const about = pkg.resourceOf(request, account);
    if ("refused" in about) {
      refuse(incoming, about.refused);
      return;
    }
    const ofUser = [...(ofResource.get(about.resource) ?? [])].filter(({ username }) => username === account.username).length;
    if (subscriptions.size >= limits.subscriptionsMax || ofUser >= limits.perUserMax) {
      refuse(incoming, { status: 503, headers: [header("Retry-After", pkg.times.minS)] });
      return;
    }
    const dialog = dialogOfServer(request, localTag, { isTls: flow.transport === "tls", state: "confirmed" });
    const subscription: Subscription<Change> = {
      ...{ key: `${request.callId}\n${localTag}\n${param(request.from.params, "tag") ?? ""}\n${eventId}`, username: account.username },
      ...{ resource: about.resource, eventId, dialog, flow, expiresAtMs: 0, version: 0, waiting: "nothing", isOut: false },
      ...{ sentAtMs: Number.NEGATIVE_INFINITY, cancelExpiry: () => undefined, cancelSpacing: undefined },
    };
    keep(subscription);
    grant(incoming, subscription, expiresS);
  }

  function refresh(incoming: IncomingRequest, account: Account, expiresS: number, eventId: string): void {
    const { request, flow } = incoming;
    const subscription = subscriptions.get(`${dialogKeyOf(request)}\n${eventId}`);
    if (subscription === undefined) {
      refuse(incoming, { status: 481 });
      return;
    }
    if (subscription.username !== account.username) {
      refuse(incoming, { status: 403 });
      return;
    }
    const dialog = receiveInDialog(subscription.dialog, request);
    if ("refused" in dialog) {
      refuse(incoming, { status: dialog.refused });
      return;
    }
    Object.assign(subscription, { dialog, flow });
    grant(incoming, subscription, expiresS);
  }

  /** "The notifier MUST send a NOTIFY immediately", after the 200; with Expires 0 it is the only one, or the last. */
  function grant(incoming: IncomingRequest, subscription: Subscription<Change>, expiresS: number): void {
    subscription.cancelExpiry();
    subscription.expiresAtMs = clock.now() + expiresS * 1_000;
    store.put(keptOf(subscription)).then(
      () => granted(incoming, subscription, expiresS),
      (error: unknown) => {
        onError(error);
        forget(subscription);
        refuse(incoming, { status: 500 });
      },
    );
  }

  function granted({ answer }: IncomingRequest, subscription: Subscription<Change>, expiresS: number): void {
    if (isClosed) return;
    if (subscriptions.get(subscription.key) !== subscription) {
      answer(481); // it was lost while its refresh was being stored: nobody answers its NOTIFYs
      return;
    }
    const contact = contactFor(subscription.flow);
    answer(200, { headers: [header("Expires", expiresS), ...(contact === undefined ? [] : [header("Contact", `<${contact}>`)])] });
    if (expiresS === 0) {
      end(subscription, "timeout");
      return;
    }
    planExpiry(subscription);
    subscription.waiting = "whole";
    flush(subscription);
  }

  function planExpiry(subscription: Subscription<Change>): void {
    subscription.cancelExpiry(); // a refresh may have been granted meanwhile
    subscription.cancelExpiry = clock.after(subscription.expiresAtMs - clock.now(), () => end(subscription, "timeout"));
  }

  function end(subscription: Subscription<Change>, over: NonNullable<Subscription<Change>["over"]>): void {
    Object.assign(subscription, { over, waiting: "whole" });
    forget(subscription);
    flush(subscription);
  }

  function keep(subscription: Subscription<Change>): void {
    subscriptions.set(subscription.key, subscription);
    const others = ofResource.get(subscription.resource) ?? new Set();
    ofResource.set(subscription.resource, others.add(subscription));
    if (others.size === 1) pkg.onWatched?.(subscription.resource, true);
  }

  function forget(subscription: Subscription<Change>): void {
    subscription.cancelExpiry();
    subscription.cancelSpacing?.();
    if (!subscriptions.delete(subscription.key)) return;
    if (!isClosed) store.remove(subscription.key).catch(onError);
    const others = ofResource.get(subscription.resource);
    others?.delete(subscription);
    if (others?.size !== 0) return;
    ofResource.delete(subscription.resource);
    pkg.onWatched?.(subscription.resource, false);
  }

  function publish(resource: string, changes: readonly Change[]): void {
    for (const subscription of ofResource.get(resource) ?? []) {
      const { waiting } = subscription;
      if (waiting === "whole") continue;
      const all = waiting === "nothing" ? changes : [...waiting, ...changes];
      subscription.waiting = all.length > limits.changesMax ? "whole" : all;
      flush(subscription);
    }
  }

  function flush(subscription: Subscription<Change>): void {
    if (subscription.isOut || subscription.waiting === "nothing" || isClosed) return;
    const waitMs = subscription.waiting === "whole" ? 0 : subscription.sentAtMs + pkg.spacingMs - clock.now();
    if (waitMs > 0) {
      subscription.cancelSpacing?.();
      subscription.cancelSpacing = clock.after(waitMs, () => flush(subscription));
      return;
    }
    subscription.isOut = true;
    send(subscription).catch((error: unknown) => {
      onError(error);
      forget(subscription);
    });
  }

  async function send(subscription: Subscription<Change>): Promise<void> {
    const { waiting, resource, version } = subscription;
    subscription.waiting = "nothing";
    const text = Array.isArray(waiting) ? pkg.changed(resource, waiting, version) : await pkg.whole(resource, version);
    if (isClosed) return;
    const { flow, eventId, over, expiresAtMs } = subscription;
    const edge = edgeOf(flow);
    const contact = contactFor(flow);
    if (edge === undefined || contact === undefined) {
      lose(subscription);
      return;
    }
    const leftS = Math.max(0, Math.ceil((expiresAtMs - clock.now()) / 1_000));
    const { mediaType: contentType } = pkg;
    const { dialog, request } = requestInDialog(subscription.dialog, {
      method: "NOTIFY",
      headers: notificationHeaders({
        ...{ event: pkg.name, eventId, contact, state: over === undefined ? { leftS } : { over } },
        ...(contentType === undefined ? {} : { contentType }),
      }),
      ...(contentType === undefined ? {} : { body: Buffer.from(text, "utf8") }),
    });
    Object.assign(subscription, { dialog, version: version + 1, sentAtMs: clock.now() });
    // A CSeq that may have been heard is never used again. One that has ended is gone from the store.
    if (subscriptions.get(subscription.key) === subscription) await store.put(keptOf(subscription));
    if (isClosed) return;
    counters.notificationsSent++;
    edge.request(request, flow, (event) => onAnswer(subscription, event));
  }

  function onAnswer(subscription: Subscription<Change>, event: RequestEvent): void {
    if (event.kind === "timeout" || event.kind === "transport-error") {
      lose(subscription);
      return;
    }
    if (event.kind !== "final") return;
    const dialog = answeredInDialog(subscription.dialog, "NOTIFY", event.response);
    if (dialog === "ended" || endsSubscription(event.response.status)) {
      lose(subscription);
      return;
    }
    Object.assign(subscription, { dialog, isOut: false });
    flush(subscription);
  }

  function lose(subscription: Subscription<Change>): void {
    if (subscription.over === undefined) counters.lost++;
    forget(subscription);
  }

  async function load(): Promise<void> {
    for (const known of await store.all(limits.subscriptionsMax)) {
      if (known.expiresAtMs <= clock.now()) await store.remove(known.key);
      else
        keep({
          ...{ ...known, waiting: "nothing", isOut: false, sentAtMs: Number.NEGATIVE_INFINITY },
          ...{ cancelExpiry: () => undefined, cancelSpacing: undefined },
        });
    }
  }

  /** What changed meanwhile is not known, so that each gets the whole state; some at a time. */
  function resume(): void {
    const loaded = [...subscriptions.values()];
    for (const subscription of loaded) planExpiry(subscription);
    const takeTurns = (): void => {
      for (const subscription of loaded.splice(0, limits.resumedPerSecond)) {
        if (subscriptions.get(subscription.key) !== subscription) continue;
        subscription.waiting = "whole";
        flush(subscription);
      }
      if (loaded.length > 0) cancelResume = clock.after(1_000, takeTurns);
    };
    takeTurns();
  }

  function contactFor(flow: Flow): string | undefined {
    const edge = edgeOf(flow);
    return edge === undefined ? undefined : contactOf(user, edge.local);
  }

  return {
    subscribe,
    publish,
    isWatched: (resource) => ofResource.has(resource),
    ...{ load, resume },
    counters: () => ({ subscriptions: subscriptions.size, ...counters }),
    close() {
      isClosed = true;
      cancelResume();
      for (const subscription of subscriptions.values()) forget(subscription);
    },
  };
}

function keptOf({ key, username, resource, eventId, dialog, flow, expiresAtMs, version }: KeptSubscription): KeptSubscription {
  return { key, username, resource, eventId, dialog, flow, expiresAtMs, version };
}

const refuse = ({ answer }: IncomingRequest, { status, ...draft }: Answer): void => answer(status, draft);
