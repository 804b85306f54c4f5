/**
 * Requests that reach the phone: a NOTIFY that it obeys becomes a trigger message, everything else is answered and forgotten.
 * Spec: RFC 3261 8.2, 11, 22; US 2012/0089717 A1 [0048], [0065], [0073-0074]. Layer: phone.
 */
import type { Clock } from "../../common/clock.js";
import type { IncomingRequest } from "../../sip-bridge/net/server-transactions.js";
import { readTokenWithParams } from "../../sip-bridge/sip/header-values.js";
import { header, headerValue, param } from "../../sip-bridge/sip/message.js";
import { hostField } from "../../sip-bridge/sip/uri.js";
import { createDigestGuard, type DigestGuard } from "../digest-guard.js";
import { judgeNotify, type NotifyPolicy, type NotifyVerdict } from "./judge-notify.js";
import type { LineConfig } from "./line.js";
import type { SipServer } from "./sip-way.js";
import type { Subscriptions } from "./subscriptions.js";

/** What the voice processing module hands to the management client [0073]. */
export interface TriggerMessage {
  readonly kind: "non-voice-trigger";
  readonly event: string;
  readonly callId: string;
}
/** What it gets back [0074]. */
export interface TriggerResponse {
  readonly accepted: boolean;
}

export interface NotifyReceived {
  readonly kind: "notify-received";
  readonly event: string;
  readonly from: string;
  readonly outcome: string;
}

export interface RequestDoorOptions {
  /** The line as it is configured now: whose credentials a NOTIFY must prove. */
  readonly line: () => LineConfig;
  readonly notifyPolicy: NotifyPolicy;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  /** Those that the phone has made. */
  readonly subscriptions: Pick<Subscriptions, "knows" | "take">;
  readonly onTrigger: (message: TriggerMessage) => TriggerResponse;
  readonly onEvent: (event: NotifyReceived) => void;
}

/** NOTIFYs since the power came on: those that were handed to the management client, and those of strangers, without proof or of other events. */
export interface NotifyCounters {
  readonly obeyed: number;
  readonly refused: number;
}

const ALLOW = [header("Allow", "OPTIONS, NOTIFY"), header("Allow-Events", "resync")];

/** Handed to the management client, or what the subscription was for. */
const OBEYED: ReadonlySet<string> = new Set(["trigger", "trigger refused", "subscription: first", "subscription: ended"]);

export class RequestDoor {
  readonly #options: RequestDoorOptions;
  readonly #notifies = { obeyed: 0, refused: 0 };
  #guard: DigestGuard | undefined;

  constructor(options: RequestDoorOptions) {
    this.#options = options;
  }

  /** The line's domain is the realm: what was proved for another is proved no more. */
  changeLock(): void {
    this.#guard = undefined;
  }

  get notifies(): NotifyCounters {
    return { ...this.#notifies };
  }

  /** @param server The registrar; undefined: none is known yet. */
  receive(incoming: IncomingRequest, server: SipServer | undefined): void {
    const { method } = incoming.request;
    if (method === "NOTIFY") this.#receiveNotify(incoming, server);
    else if (method === "OPTIONS") incoming.answer(200, { headers: ALLOW });
    else incoming.answer(405, { headers: ALLOW });
  }

  #receiveNotify(incoming: IncomingRequest, server: SipServer | undefined): void {
    const { flow, request } = incoming;
    const event = readTokenWithParams(request, "event")?.token ?? "";
    const verdict = this.#judge(incoming, event, server);
    const outcome = this.#carryOut(verdict, incoming, event);
    if (OBEYED.has(outcome)) this.#notifies.obeyed++;
    else this.#notifies.refused++;
    this.#options.onEvent({ kind: "notify-received", event, from: `${hostField(flow.remoteAddress)}:${flow.remotePort}`, outcome });
  }

  #judge({ request, flow }: IncomingRequest, event: string, server: SipServer | undefined): NotifyVerdict {
    const { notifyPolicy, clock } = this.#options;
    const isProved = notifyPolicy.acceptance !== "digest";
    return judgeNotify(
      {
        event,
        isFromRegistrar: flow.remoteAddress === server?.address && flow.remotePort === server.port,
        hasToTag: param(request.to.params, "tag") !== undefined,
        isSubscribed: this.#options.subscriptions.knows(request),
        proof: isProved
          ? "proved"
          : this.#doorGuard().check(headerValue(request, "authorization"), "NOTIFY", this.#lineLogin(), clock.now()),
      },
      notifyPolicy,
    );
  }

  /** @returns What was done, for people. */
  #carryOut(verdict: NotifyVerdict, incoming: IncomingRequest, event: string): string {
    switch (verdict.do) {
      case "trigger":
        return this.#trigger(incoming, event);
      case "take":
        return this.#takeInDialog(incoming, event);
      case "answer":
        incoming.answer(verdict.status, { headers: verdict.status === 489 ? ALLOW : [] });
        return `answered ${verdict.status}`;
      case "challenge": {
        const challenge = this.#doorGuard().challenge(verdict.isStale, this.#options.clock.now());
        incoming.answer(401, { headers: [header("WWW-Authenticate", challenge)] });
        return verdict.do;
      }
      case "nothing":
        return verdict.do;
    }
  }

  /** The trigger message, its response, then the answer to the NOTIFY; the session begins after it has left. */
  #trigger(incoming: IncomingRequest, event: string): string {
    const { accepted } = this.#options.onTrigger({ kind: "non-voice-trigger", event, callId: incoming.request.callId });
    incoming.answer(accepted ? 200 : 480);
    return accepted ? "trigger" : "trigger refused";
  }

  #takeInDialog(incoming: IncomingRequest, event: string): string {
    const told = this.#options.subscriptions.take(incoming.request);
    if (told === "wake") return this.#trigger(incoming, event);
    incoming.answer(told === "unknown" ? 481 : 200);
    return told === "unknown" ? "answered 481" : `subscription: ${told}`;
  }

  #doorGuard(): DigestGuard {
    this.#guard ??= createDigestGuard(this.#options.line().domain, this.#options.randomBytes);
    return this.#guard;
  }

  #lineLogin() {
    const { authUserName, authPassword } = this.#options.line();
    return { username: authUserName, password: authPassword };
  }
}
