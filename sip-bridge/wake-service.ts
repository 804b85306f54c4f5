/**
 * Wakes devices: finds how a device is reached, takes turns, sends NOTIFY (wake-run.ts), tells what happens on the wire.
 * Keeps the contract schemas/wake-contract.ts in process; http/ gives it to others. Waking is paced, and one wake per device at a time.
 * Spec: sip.md 1.3, 1.5, 1.8. Layer: sip-bridge (shell of notify/).
 */
import {
  BridgeUnreachable,
  restartsDevice,
  type WakeAnswer,
  type WakeBridge,
  type WakeRequest,
  type WireEvent,
} from "../schemas/wake-contract.js";
import { createMissedWakes, type Member } from "./missed-wakes.js";
import { type Choice, chooseBinding } from "./notify/choose-binding.js";
import { fullPace, type Pace, takeTurn } from "./notify/pace.js";
import type { WakeResult, WireNews } from "./notify/wake.js";
import { flowTo, terminalKey } from "./notify/way.js";
import { createRecent } from "./recent.js";
import { type Domains, readAddressOfRecord } from "./registrar/address-of-record.js";
import type { Binding } from "./registrar/binding.js";
import { instanceOfAddress } from "./registrar/gruu.js";
import { octetsToUnicode } from "./registrar/octets.js";
import { createResting } from "./resting.js";
import type { EventMemoryStore } from "./stores/event-memory-store.js";
import type { WakeSubscription } from "./stores/subscription-store.js";
import type { TemporaryGruus } from "./temporary-gruus.js";
import type { TraceBook } from "./trace-book.js";
import { createLanes } from "./wake-lanes.js";
import { type Addressee, createRun, type Run, type RunParts } from "./wake-run.js";
import { hopOf } from "./ways.js";

export interface WakeLimits {
  /** NOTIFYs that wait for their final answer. */
  readonly inFlightMax: number;
  /** NOTIFYs that may leave in a second; repetitions and answers to challenges are not counted. */
  readonly perSecond: number;
  /** Of these, through the operator's proxy. */
  readonly proxyPerSecond: number;
  /** NOTIFYs to one device in a minute; beyond it: "overloaded". */
  readonly perDevicePerMinute: number;
  /** Wakes that wait for their turn; beyond it: "overloaded". */
  readonly queuedMax: number;
  /** Wakes that share one NOTIFY; beyond it: "overloaded". */
  readonly joinedMax: number;
}

export const WAKE_LIMITS: WakeLimits = {
  inFlightMax: 200,
  perSecond: 50,
  proxyPerSecond: 20,
  perDevicePerMinute: 10,
  queuedMax: 10_000,
  joinedMax: 100,
};

/** "The same id again is the same wake": long enough for a client that repeats a request whose answer it lost. */
const REMEMBERED_IDS = { entriesMax: 20_000, ageMsMax: 300_000 };
/** A device that was not woken for a minute has its whole share again. */
const DEVICE_PACES = { entriesMax: 50_000, ageMsMax: 60_000 };

