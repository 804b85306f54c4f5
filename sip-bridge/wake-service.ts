/**
 * Wakes devices: finds the registration, sends NOTIFY on its flow and nowhere else, tells what happens on the wire.
 * Keeps the contract schemas/wake-contract.ts in process; http/ gives it to others. Waking is paced, and one wake per binding at a time.
 * Spec: sip.md 1.3 (flow), 1.5, 1.8. Layer: sip-bridge (shell of notify/).
 */
import type { Clock } from "../common/clock.js";
import {
  BridgeUnreachable,
  type WakeAnswer,
  type WakeBridge,
  type WakeProfile,
  type WakeRequest,
  type WakeTarget,
  type WireEvent,
} from "../schemas/wake-contract.js";
import type { RequestEvent } from "./net/client-transactions.js";
import type { Flow } from "./net/transport.js";
import { buildNotify, type NotifyIdentity, type NotifyProfile } from "./notify/build-notify.js";
import { type Choice, chooseBinding } from "./notify/choose-binding.js";
import { fullPace, takeTurn } from "./notify/pace.js";
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
import { flowTo, terminalKey } from "./notify/way.js";
import { createRecent } from "./recent.js";
import { type Domains, readAddressOfRecord } from "./registrar/address-of-record.js";
import { type Binding, bindingIdentity } from "./registrar/binding.js";
import { instanceOfAddress } from "./registrar/gruu.js";
import { instanceNode } from "./registrar/instance-id.js";
import { octetsToUnicode } from "./registrar/octets.js";
import type { SipRequest } from "./sip/message.js";
import type { AccountStore } from "./stores/account-store.js";
import type { BindingStore } from "./stores/binding-store.js";
import type { CallIdentity, CallIdentityStore } from "./stores/call-identity-store.js";

export interface WakeLimits {
  /** NOTIFYs that wait for their final answer. */
  readonly inFlightMax: number;
  /** NOTIFYs that may leave in a second; repetitions and answers to challenges are not counted. */
  readonly perSecond: number;
  /** Wakes that wait for their turn; beyond it: "overloaded". */
  readonly queuedMax: number;
  /** Wakes that share one NOTIFY; beyond it: "overloaded". */
  readonly joinedMax: number;
}

export const WAKE_LIMITS: WakeLimits = { inFlightMax: 200, perSecond: 50, queuedMax: 10_000, joinedMax: 100 };

/** Targets whose next registration is reported. */
const MISSED = { entriesMax: 20_000, ageMsMax: 86_400_000 };
/** "The same id again is the same wake": long enough for a client that repeats a request whose answer it lost. */
const REMEMBERED_IDS = { entriesMax: 20_000, ageMsMax: 300_000 };
/** Devices that answered with Retry-After. Longer ones are cut to this. */
const RESTING = { entriesMax: 20_000, ageMsMax: 3_600_000 };
/** A binding read this long ago is not read again. */
const FRESH_MS = 1_000;
const CALL_ID_BYTES = 16;
const TAG_BYTES = 8;
const CNONCE_BYTES = 16;

/** A socket that NOTIFYs leave from. */
export interface NotifyEdge {
  readonly local: NotifyIdentity["local"];
  request(request: SipRequest, flow: Flow, onEvent: (event: RequestEvent) => void): void;
}

export interface WakeServiceOptions {
  readonly domains: Domains;
  /** Of the accounts. */
  readonly realm: string;
  readonly profile: NotifyProfile;
  readonly bindings: BindingStore;
  readonly accounts: AccountStore;
  readonly callIdentities: CallIdentityStore;
  /** The socket that this flow came in by; undefined if it is not open any more. */
  readonly edgeOf: (flow: Flow) => NotifyEdge | undefined;
  readonly clock: Clock;
  /** Cryptographically random octets. */
  readonly randomBytes: (count: number) => Uint8Array;
  readonly limits?: Partial<WakeLimits>;
  /** A failing store or a listener that throws: ours to repair, and no reason to stop waking others. */
  readonly onError: (error: unknown) => void;
}

export interface WakeCounters {
  readonly queued: number;
  readonly inFlight: number;
  readonly missed: number;
}

export interface WakeService extends WakeBridge {
  /** To be called after a REGISTER was stored, with the bindings that it put. */
  noteRegistered(bindings: readonly Binding[]): void;
  counters(): WakeCounters;
}

/** Who wants to hear of a NOTIFY. */
interface Member {
  readonly wakeId: string;
  readonly deviceId: string;
  readonly target: WakeTarget;
}

