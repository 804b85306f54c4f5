/**
 * One wake under way: performs what notify/wake.ts says, in a dialog, over the flow of a registration or through the operator's proxy.
 * Spec: sip.md 1.3, 1.5, 1.6; RFC 3263 4.3. Layer: sip-bridge (shell of notify/).
 */
import type { Clock } from "../common/clock.js";
import type { WakeProfile } from "../schemas/wake-contract.js";
import type { RequestEvent } from "./net/client-transactions.js";
import { type Flow, FlowFailed } from "./net/transport.js";
import { buildNotify, type NotifyIdentity, type NotifyProfile, type NotifyTarget } from "./notify/build-notify.js";
import {
  startWake,
  stepWake,
  type Wake,
  type WakeEffect,
  type WakeInput,
  type WakeResult,
  type WakeStep,
  type WireNews,
} from "./notify/wake.js";
import { flowTo } from "./notify/way.js";
import type { OperatorProxy } from "./operator-proxy.js";
import { addressOfRecordUri } from "./registrar/address-of-record.js";
import { type Binding, bindingIdentity } from "./registrar/binding.js";
import type { SipRequest } from "./sip/message.js";
import type { AccountStore } from "./stores/account-store.js";
import type { BindingStore } from "./stores/binding-store.js";
import type { CallIdentity, CallIdentityStore } from "./stores/call-identity-store.js";
import type { WakeSubscription } from "./stores/subscription-store.js";
import type { WakeMessage } from "./trace-book.js";
import type { WakeSubscriptions } from "./wake-subscriptions.js";
import { hopOf, type NotifyEdge, SERVERS_TRIED_MAX, serversOf, type Way, type WayParts, waysTo, whyDead } from "./ways.js";

/** A binding read this long ago is not read again. */
const FRESH_MS = 1_000;
const CALL_ID_BYTES = 16;
const TAG_BYTES = 8;
const CNONCE_BYTES = 16;

/** Whom a wake is for. */
export type Addressee =
  | {
      readonly by: "flow";
      readonly binding: Binding;
      /** Other flows of the instance, tried when nobody answers on that of `binding` (RFC 5626 6). */
      readonly others: readonly Binding[];
      /** When they were read. */
      readonly foundAtMs: number;
    }
  /** It has subscribed to be woken. `instead`: what is tried when it knows nothing of that any more. */
  | { readonly by: "dialog"; readonly subscription: WakeSubscription; readonly instead?: Addressee }
  /** `contact`: it is registered here, too. */
  | { readonly by: "proxy"; readonly addressOfRecord: string; readonly contact?: string };

export interface RunPlan {
  readonly deviceId: string;
  readonly profile: WakeProfile;
  /** The one to begin with first. */
  readonly events: readonly string[];
  readonly to: Addressee;
}

export interface RunParts extends WayParts {
  /** The realm of our accounts. */
  readonly realm: string;
  readonly profile: NotifyProfile;
  readonly bindings: BindingStore;
  readonly accounts: AccountStore;
  readonly callIdentities: CallIdentityStore;
  readonly proxy: OperatorProxy | undefined;
  readonly subscriptions: Pick<WakeSubscriptions, "live" | "notify" | "heard">;
  /** Why no NOTIFY may leave; undefined: they may. */
  readonly held?: () => string | undefined;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly onError: (error: unknown) => void;
}

/** What the run tells; `to`: the Request-URI, latin1. */
export interface RunListener {
  report(news: WireNews, sent: { readonly to: string; readonly callId: string }): void;
  /** Once, at last. */
  ended(result: WakeResult, messages: readonly WakeMessage[]): void;
}

export interface Run {
  start(): void;
  /** Nothing is told from now on. */
  abandon(): void;
}

