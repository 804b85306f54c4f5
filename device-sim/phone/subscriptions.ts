/**
 * Keeps the subscriptions that the ACS has told the phone to make: SUBSCRIBE, its challenge, refreshes, and which NOTIFYs belong to them.
 * Spec: RFC 6665 4.1; RFC 3261 12, 22; TR-104 EventSubscribe. Layer: phone.
 */
import type { Clock } from "../../common/clock.js";
import type { RequestEvent } from "../../sip-bridge/net/client-transactions.js";
import { answerChallenge } from "../../sip-bridge/sip/answer-challenge.js";
import { type Dialog, dialogKey, dialogKeyOf, dialogOfClient, receiveInDialog } from "../../sip-bridge/sip/dialog.js";
import { readSeconds, readTokenWithParams } from "../../sip-bridge/sip/header-values.js";
import type { SipRequest, SipResponse } from "../../sip-bridge/sip/message.js";
import { buildSubscribe, type EventSubscribe, type SubscribeIdentity } from "./event-subscribe.js";
import type { LineConfig } from "./line.js";
import { nonceUserOf } from "./registration.js";
import { resolveHost } from "./resolve-host.js";
import type { SipWay } from "./sip-way.js";

/** After a refusal, or silence. */
const RETRY_MS = 30_000;
const LOGINS_MAX = 2;

export interface SubscriptionsOptions {
  readonly line: () => LineConfig;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly randomHex: (bytes: number) => string;
  readonly onSubscribed: (event: string, expiresS: number) => void;
  readonly onError: (error: unknown) => void;
}

/** "first": it only says that the subscription holds. "wake": something has happened. */
export type DialogNotify = "wake" | "first" | "ended" | "unknown";

interface Subscription {
  readonly wanted: EventSubscribe;
  readonly identity: SubscribeIdentity;
  readonly way: SipWay;
  dialog: Dialog | undefined;
  cseq: number;
  /** A SUBSCRIBE is answered with a NOTIFY that nothing has happened for. */
  awaitsFirst: boolean;
  cancelTimer: () => void;
}

export class Subscriptions {
  readonly #options: SubscriptionsOptions;
  #all: readonly Subscription[] = [];

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
  }

  /** The line is registered: what its parameters want is subscribed to, over the same way. What was before is forgotten. */
  begin(way: SipWay, contactUri: string): void {
    this.forget();
    const { line, userAgent, randomHex, onError } = this.#options;
    const { subscriptions, addressOfRecord } = line();
    this.#all = subscriptions.map((wanted) => ({
      ...{ wanted, way, dialog: undefined, cseq: 0, awaitsFirst: false, cancelTimer: () => undefined },
      identity: { callId: randomHex(16), fromTag: randomHex(8), addressOfRecord, contactUri, userAgent },
    }));
    for (const subscription of this.#all) this.#subscribe(subscription).catch(onError);
  }

  /** Without a word: the notifier learns it from the 481 that its next NOTIFY gets. */
  forget(): void {
    for (const { cancelTimer } of this.#all) cancelTimer();
    this.#all = [];
  }

  get isEmpty(): boolean {
    return this.#all.length === 0;
  }

  /** Whether it belongs to one of them. */
  knows(request: SipRequest): boolean {
    return this.#all.some((one) => belongs(one, request));
  }

  /** What a NOTIFY with a To tag is. A NOTIFY may overtake the 200 to its SUBSCRIBE, so that Call-ID and our tag are enough before it. */
  take(request: SipRequest): DialogNotify {
    const subscription = this.#all.find((one) => belongs(one, request));
    if (subscription === undefined || readTokenWithParams(request, "event")?.token !== subscription.wanted.event) return "unknown";
    if (subscription.dialog !== undefined) {
      const dialog = receiveInDialog(subscription.dialog, request);
      if ("refused" in dialog) return "unknown";
      subscription.dialog = dialog;
    }
    if (readTokenWithParams(request, "subscription-state")?.token === "terminated") {
      subscription.dialog = undefined;
      this.#again(subscription, RETRY_MS);
      return "ended";
    }
    if (!subscription.awaitsFirst) return "wake";
    subscription.awaitsFirst = false;
    return "first";
  }

  async #subscribe(subscription: Subscription): Promise<void> {
    const { wanted, identity, way } = subscription;
    const address = await resolveHost(wanted.notifier);
    if (!this.#all.includes(subscription)) return;
    const { request, dialog } = buildSubscribe(wanted, identity, ++subscription.cseq, subscription.dialog);
    subscription.dialog = dialog;
    this.#send(subscription, request, way.flowTo({ name: wanted.notifier, address, port: wanted.notifierPort }), 0);
  }

  #send(subscription: Subscription, request: SipRequest, flow: ReturnType<SipWay["flowTo"]>, logins: number): void {
    subscription.awaitsFirst = true;
    subscription.way.layer.request(request, flow, (event) => {
      if (!this.#all.includes(subscription)) return;
      const login = event.kind === "final" && logins < LOGINS_MAX ? this.#login(subscription, request, event.response) : undefined;
      if (login === undefined) this.#hear(subscription, request, event);
      else this.#send(subscription, login, flow, logins + 1);
    });
  }

  #login(subscription: Subscription, request: SipRequest, response: SipResponse): SipRequest | undefined {
    if (response.status !== 401 && response.status !== 407) return undefined;
    const again = answerChallenge(request, response, { ...nonceUserOf(this.#options.line(), this.#options.randomHex(8)), nc: 1 });
    if (again === undefined) return undefined;
    subscription.cseq = again.cseq.number;
    if (subscription.dialog !== undefined) subscription.dialog = { ...subscription.dialog, localSequence: again.cseq.number };
    return again;
  }

  #hear(subscription: Subscription, request: SipRequest, event: RequestEvent): void {
    if (event.kind === "final" && event.response.status < 300) this.#succeed(subscription, request, event.response);
    else if (event.kind === "final" || event.kind === "timeout" || event.kind === "transport-error") {
      subscription.dialog = undefined; // 481, or nobody there: a new one is begun
      this.#again(subscription, RETRY_MS);
    }
  }

  #succeed(subscription: Subscription, request: SipRequest, response: SipResponse): void {
    const { random, onSubscribed } = this.#options;
    subscription.dialog ??= dialogOfClient(request, response, { isTls: false });
    const expiresS = readSeconds(response, "expires") ?? subscription.wanted.expiresS;
    onSubscribed(subscription.wanted.event, expiresS);
    this.#again(subscription, expiresS * (0.5 + 0.4 * random()) * 1_000);
  }

  #again(subscription: Subscription, inMs: number): void {
    const { clock, onError } = this.#options;
    subscription.cancelTimer();
    subscription.cancelTimer = clock.after(inMs, () => this.#subscribe(subscription).catch(onError));
  }
}

function belongs({ dialog, identity: { callId, fromTag } }: Subscription, request: SipRequest): boolean {
  const key = dialogKeyOf(request);
  return dialog === undefined ? key.startsWith(`${callId}\n${fromTag}\n`) : key === dialogKey(dialog);
}