export interface WakeServiceOptions extends Omit<RunParts, "resting"> {
  readonly domains: Domains;
  /** Event values of wakes that name none, the one to begin with first. */
  readonly events: readonly string[];
  readonly eventMemory: EventMemoryStore;
  readonly temporaryGruus: Pick<TemporaryGruus, "read">;
  readonly limits?: Partial<WakeLimits>;
  /** A wake that was begun came to nothing; with what was said, in order. */
  readonly onFailedWake?: TraceBook["keepFailedWake"];
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

/** A wake that is queued or under way. */
interface Running {
  readonly key: string;
  readonly members: Member[];
  /** What is learnt about events belongs to these. */
  readonly memoryKeys: readonly string[];
  readonly events: readonly string[];
  readonly run: Run;
}

/** A way to reach the device, or why there is none. */
type Reach = { readonly to: Addressee } | Exclude<Choice, { readonly binding: Binding }>;

export function createWakeService(options: WakeServiceOptions): WakeService {
  const { domains, bindings, eventMemory, proxy, clock, onError } = options;
  const limits = { ...WAKE_LIMITS, ...options.limits };
  const resting = createResting(clock);
  const parts: RunParts = { ...options, resting };
  /** By next hop and target; and by device, since one device has one wake. */
  const running = new Map<string, Running>();
  const byDevice = new Map<string, Running>();
  const listeners = new Set<(event: WireEvent) => void>();
  const answers = createRecent<Promise<WakeAnswer>>(REMEMBERED_IDS);
  const paces = createRecent<Pace>(DEVICE_PACES);
  const missed = createMissedWakes(domains);
  const lanes = createLanes<Running>(
    { perSecond: limits.perSecond, inFlightMax: limits.inFlightMax, perLane: { proxy: limits.proxyPerSecond }, clock },
    ({ run }) => run.start(),
  );
  /** The last write of the memory: a wake that comes right after it knows it. */
  let remembered: Promise<void> = Promise.resolve();
  let isClosed = false;

  async function wake(request: WakeRequest): Promise<WakeAnswer> {
    if (isClosed) throw new BridgeUnreachable("the bridge is closed");
    const held = options.held?.();
    if (held !== undefined) return { outcome: "overloaded", detail: held };
    const known = answers.get(request.wakeId, clock.now());
    if (known !== undefined) return known;
    const answer = admit(request);
    answers.set(request.wakeId, answer, clock.now());
    // Only a wake that is under way is "the same wake"; one that went nowhere may be tried again under its id.
    const forget = (): void => answers.delete(request.wakeId);
    answer.then(({ outcome }) => (outcome === "accepted" || outcome === "joined" ? undefined : forget()), forget);
    return answer;
  }

  async function admit(request: WakeRequest): Promise<WakeAnswer> {
    const { wakeId, deviceId, target } = request;
    const member = { wakeId, deviceId, target };
    const memoryKeys = [`device ${deviceId}`, ...(request.model === undefined ? [] : [`model ${request.model}`])];
    const [reach, events] = await Promise.all([find(request), orderEvents(request, memoryKeys)]);
    if (isClosed) throw new BridgeUnreachable("the bridge is closed");
    if ("none" in reach) {
      missed.remember(member, clock.now());
      return { outcome: reach.none, detail: reach.detail };
    }
    // Nothing is awaited from here on, so two wakes of one device can't both start.
    return join(reach.to, member) ?? enqueue(request, reach.to, { member, memoryKeys, events });
  }

  async function find(request: WakeRequest): Promise<Reach> {
    const route = request.profile?.route;
    const choice = await findBinding(request);
    const byFlow: Addressee | undefined = "binding" in choice ? { by: "flow", ...choice, foundAtMs: clock.now() } : undefined;
    const subscription = route === "proxy" ? undefined : await findSubscription(request, choice);
    if (subscription !== undefined) return { to: { by: "dialog", subscription, ...(byFlow === undefined ? {} : { instead: byFlow }) } };
    if (byFlow !== undefined && route !== "proxy") return { to: byFlow };
    const isElsewhere = "none" in choice && choice.none === "not-registered" && route !== "flow";
    const to = route === "proxy" || isElsewhere ? proxyAddressee(request, choice) : undefined;
    if (to !== undefined) return { to };
    return "none" in choice ? choice : { none: "not-registered", detail: "no proxy is configured (WAKE_PROXY), and the profile wants one" };
  }

  /** Of the one that it is clear to be: several terminals of an address stay ambiguous. */
  async function findSubscription({ target }: WakeRequest, choice: Choice): Promise<WakeSubscription | undefined> {
    if ("none" in choice && choice.none === "ambiguous") return undefined;
    const byTarget = target.by === "address-of-record" ? readAddressOfRecord(target.addressOfRecord, domains) : undefined;
    const key = "binding" in choice ? choice.binding.addressOfRecord : byTarget;
    return key === undefined ? undefined : options.subscriptions.live(key);
  }

  async function findBinding({ target }: WakeRequest): Promise<Choice> {
    const nowMs = clock.now();
    const isOpen = (binding: Binding): boolean => options.edgeOf(flowTo(binding)) !== undefined;
    if (target.by === "instance-node") return chooseBinding(await bindings.byInstanceNode(target.macAddress, nowMs), isOpen);
    const temporary = options.temporaryGruus.read(target.addressOfRecord);
    if (temporary !== undefined)
      return chooseBinding((await bindings.current(temporary.addressOfRecord, nowMs)).filter(temporary.isOf), isOpen);
    const key = readAddressOfRecord(target.addressOfRecord, domains);
    if (key === undefined) return { none: "not-registered", detail: `not an address of ${domains.main}` };
    const current = await bindings.current(key, nowMs);
    // A GRUU names one instance of the address (RFC 5627 5.4).
    const instanceId = instanceOfAddress(target.addressOfRecord);
    return chooseBinding(instanceId === undefined ? current : current.filter((binding) => binding.instanceId === instanceId), isOpen);
  }

  function proxyAddressee({ target }: WakeRequest, choice: Choice): Addressee | undefined {
    if (proxy === undefined) return undefined;
    const binding = "binding" in choice ? choice.binding : undefined;
    const key = target.by === "instance-node" ? binding?.addressOfRecord : proxy.addressOfRecord(target.addressOfRecord);
    if (key === undefined) return undefined;
    return { by: "proxy", addressOfRecord: key, ...(binding === undefined ? {} : { contact: binding.contact }) };
  }

  /** What the device took last time goes first; then what its model took. */
  async function orderEvents({ event, profile = {} }: WakeRequest, memoryKeys: readonly string[]): Promise<readonly string[]> {
    const asked = profile.events ?? (event === undefined ? options.events : [event]);
    const events = profile.allowsReboot === true ? asked : asked.filter((item) => !restartsDevice(item));
    if (events.length < 2) return events;
    await remembered;
    const known = await eventMemory.recall(memoryKeys);
    return known === undefined || !events.includes(known) ? events : [known, ...events.filter((item) => item !== known)];
  }

  function join(to: Addressee, member: Member): WakeAnswer | undefined {
    const other = running.get(keyOf(to)) ?? byDevice.get(member.deviceId);
    if (other === undefined) return undefined;
    if (other.members.length >= limits.joinedMax) return { outcome: "overloaded", detail: "too many wakes wait for the same NOTIFY" };
    other.members.push(member);
    if (!byDevice.has(member.deviceId)) byDevice.set(member.deviceId, other);
    return { outcome: "joined", detail: `shares the NOTIFY of wake ${other.members[0]?.wakeId}` };
  }

  function enqueue(
    { profile = {} }: WakeRequest,
    to: Addressee,
    how: Pick<Running, "memoryKeys" | "events"> & { readonly member: Member },
  ): WakeAnswer {
    const { member, memoryKeys, events } = how;
    const key = keyOf(to);
    const refusal = refuse(key, to, member.deviceId, events);
    if (refusal !== undefined) return { outcome: "overloaded", detail: refusal };
    const lane = to.by === "proxy" ? "proxy" : "flows";
    const delayMs = lanes.delayMs(lane);
    const addressOfRecord = addressOf(to);
    const run = createRun({ deviceId: member.deviceId, profile, events, to }, parts, {
      report: (news, sent) => report(fresh, news, sent),
      ended: (result, messages) => {
        if (result.is !== "taken" && messages.length > 0) options.onFailedWake?.({ deviceId: member.deviceId, addressOfRecord, messages });
        finish(fresh, result);
      },
    });
    const fresh: Running = { key, members: [member], memoryKeys, events, run };
    running.set(key, fresh);
    byDevice.set(member.deviceId, fresh);
    lanes.add(lane, fresh);
    return { outcome: "accepted", detail: describe(to), ...(delayMs === 0 ? {} : { delayMs }) };
  }

  function refuse(key: string, to: Addressee, deviceId: string, events: readonly string[]): string | undefined {
    if (events.length === 0) return "every event that is configured restarts devices, and the profile does not allow that";
    const nowMs = clock.now();
    const hop = hopKeyOf(to);
    const restsUntilMs = Math.max(resting.untilMs(key) ?? 0, (hop === undefined ? undefined : resting.untilMs(hop)) ?? 0);
    if (restsUntilMs > nowMs) return `the device asked to be left alone for ${Math.ceil((restsUntilMs - nowMs) / 1_000)} s more`;
    if (lanes.queued >= limits.queuedMax) return `${lanes.queued} wakes wait already`;
    const { perDevicePerMinute } = limits;
    const turn = takeTurn(paces.get(deviceId, nowMs) ?? fullPace(perDevicePerMinute / 60, nowMs, perDevicePerMinute), nowMs);
    paces.set(deviceId, turn.pace, nowMs);
    return turn.waitMs === 0 ? undefined : `${perDevicePerMinute} wakes of this device in a minute are enough`;
  }

  function finish(ended: Running, { is, retryAfterS, event }: WakeResult): void {
    if (running.get(ended.key) !== ended) return;
    running.delete(ended.key);
    for (const { deviceId } of ended.members) if (byDevice.get(deviceId) === ended) byDevice.delete(deviceId);
    if (retryAfterS !== undefined && is !== "taken") resting.leave(ended.key, retryAfterS);
    // A NAT binding is fresh right after the next REGISTER: that is the best moment for the next try.
    if (is === "unreachable") for (const member of ended.members) missed.remember(member, clock.now());
    // What was first anyway needs no remembering.
    if (event !== undefined && ended.events.indexOf(event) > 0)
      remembered = eventMemory.remember(ended.memoryKeys, event, clock.now()).catch(onError);
    lanes.ended();
  }

  function report({ members }: Running, news: WireNews, { to, callId }: { readonly to: string; readonly callId: string }): void {
    const atMs = clock.now();
    for (const { wakeId, deviceId } of members) {
      if (news.kind === "sent") emit({ wakeId, deviceId, atMs, kind: "sent", to: octetsToUnicode(to), callId });
      else emit({ wakeId, deviceId, atMs, ...news } as WireEvent);
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

  function noteRegistered(stored: readonly Binding[]): void {
    if (isClosed) return;
    for (const { key, member, binding } of missed.found(stored, clock.now())) announce(key, member, binding).catch(onError);
  }

  /** A target that is still ambiguous would only be missed again. */
  async function announce(key: string, member: Member, { addressOfRecord }: Binding): Promise<void> {
    const { wakeId, deviceId, target } = member;
    const found = await findBinding({ wakeId, deviceId, target });
    if (isClosed || "none" in found || !missed.take(key, member, clock.now())) return;
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
    counters: () => ({ queued: lanes.queued, inFlight: lanes.inFlight, missed: missed.size }),
    async close() {
      isClosed = true;
      lanes.close();
      for (const { run } of running.values()) run.abandon();
      listeners.clear();
      running.clear();
      byDevice.clear();
    },
  };
}

function keyOf(to: Addressee): string {
  switch (to.by) {
    case "flow":
      return terminalKey(to.binding);
    case "dialog":
      return to.instead === undefined ? `${to.subscription.addressOfRecord} in its dialog` : keyOf(to.instead);
    case "proxy":
      return `${to.addressOfRecord} by the proxy`;
  }
}

/** Of a proxy each server is one, and which of them it will be is not known yet. */
function hopKeyOf(to: Addressee): string | undefined {
  if (to.by === "proxy") return undefined;
  return hopOf(to.by === "flow" ? flowTo(to.binding) : to.subscription.flow);
}

function addressOf(to: Addressee): string {
  if (to.by === "proxy") return to.addressOfRecord;
  return to.by === "flow" ? to.binding.addressOfRecord : to.subscription.addressOfRecord;
}

function describe(to: Addressee): string {
  switch (to.by) {
    case "flow":
      return `NOTIFY to ${octetsToUnicode(to.binding.contact)}`;
    case "dialog":
      return `NOTIFY to ${octetsToUnicode(to.subscription.dialog.remoteTarget)} in the dialog of its subscription`;
    case "proxy":
      return `NOTIFY to ${octetsToUnicode(to.addressOfRecord)} through the proxy`;
  }
}