export function createRun(plan: RunPlan, parts: RunParts, listener: RunListener): Run {
  const { accounts, callIdentities, clock, onError, proxy, resting } = parts;
  const profile = profileOf(plan.profile, parts.profile);
  const isKept = plan.profile.callId === "kept";
  let { to } = plan;
  let wake: Wake | undefined;
  let identity: NotifyIdentity | undefined;
  let ways: readonly Way[] = [];
  let target: NotifyTarget = { uri: "", addressOfRecord: "", routes: [] };
  let firstCSeq = 1;
  let isOver = false;
  let messages: WakeMessage[] = [];

  const hex = (bytes: number): string => Buffer.from(parts.randomBytes(bytes)).toString("hex");

  async function begin(): Promise<void> {
    if (to.by === "dialog") return beginInDialog(to.subscription);
    const found = to.by === "flow" ? await findFlow(to) : await findServers();
    if (isOver) return;
    if ("none" in found) return giveUp(found.none);
    const { callId, cseq } = await identityOf();
    if (isOver) return;
    ({ ways, target } = found);
    firstCSeq = cseq;
    identity = { callId, fromTag: hex(TAG_BYTES), local: firstOf(ways).edge.local };
    const redirectHosts = to.by === "proxy" ? (proxy?.redirectHosts ?? []) : [];
    take(startWake({ cseq, events: plan.events, serversLeft: ways.length - 1, redirectHosts }));
  }

  /** With the event that it has subscribed to, whatever its profile would say. */
  function beginInDialog({ dialog, event, flow, addressOfRecord }: WakeSubscription): void {
    const edge = parts.edgeOf(flow);
    if (edge === undefined) {
      giveUp(whyDead(flow));
      return;
    }
    ways = [{ edge, hop: hopOf(flow), connect: async () => flow }];
    target = { uri: dialog.remoteTarget, addressOfRecord, routes: [] };
    identity = { callId: dialog.callId, fromTag: dialog.localTag, local: edge.local };
    take(startWake({ events: [event] }));
  }

  /** The device may have registered from elsewhere while its wake was queued. */
  async function findFlow(known: Extract<Addressee, { by: "flow" }>): Promise<Found> {
    const binding = await refresh(known);
    if (binding === undefined) return { none: "the registration ended while the wake was waiting" };
    to = { ...known, binding };
    const flow = flowTo(binding);
    const found = await waysTo(binding, flow, parts);
    if ("none" in found) return found;
    const { addressOfRecord, contact, path } = binding;
    const uri = plan.profile.target === "address-of-record" ? addressOfRecordUri(addressOfRecord) : contact;
    return { ways: found.ways, target: { uri, addressOfRecord, routes: path } };
  }

  async function refresh({ binding, foundAtMs }: Extract<Addressee, { by: "flow" }>): Promise<Binding | undefined> {
    if (clock.now() - foundAtMs <= FRESH_MS) return binding;
    const identityOfBinding = bindingIdentity(binding);
    const current = await parts.bindings.current(binding.addressOfRecord, clock.now());
    return current.find((now) => bindingIdentity(now) === identityOfBinding);
  }

  /**
   * When a flow has failed, the next one of the instance is tried (RFC 5626 5.3): with a NOTIFY of its own, and the wake goes on.
   * So it does outside of a dialog that the device has forgotten.
   */
  function tryOther(): boolean {
    const other = to.by === "dialog" ? to.instead : nextFlow(to);
    if (other === undefined || isOver) return false;
    to = other;
    wake = undefined;
    begin().catch(breakDown);
    return true;
  }

  async function findServers(): Promise<Found> {
    if (proxy === undefined || to.by !== "proxy") return { none: "no proxy is configured (WAKE_PROXY)" };
    const found = await serversOf("the proxy", () => proxy.servers());
    if ("none" in found) return found;
    const open = found.servers.filter((server) => resting.untilMs(hopOf(server)) === undefined);
    if (open.length === 0) return { none: "every server of the proxy has asked to be left alone for a while" };
    const { addressOfRecord, contact } = to;
    const uri = plan.profile.target === "contact" && contact !== undefined ? contact : addressOfRecordUri(addressOfRecord);
    const reached = open.flatMap((server) => parts.wayTo(server) ?? []);
    if (reached.length === 0) return { none: "there is no socket by which the proxy could be reached" };
    return { ways: reached.slice(0, SERVERS_TRIED_MAX), target: { uri, addressOfRecord, routes: [`<${proxy.route}>`] } };
  }

  /** A kept one is on disk before it is used: the same CSeq never goes out for two NOTIFYs. */
  async function identityOf(): Promise<CallIdentity> {
    const fresh = { callId: hex(CALL_ID_BYTES), cseq: 1 };
    if (!isKept) return fresh;
    const { requestsReceived = 0 } = plan.profile;
    return callIdentities.next({ deviceId: plan.deviceId, requestsReceived, freshCallId: fresh.callId, nowMs: clock.now() });
  }

  function take(step: WakeStep): void {
    wake = step.wake;
    if (step.wake.phase === "ended" && mayTryOther(step.wake.result) && tryOther()) return;
    for (const effect of step.effects) perform(effect);
    if (step.wake.phase === "ended") end(step.wake.result);
  }

  const mayTryOther = ({ is }: WakeResult): boolean => is === "unreachable" || (is === "unsupported" && to.by === "dialog");

  function perform(effect: WakeEffect): void {
    switch (effect.do) {
      case "report":
        report(effect.news);
        break;
      case "rest-server":
        resting.leave(firstOf(ways).hop, effect.retryAfterS);
        break;
      case "look-up-account":
        lookUpAccount().catch(breakDown);
        break;
      case "send":
        sendNoted(effect).catch(breakDown);
    }
  }

  /** A further request of a Call-ID that stays takes a CSeq of its own (RFC 3261 22.2), which counts for the next NOTIFY, too. */
  async function sendNoted(effect: Extract<WakeEffect, { do: "send" }>): Promise<void> {
    const held = parts.held?.();
    if (held !== undefined) return giveUp(held);
    if (to.by === "dialog") return sendInDialog(to.subscription.key, effect);
    if (effect.toNextServer) ways = ways.slice(1);
    if (effect.uri !== undefined) target = { ...target, uri: effect.uri };
    if (isKept && effect.cseq > firstCSeq) await callIdentities.used(plan.deviceId, effect.cseq);
    const flow = await connected(firstOf(ways));
    if (!isOver && flow !== undefined) send(effect, flow);
  }

  async function sendInDialog(key: string, { authorization }: Extract<WakeEffect, { do: "send" }>): Promise<void> {
    const ready = await parts.subscriptions.notify(key, authorization);
    if (isOver) return;
    if (ready === undefined) return giveUp("the subscription ended while the wake was waiting");
    transmit(ready.edge, ready.request, ready.flow, (news) => parts.subscriptions.heard(key, news));
  }

  async function connected(way: Way): Promise<Flow | undefined> {
    try {
      return await way.connect();
    } catch (error) {
      if (!(error instanceof FlowFailed)) throw error;
      if (!isOver && wake !== undefined) take(stepWake(wake, { kind: "transport-error", detail: error.message }));
      return undefined;
    }
  }

  function send({ cseq, event, authorization }: Extract<WakeEffect, { do: "send" }>, flow: Flow): void {
    if (identity === undefined) throw new Error("a wake without its identity");
    const { edge } = firstOf(ways);
    const turn = { cseq, event, ...(authorization === undefined ? {} : { authorization }) };
    const notify = buildNotify(target, { ...identity, local: edge.local }, profile, turn);
    if (to.by !== "proxy" || proxy === undefined) {
      transmit(edge, notify, flow);
      return;
    }
    // Its nonce serves all wakes: each has a count of its own.
    const authorized = proxy.authorized(notify);
    transmit(edge, authorized, flow, (news) => {
      if (news.kind === "final" && isFrom(news.flow, flow)) proxy.heard(authorized, news.response);
    });
  }

  function transmit(edge: NotifyEdge, notify: SipRequest, flow: Flow, onNews: (news: RequestEvent) => void = () => undefined): void {
    edge.request(notify, flow, (news) => {
      onNews(news);
      note(notify, flow, news);
      if (!isOver && wake !== undefined) take(stepWake(wake, inputOf(news, flow)));
    });
  }

  function note(notify: SipRequest, flow: Flow, news: RequestEvent): void {
    const atMs = clock.now();
    if (news.kind === "sent") messages.push({ atMs, direction: "out", flow, message: notify, repetition: 0 });
    if (news.kind === "retransmitted") messages.push({ atMs, direction: "out", flow, message: notify, repetition: news.count });
    if (news.kind === "provisional" || news.kind === "final")
      messages.push({ atMs, direction: "in", flow: news.flow, message: news.response, repetition: 0 });
  }

  async function lookUpAccount(): Promise<void> {
    const account = to.by === "proxy" ? proxy?.account : await accounts.get(subscriberOf(to), parts.realm);
    const input = { kind: "credentials", account, uri: target.uri, cnonce: hex(CNONCE_BYTES) } as const;
    if (!isOver && wake !== undefined) take(stepWake(wake, input));
  }

  function giveUp(detail: string): void {
    if (tryOther()) return;
    report({ kind: "failed", detail });
    end({ is: "unreachable" });
  }

  function breakDown(error: unknown): void {
    onError(error);
    if (isOver) return;
    report({ kind: "failed", detail: "the bridge failed; its log says why" });
    end({ is: "refused" });
  }

  const report = (news: WireNews): void => listener.report(news, { to: target.uri, callId: identity?.callId ?? "" });

  function end(result: WakeResult): void {
    isOver = true;
    const said = messages;
    messages = []; // the last transaction holds this run while it absorbs copies
    listener.ended(result, said);
  }

  return {
    start: () => void begin().catch(breakDown),
    abandon: () => {
      isOver = true;
    },
  };
}