interface Running {
  readonly key: string;
  readonly event: string;
  /** Of the wake that began it. */
  readonly profile: WakeProfile;
  readonly members: Member[];
  binding: Binding;
  /** Other flows of the instance, tried when nobody answers on that of `binding` (RFC 5626 6). */
  others: readonly Binding[];
  /** When the binding was read. */
  foundAtMs: number;
  wake: Wake;
  identity: NotifyIdentity | undefined;
}

export function createWakeService(options: WakeServiceOptions): WakeService {
  const { domains, realm, bindings, accounts, callIdentities, edgeOf, clock, onError } = options;
  const limits = { ...WAKE_LIMITS, ...options.limits };
  /** All wakes that are queued or in flight, by binding. */
  const running = new Map<string, Running>();
  /** Those that wait for their turn, in order. */
  const queued = new Set<Running>();
  const listeners = new Set<(event: WireEvent) => void>();
  const answers = createRecent<Promise<WakeAnswer>>(REMEMBERED_IDS);
  const missed = createRecent<Member>(MISSED);
  const resting = createRecent<number>(RESTING);
  let pace = fullPace(limits.perSecond, clock.now());
  let cancelTurn: (() => void) | undefined;
  let isClosed = false;

  const hex = (bytes: number): string => Buffer.from(options.randomBytes(bytes)).toString("hex");

  async function wake(request: WakeRequest): Promise<WakeAnswer> {
    if (isClosed) throw new BridgeUnreachable("the bridge is closed");
    const known = answers.get(request.wakeId, clock.now());
    if (known !== undefined) return known;
    const answer = admit(request);
    answers.set(request.wakeId, answer, clock.now());
    // Only a wake that is under way is "the same wake"; one that went nowhere may be tried again under its id.
    const forget = (): void => answers.delete(request.wakeId);
    answer.then(({ outcome }) => (outcome === "accepted" || outcome === "joined" ? undefined : forget()), forget);
    return answer;
  }

  async function admit({ wakeId, deviceId, target, event, profile = {} }: WakeRequest): Promise<WakeAnswer> {
    const member = { wakeId, deviceId, target };
    const found = await find(target);
    if (isClosed) throw new BridgeUnreachable("the bridge is closed");
    if ("none" in found) {
      remember(member);
      return { outcome: found.none, detail: found.detail };
    }
    // Nothing is awaited from here on, so two wakes of one binding can't both start.
    return join(found.binding, member) ?? enqueue(found, member, { event, profile });
  }

  async function find(target: WakeTarget): Promise<Choice> {
    const nowMs = clock.now();
    const isOpen = (binding: Binding): boolean => edgeOf(flowTo(binding)) !== undefined;
    if (target.by === "instance-node") return chooseBinding(await bindings.byInstanceNode(target.macAddress, nowMs), isOpen);
    const key = readAddressOfRecord(target.addressOfRecord, domains);
    if (key === undefined) return { none: "not-registered", detail: `not an address of ${domains.main}` };
    const current = await bindings.current(key, nowMs);
    // A GRUU names one instance of the address (RFC 5627 5.4).
    const instanceId = instanceOfAddress(target.addressOfRecord);
    return chooseBinding(instanceId === undefined ? current : current.filter((binding) => binding.instanceId === instanceId), isOpen);
  }

  function join(binding: Binding, member: Member): WakeAnswer | undefined {
    const other = running.get(terminalKey(binding));
    if (other === undefined) return undefined;
    if (other.members.length >= limits.joinedMax) return { outcome: "overloaded", detail: "too many wakes wait for the same NOTIFY" };
    other.members.push(member);
    return { outcome: "joined", detail: `shares the NOTIFY of wake ${other.members[0]?.wakeId}` };
  }

  function enqueue(
    { binding, others }: Pick<Running, "binding" | "others">,
    member: Member,
    how: Pick<Running, "event" | "profile">,
  ): WakeAnswer {
    const key = terminalKey(binding);
    const nowMs = clock.now();
    const restsUntilMs = resting.get(key, nowMs) ?? 0;
    if (restsUntilMs > nowMs) {
      return { outcome: "overloaded", detail: `the device asked to be left alone for ${Math.ceil((restsUntilMs - nowMs) / 1_000)} s more` };
    }
    if (queued.size >= limits.queuedMax) return { outcome: "overloaded", detail: `${queued.size} wakes wait already` };
    const { wake: state } = startWake();
    const fresh: Running = { key, ...how, members: [member], binding, others, foundAtMs: nowMs, wake: state, identity: undefined };
    running.set(key, fresh);
    queued.add(fresh);
    planTurn(0);
    return { outcome: "accepted", detail: `NOTIFY to ${octetsToUnicode(binding.contact)}` };
  }

  /** Never at once: the answer to `wake` leaves before its wire events. */
  function planTurn(delayMs: number): void {
    cancelTurn ??= clock.after(delayMs, () => {
      cancelTurn = undefined;
      takeTurns();
    });
  }

  function takeTurns(): void {
    for (const next of queued) {
      if (running.size - queued.size >= limits.inFlightMax) return; // the end of one of them takes the next turn
      const turn = takeTurn(pace, clock.now());
      pace = turn.pace;
      if (turn.waitMs > 0) {
        planTurn(turn.waitMs);
        return;
      }
      queued.delete(next);
      start(next).catch((error: unknown) => breakDown(next, error));
    }
  }

  /** The device may have registered from elsewhere while its wake was queued. */
  async function refresh(next: Running): Promise<boolean> {
    if (clock.now() - next.foundAtMs <= FRESH_MS) return true;
    const { addressOfRecord } = next.binding;
    const identity = bindingIdentity(next.binding);
    const now = (await bindings.current(addressOfRecord, clock.now())).find((binding) => bindingIdentity(binding) === identity);
    if (now !== undefined) next.binding = now;
    return now !== undefined;
  }

  /** When a flow has failed, the next one of the instance is tried (RFC 5626 5.3): with a NOTIFY of its own, and the wake goes on. */
  function tryOther(next: Running): boolean {
    const [binding, ...others] = next.others;
    if (binding === undefined || isClosed || running.get(next.key) !== next) return false;
    Object.assign(next, { binding, others });
    start(next).catch((error: unknown) => breakDown(next, error));
    return true;
  }

  async function start(next: Running): Promise<void> {
    const isRegistered = await refresh(next);
    if (isClosed) return;
    if (!isRegistered) return giveUp(next, "the registration ended while the wake was waiting");
    const edge = edgeOf(flowTo(next.binding));
    if (edge === undefined) return giveUp(next, whyDead(next.binding.flow));
    const { callId, cseq } = await callIdentityOf(next);
    if (isClosed) return;
    next.identity = { callId, fromTag: hex(TAG_BYTES), event: next.event, local: edge.local };
    take(next, startWake(cseq));
  }

  /** A kept one is on disk before it is used: the same CSeq never goes out for two NOTIFYs. */
  async function callIdentityOf({ profile, members: [first] }: Running): Promise<CallIdentity> {
    const fresh = { callId: hex(CALL_ID_BYTES), cseq: 1 };
    if (profile.callId !== "kept" || first === undefined) return fresh;
    const { requestsReceived = 0 } = profile;
    return callIdentities.next({ deviceId: first.deviceId, requestsReceived, freshCallId: fresh.callId, nowMs: clock.now() });
  }

  function take(next: Running, { wake: state, effects }: WakeStep): void {
    next.wake = state;
    if (state.phase === "ended" && state.result.is === "unreachable" && tryOther(next)) return;
    for (const effect of effects) perform(next, effect);
    if (state.phase === "ended") finish(next, state.result);
  }

  function perform(next: Running, effect: WakeEffect): void {
    if (effect.do === "report") report(next, effect.news);
    else if (effect.do === "send") sendKept(next, effect);
    else lookUpAccount(next).catch((error: unknown) => breakDown(next, error));
  }

  /** The repetition with credentials takes a CSeq of its own (RFC 3261 22.2), which counts for the next NOTIFY, too. */
  function sendKept(next: Running, effect: Extract<WakeEffect, { do: "send" }>): void {
    const [first] = next.members;
    const isRepetition = effect.authorization !== undefined;
    const noted = next.profile.callId === "kept" && isRepetition && first !== undefined;
    if (!noted) send(next, effect);
    else sendNoted(next, effect, first.deviceId).catch((error: unknown) => breakDown(next, error));
  }

  async function sendNoted(next: Running, effect: Extract<WakeEffect, { do: "send" }>, deviceId: string): Promise<void> {
    await callIdentities.used(deviceId, effect.cseq);
    if (!isClosed) send(next, effect);
  }

  function send(next: Running, { cseq, authorization }: Extract<WakeEffect, { do: "send" }>): void {
    const { binding, identity } = next;
    const flow = flowTo(binding);
    const edge = edgeOf(flow);
    try {
      if (identity === undefined || edge === undefined) throw new Error("a wake without its socket");
      edge.request(buildNotify(binding, identity, profileOf(next.profile), cseq, authorization), flow, (event) => {
        if (!isClosed) take(next, stepWake(next.wake, inputOf(event, flow)));
      });
    } catch (error) {
      breakDown(next, error);
    }
  }

  function profileOf({ subscriptionState, userAgent, userParameter }: WakeProfile): NotifyProfile {
    return {
      ...options.profile,
      ...(subscriptionState === undefined ? {} : { subscriptionState }),
      ...(userAgent === undefined ? {} : { userAgent }),
      ...(userParameter === undefined ? {} : { userParameter }),
    };
  }

  async function lookUpAccount(next: Running): Promise<void> {
    const { username, contact } = next.binding;
    const account = await accounts.get(username, realm);
    if (!isClosed) take(next, stepWake(next.wake, { kind: "credentials", account, uri: contact, cnonce: hex(CNONCE_BYTES) }));
  }

  function giveUp(next: Running, detail: string): void {
    take(next, { wake: { phase: "ended", result: { is: "unreachable" } }, effects: [{ do: "report", news: { kind: "failed", detail } }] });
  }

  function breakDown(next: Running, error: unknown): void {
    onError(error);
    if (isClosed || running.get(next.key) !== next) return;
    const news: WireNews = { kind: "failed", detail: "the bridge failed; its log says why" };
    take(next, { wake: { phase: "ended", result: { is: "refused" } }, effects: [{ do: "report", news }] });
  }

  function finish(next: Running, { is, retryAfterS }: WakeResult): void {
    if (running.get(next.key) !== next) return;
    running.delete(next.key);
    queued.delete(next);
    const nowMs = clock.now();
    if (retryAfterS !== undefined && is !== "taken") resting.set(next.key, nowMs + Math.min(retryAfterS * 1_000, RESTING.ageMsMax), nowMs);
    // A NAT binding is fresh right after the next REGISTER: that is the best moment for the next try.
    if (is === "unreachable") next.members.forEach(remember);
    if (queued.size > 0) planTurn(0);
  }

  function report({ members, binding, identity }: Running, news: WireNews): void {
    const atMs = clock.now();
    for (const { wakeId, deviceId } of members) {
      const base = { wakeId, deviceId, atMs };
      if (news.kind === "sent") emit({ ...base, kind: "sent", to: octetsToUnicode(binding.contact), callId: identity?.callId ?? "" });
      else emit({ ...base, ...news } as WireEvent);
    }
  }

  function emit(event: WireEvent): void {
    for (const listener of listeners) {
      try {
        listener(event);
      } catch (error) {
        onError(error);
      }
    }
  }

  function remember(member: Member): void {
    const key = missedKey(member.target);
    if (key !== undefined) missed.set(key, member, clock.now());
  }

  function missedKey(target: WakeTarget): string | undefined {
    return target.by === "instance-node" ? target.macAddress : readAddressOfRecord(target.addressOfRecord, domains);
  }

  function noteRegistered(stored: readonly Binding[]): void {
    if (missed.size === 0 || isClosed) return;
    for (const binding of stored) {
      for (const key of [binding.addressOfRecord, instanceNode(binding.instanceId)]) {
        const member = missed.get(key, clock.now());
        if (member !== undefined) announce(key, member, binding).catch(onError);
      }
    }
  }

  /** A target that is still ambiguous would only be missed again. */
  async function announce(key: string, member: Member, { addressOfRecord }: Binding): Promise<void> {
    const found = await find(member.target);
    if (isClosed || "none" in found || missed.get(key, clock.now()) !== member) return;
    missed.delete(key);
    const { wakeId, deviceId } = member;
    emit({ wakeId, deviceId, atMs: clock.now(), kind: "registered", addressOfRecord: octetsToUnicode(addressOfRecord) });
  }

  return {
    wake,
    onBack: () => () => undefined, // in the same process it is never away
    onWireEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    noteRegistered,
    counters: () => ({ queued: queued.size, inFlight: running.size - queued.size, missed: missed.size }),
    async close() {
      isClosed = true;
      cancelTurn?.();
      listeners.clear();
      running.clear();
      queued.clear();
    },
  };
}

/** "If the flow has failed…": the device is asked when it registers again, and not over another way (RFC 5626 5.3). */
function whyDead({ transport }: Flow): string {
  return transport === "udp"
    ? "the socket that the device registered with is not open any more"
    : `the ${transport.toUpperCase()} connection that the device registered over is closed; it can be woken when it registers again`;
}

function inputOf(event: RequestEvent, target: Flow): WakeInput {
  switch (event.kind) {
    case "final": {
      const { remoteAddress, remotePort } = event.flow;
      return {
        kind: "final",
        response: event.response,
        isFromTarget: remoteAddress === target.remoteAddress && remotePort === target.remotePort,
      };
    }
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