const subscriberOf = (to: Exclude<Addressee, { by: "proxy" }>): string =>
  to.by === "flow" ? to.binding.username : to.subscription.username;

function nextFlow(to: Addressee): Addressee | undefined {
  const [binding, ...others] = to.by === "flow" ? to.others : [];
  return binding === undefined || to.by !== "flow" ? undefined : { ...to, binding, others };
}

type Found = { readonly ways: readonly Way[]; readonly target: NotifyTarget } | { readonly none: string };

function firstOf(ways: readonly Way[]): Way {
  const [first] = ways;
  if (first === undefined) throw new Error("a wake without a way to go");
  return first;
}

function profileOf(asked: WakeProfile, own: NotifyProfile): NotifyProfile {
  const { subscriptionState, userAgent, userParameter, fromUser, fromDomain } = asked;
  return {
    ...own,
    ...(fromUser === undefined ? {} : { fromUser }),
    ...(fromDomain === undefined ? {} : { fromDomain }),
    ...(subscriptionState === undefined ? {} : { subscriptionState }),
    ...(userAgent === undefined ? {} : { userAgent }),
    ...(userParameter === undefined ? {} : { userParameter }),
  };
}

const isFrom = ({ remoteAddress, remotePort }: Flow, target: Flow): boolean =>
  remoteAddress === target.remoteAddress && remotePort === target.remotePort;

function inputOf(event: RequestEvent, target: Flow): WakeInput {
  switch (event.kind) {
    case "final":
      return { kind: "final", response: event.response, isFromTarget: isFrom(event.flow, target) };
    case "transport-error":
      return { kind: "transport-error", detail: event.error.message };
    case "provisional":
      return { kind: "provisional" };
    case "sent":
    case "retransmitted":
    case "timeout":
      return event;
  }
}
