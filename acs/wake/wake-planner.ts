/**
 * Wakes devices that have work: one wake per device however many tasks wait, one rung of its ladder after another, the next round after
 * a back-off, all of it rebuilt after a restart.
 * Spec: DESIGN 4 (main path, reachability ladder). Layer: wake, shell; decisions in ladder.ts, sip-target.ts and wake-policy.ts.
 */
import type { Clock } from "../../common/clock.js";
import type { Logger } from "../../common/log.js";
import type { WakeBridge, WireEvent } from "../../schemas/wake-contract.js";
import { hasCode } from "../cwmp/event-codes.js";
import { type Device, type DeviceIdentity, IDLE_WAKE, type WakeRecord } from "../devices/device.js";
import type { ModelPolicy } from "../devices/model-policy.js";
import type { Rung } from "../devices/reachability.js";
import type { NewEvent, StoredEvent } from "../events/event.js";
import type { DeviceStore, Signal } from "../stores/device-store.js";
import type { EventStore } from "../stores/event-store.js";
import type { ReachStore } from "../stores/reach-store.js";
import type { TaskStore } from "../stores/task-store.js";
import { isUnderWay, mayBeTold } from "../tasks/nms-turn.js";
import type { Task } from "../tasks/task.js";
import { isStopAsked } from "../tasks/test-marks.js";
import { waitsForAnother } from "../tasks/turn.js";
import { type BridgeReturn, createBridgeReturn } from "./bridge-return.js";
import type { ConnectionRequester } from "./connection-requester.js";
import { createKnocker, describeStep, type Knock, type Knocker } from "./knocker.js";
import { explainSkipped, type Ladder, rungAnswered } from "./ladder.js";
import { ONLY_VOICE_SIGNALLING, type SignalPolicy, signalTurn } from "./voice-signalling.js";
import { backOffMs, meaningOf, waiting } from "./wake-policy.js";

export interface WakePlannerOptions {
  readonly devices: DeviceStore;
  readonly tasks: TaskStore;
  readonly events: EventStore;
  readonly reach: ReachStore;
  /** How the devices of a model want to be woken. */
  readonly modelPolicy: (identity: DeviceIdentity) => Promise<ModelPolicy>;
  /** Connection requests over HTTP, UDP and XMPP. */
  readonly requester: ConnectionRequester;
  /** null: no SIP bridge is configured. */
  readonly bridge: WakeBridge | null;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  /** How long a device that was asked may need to call in. */
  readonly informWaitMs: number;
  /** Devices that are asked in a second when all come at once, after a start: "the whole fleet must not be notified at once" (sip.md 1.8). */
  readonly perSecond: number;
  /** A device with a session open needs no wake. */
  readonly hasSession: (deviceId: string) => boolean;
  readonly nms: NmsPlans;
}

/** Of voice-signalled gateways. */
export interface NmsPlans {
  /** It has work although no task waits: an upgrade that the ACS computes. */
  hasWork(device: Device): Promise<boolean>;
  signalPolicy(device: Device): Promise<SignalPolicy>;
}

/** Devices read per page when the plan is rebuilt. */
const REBUILD_PAGE = 500;
/** A knock that took longer has its device's time to call in begin anew. */
const QUICK_KNOCK_MS = 1_000;
const FAILURES_KEPT_MAX = 100_000;
/** "6 CONNECTION REQUEST" this long after a rung was asked is its doing; in units of informWaitMs. */
const CREDIT_WAITS = 2;

/** The rungs of one device, tried one after another until it calls in or none is left. */
interface Round {
  /** The one that was asked last. */
  readonly asking: Rung;
  readonly tried: ReadonlySet<Rung>;
  /** What those before it brought. */
  readonly failures: readonly string[];
  /** When the bridge could not be asked (see BridgeReturn); undefined: it could, or there was no need. */
  readonly missedBridgeAt: number | undefined;
}

export class WakePlanner {
  readonly #options: WakePlannerOptions;
  /** One timer per device that waits for its next try. */
  readonly #timers = new Map<string, () => void>();
  /** Work on one device runs one piece after another. */
  readonly #queues = new Map<string, Promise<void>>();
  /** Sessions of a device that failed one after another. */
  readonly #failures = new Map<string, number>();
  /** Devices for which a task came during their session. */
  readonly #late = new Set<string>();
  /** Of devices that are being asked. */
  readonly #rounds = new Map<string, Round>();
  readonly #knocker: Knocker;
  readonly #bridgeReturn: BridgeReturn;
  readonly #stopListening: readonly (() => void)[];
  #closed = false;

  constructor(options: WakePlannerOptions) {
    this.#options = options;
    this.#knocker = createKnocker(options);
    this.#bridgeReturn = createBridgeReturn({
      ...{ ...options, limits: { devicesPerSecondMax: options.perSecond } },
      resume: (deviceId) => this.#enqueue(deviceId, () => this.#resume(deviceId)),
    });
    this.#stopListening = [
      options.bridge?.onBack(() => this.#bridgeReturn.back()) ?? (() => undefined),
      options.bridge?.onWireEvent((event) => this.#enqueue(event.deviceId, () => this.#onWireEvent(event))) ?? (() => undefined),
      options.events.onStored((events) => this.#onStored(events)),
    ];
  }

  /** The ways to wake a device, as they would be tried now. */
  ladderOf(device: Device): Promise<Ladder> {
    return this.#knocker.ladderOf(device);
  }

  /** A task waits for this device. */
  taskQueued(deviceId: string): void {
    this.#enqueue(deviceId, () => this.#look(deviceId, false));
  }

  /** How to reach the device has changed: what waits is tried at once. */
  addressChanged(deviceId: string): void {
    this.#enqueue(deviceId, async () => {
      const device = await this.#options.devices.get(deviceId);
      if (device?.wake.state === "waiting" && !this.#options.hasSession(deviceId) && (await this.#hasWork(device)))
        await this.#ask(device, "sip");
    });
  }

  /**
   * A voice-signalled gateway is ready (US 2012/0089717 A1 [0053], [0061]): if it has work, it may be signalled now. One that is being
   * signalled already is left to that.
   */
  registrationReceived(deviceId: string): void {
    this.#enqueue(deviceId, async () => {
      const device = await this.#options.devices.get(deviceId);
      if (device === undefined || device.wake.state === "asked" || this.#options.hasSession(deviceId)) return;
      if (device.quarantine === null && (await this.#hasWork(device))) await this.#ask(device);
    });
  }

  /** The device has called in: what was planned is void. */
  sessionBegan(deviceId: string): void {
    this.#cancelTimer(deviceId);
    this.#rounds.delete(deviceId);
    this.#bridgeReturn.forget(deviceId);
  }

  /**
   * Tasks that came too late for a session that ended well want another one at once. After one that failed the device is left alone
   * for a while: it comes back by itself (TR-069 3.2.1.1), and a device that fails each session must not be woken in a circle.
   * @param leavesTasks Open tasks were there when the session last looked.
   */
  sessionEnded(deviceId: string, outcome: "done" | "failed" = "done", leavesTasks = true): void {
    const isLate = this.#late.delete(deviceId);
    if (outcome === "done") this.#failures.delete(deviceId);
    if (outcome === "done" && !leavesTasks && !isLate) return; // as nearly all do: nothing is looked up
    this.#enqueue(deviceId, () => (outcome === "done" ? this.#lookForQueued(deviceId) : this.#leaveAlone(deviceId)));
  }

  /** After a start: every device that has work or was being woken is looked at again. */
  async rebuild(): Promise<void> {
    let afterId: string | undefined;
    let looked = 0;
    do {
      const page: readonly Device[] = await this.#options.devices.needingWake({
        limit: REBUILD_PAGE,
        ...(afterId === undefined ? {} : { afterId }),
      });
      for (const { id } of page) this.#lookInTurn(id, looked++);
      afterId = page.length < REBUILD_PAGE ? undefined : page.at(-1)?.id;
    } while (afterId !== undefined && !this.#closed);
  }

  /** The first of them at once, the others second by second, each at a moment of its own. */
  #lookInTurn(deviceId: string, turn: number): void {
    const { clock, random, perSecond } = this.#options;
    const seconds = Math.floor(turn / perSecond);
    const look = (): void => this.#enqueue(deviceId, () => this.#look(deviceId, true));
    if (seconds === 0) {
      look();
      return;
    }
    this.#cancelTimer(deviceId);
    const cancel = clock.after((seconds - 1 + random()) * 1_000, () => {
      this.#timers.delete(deviceId);
      look();
    });
    this.#timers.set(deviceId, cancel);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const stop of this.#stopListening) stop();
    this.#bridgeReturn.close();
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    await Promise.all(this.#queues.values());
  }

  /** @param anew The wake that the record speaks of is no longer under way: this process has just started, or its time is over. */
  async #look(deviceId: string, anew: boolean): Promise<void> {
    const { devices, clock, hasSession } = this.#options;
    const device = await devices.get(deviceId);
    if (device === undefined) return;
    if (hasSession(deviceId)) return void this.#late.add(deviceId);
    // Quarantined: it may call, and its tasks wait. The store would refuse the wake.
    if (device.quarantine !== null || !(await this.#hasWork(device))) return this.#rest(device);
    const { wake } = device;
    const underWay = wake.state === "asked" || (wake.nextTryAtMs !== null && wake.nextTryAtMs > clock.now());
    if (!anew && underWay && this.#timers.has(deviceId)) return; // One wake per device.
    if (wake.state === "waiting" && wake.nextTryAtMs !== null && wake.nextTryAtMs > clock.now())
      return this.#plan(deviceId, wake.nextTryAtMs);
    await this.#ask(device);
  }

  async #hasWork(device: Device): Promise<boolean> {
    const open = await this.#options.tasks.open(device.id);
    if (open.some((task) => task.state === "unknown" || maySend(device, task, open))) return true;
    return device.protocol === "nms" && !open.some(isUnderWay) && (await this.#options.nms.hasWork(device));
  }

  /** What it was to be woken for is cancelled or expired. */
  async #rest(device: Device): Promise<void> {
    this.#cancelTimer(device.id);
    this.#rounds.delete(device.id);
    this.#bridgeReturn.forget(device.id);
    await this.#set(device, IDLE_WAKE);
  }

  /** What is unknown still has been looked at in the session that just ended: waking for it would go in a circle. */
  async #lookForQueued(deviceId: string): Promise<void> {
    const device = await this.#options.devices.get(deviceId);
    const open = device === undefined ? [] : await this.#options.tasks.open(deviceId);
    if (device !== undefined && open.some((task) => maySend(device, task, open))) await this.#look(deviceId, false);
  }

  async #leaveAlone(deviceId: string): Promise<void> {
    const { devices, tasks, clock, random, hasSession } = this.#options;
    const device = await devices.get(deviceId);
    if (device === undefined || device.quarantine !== null || hasSession(deviceId)) return;
    if ((await tasks.open(deviceId)).length === 0) return;
    const failures = (this.#failures.get(deviceId) ?? 0) + 1;
    if (this.#failures.size >= FAILURES_KEPT_MAX) this.#failures.clear();
    this.#failures.set(deviceId, failures);
    const nextTryAtMs = clock.now() + backOffMs(failures, random());
    if (await this.#set(device, waiting(device.wake, "its session failed: left to come back by itself", nextTryAtMs)))
      this.#plan(deviceId, nextTryAtMs);
  }

  /** A new round: all rungs are open again. @param first The rung to begin with, if the device has it. */
  async #ask(device: Device, first?: Rung): Promise<void> {
    this.#rounds.delete(device.id);
    this.#bridgeReturn.forget(device.id);
    if (device.protocol === "nms" && !(await this.#maySignal(device))) return;
    const ladder = await this.#knocker.ladderOf(device);
    const off = device.protocol === "nms" ? ONLY_VOICE_SIGNALLING : this.#options.requester.off;
    if (ladder.steps.length === 0) await this.#set(device, noRung(device.wake, explainSkipped(ladder, off)));
    else await this.#climb(device, ladder, { attempts: device.wake.attempts + 1, failures: [] }, first);
  }

  /** false: not yet, and it is planned when. */
  async #maySignal(device: Device): Promise<boolean> {
    const turn = signalTurn(device.nms, await this.#options.nms.signalPolicy(device), this.#options.clock.now());
    if (turn.signal === "now") return true;
    this.#cancelTimer(device.id);
    const nextTryAtMs = turn.signal === "at" ? turn.atMs : null;
    if ((await this.#set(device, waiting(device.wake, turn.why, nextTryAtMs))) && nextTryAtMs !== null) this.#plan(device.id, nextTryAtMs);
    return false;
  }

  /** The bridge is back: the rung that it kept from being tried is tried now. The others have had their turn. */
  async #resume(deviceId: string): Promise<void> {
    const device = await this.#options.devices.get(deviceId);
    if (device?.wake.state !== "waiting" || this.#options.hasSession(deviceId) || !(await this.#hasWork(device))) return;
    const ladder = await this.#knocker.ladderOf(device);
    const steps = ladder.steps.filter(({ rung }) => rung === "sip");
    const tried = new Set(ladder.steps.map(({ rung }) => rung).filter((rung) => rung !== "sip"));
    if (steps.length === 0) return;
    this.#rounds.set(deviceId, { asking: "sip", tried, failures: [], missedBridgeAt: undefined });
    await this.#climb(device, { ...ladder, steps }, { attempts: device.wake.attempts + 1, failures: [] });
  }

  /** Asks the next rung that this round has not tried. false: none is left. */
  async #climb(
    device: Device,
    { steps }: Ladder,
    { attempts, failures, missedBridgeAt }: { readonly attempts: number } & Pick<Round, "failures"> & Partial<Round>,
    first?: Rung,
  ): Promise<boolean> {
    const { clock, reach, informWaitMs } = this.#options;
    const tried = this.#rounds.get(device.id)?.tried ?? new Set<Rung>();
    const left = steps.filter(({ rung }) => !tried.has(rung));
    const step = left.find(({ rung }) => rung === first) ?? left[0];
    if (step === undefined) return false;
    const { rung } = step;
    const nextTryAtMs = clock.now() + informWaitMs;
    const asked: WakeRecord = { state: "asked", attempts, reason: describeStep(step), nextTryAtMs };
    const signal = device.protocol === "nms" ? { atMs: clock.now() } : undefined;
    if (!(await this.#set(device, asked, signal))) return true; // It has called in meanwhile.
    this.#rounds.set(device.id, { asking: rung, tried: new Set([...tried, rung]), failures, missedBridgeAt });
    this.#plan(device.id, nextTryAtMs);
    const askedAtMs = clock.now();
    const note = { deviceId: device.id, rung, atMs: askedAtMs, what: "asked", detail: "" } as const;
    const [knock] = await Promise.all([this.#knocker.knock(device, step), reach.note(note, [])]);
    // A long queue: what the call-in answers is the request that leaves then.
    const { delayMs = 0 } = knock;
    if (delayMs > informWaitMs) await reach.note({ ...note, atMs: clock.now() + delayMs }, []);
    await this.#onKnock({ ...device, wake: asked }, rung, knock, clock.now() - askedAtMs);
    return true;
  }

  /** @param tookMs Until the rung had taken it. */
  async #onKnock(
    device: Device,
    rung: Rung,
    { next, reason, isVerdict, isBridgeAway = false, delayMs = 0 }: Knock,
    tookMs: number,
  ): Promise<void> {
    const { clock, events, informWaitMs } = this.#options;
    // The bridge tells its own wire events.
    if (rung !== "sip") {
      const data = { kind: "connection-request", rung, next, detail: reason };
      await events.append([{ atMs: clock.now(), kind: "wire", deviceId: device.id, data }]);
    }
    // Its turn comes later: a device that waits in the bridge's queue has not failed to call in.
    if (delayMs > 0 || (next === "wait" && tookMs > QUICK_KNOCK_MS)) await this.#postpone(device, clock.now() + delayMs + informWaitMs);
    if (next === "wait" && reason !== "")
      await this.#set(device, { ...device.wake, reason: `${reason}: waiting for the device to call in` });
    if (next === "next-rung") await this.#failed(device.id, reason, { isVerdict, isBridgeAway });
    if (next === "back-off") await this.#failed(device.id, reason, { isVerdict, isLast: true });
  }

  async #postpone(device: Device, nextTryAtMs: number): Promise<void> {
    if (await this.#set(device, { ...device.wake, nextTryAtMs })) this.#plan(device.id, nextTryAtMs);
  }

  /** The rung that was asked brought nothing: the next one is asked; after the last one the device is left alone for a while. */
  async #failed(
    deviceId: string,
    reason: string,
    {
      isVerdict,
      isLast = false,
      isBridgeAway = false,
    }: { readonly isVerdict: boolean; readonly isLast?: boolean; readonly isBridgeAway?: boolean },
  ): Promise<void> {
    const { devices, reach, clock, random } = this.#options;
    const device = await devices.get(deviceId);
    if (device?.wake.state !== "asked") return void this.#rounds.delete(deviceId); // It has called in, or is gone.
    const round = this.#rounds.get(deviceId);
    const failures = [...(round?.failures ?? []), reason];
    if (isVerdict && round !== undefined)
      await reach.note({ deviceId, rung: round.asking, atMs: clock.now(), what: "failed", detail: reason }, []);
    const { attempts } = device.wake;
    const missedBridgeAt = isBridgeAway ? this.#bridgeReturn.mark() : round?.missedBridgeAt;
    if (!isLast && round !== undefined) {
      const ladder = await this.#knocker.ladderOf(device);
      if (await this.#climb(device, ladder, { attempts, failures, missedBridgeAt })) return;
    }
    this.#rounds.delete(deviceId);
    const nextTryAtMs = clock.now() + backOffMs(attempts, random());
    if (!(await this.#set(device, waiting(device.wake, failures.join("; "), nextTryAtMs)))) return;
    this.#plan(deviceId, nextTryAtMs);
    if (!isLast && missedBridgeAt !== undefined) this.#bridgeReturn.missed(deviceId, missedBridgeAt);
  }

  /** "Only the call-in proves a wake" (DESIGN 4): the rung that was asked last has proved itself. */
  #onStored(events: readonly StoredEvent[]): void {
    for (const { kind, deviceId, data, atMs } of events) {
      const codes = kind === "device-informed" && Array.isArray(data["events"]) ? (data["events"] as readonly string[]) : [];
      if (deviceId !== null && (kind === "nms-requested" || hasCode(codes, "6")))
        this.#enqueue(deviceId, () => this.#credit(deviceId, atMs));
    }
  }

  async #credit(deviceId: string, atMs: number): Promise<void> {
    const { reach, clock, informWaitMs } = this.#options;
    const rung = rungAnswered((await reach.get(deviceId)).device, atMs, informWaitMs * CREDIT_WAITS);
    if (rung !== undefined) await reach.note({ deviceId, rung, atMs: clock.now(), what: "woke", detail: "" }, []);
  }

  async #onWireEvent(event: WireEvent): Promise<void> {
    const { devices, events, clock, informWaitMs } = this.#options;
    const { deviceId, atMs, ...data } = event;
    await events.append([{ atMs, kind: "wire", deviceId, data }]);
    const device = await devices.get(deviceId);
    const meaning = meaningOf(event);
    if (device === undefined || meaning.next === "wait" || device.wake.state === "idle") return;
    if (meaning.next === "try-now") {
      if (device.wake.state !== "waiting") return;
      return (await this.#hasWork(device)) ? this.#ask(device, "sip") : this.#rest(device);
    }
    const isElsewhere = (this.#rounds.get(deviceId)?.asking ?? "sip") !== "sip"; // The NOTIFY is over; another rung is being asked.
    if (device.wake.state !== "asked" || isElsewhere) return;
    if (meaning.next === "try-later") return this.#failed(deviceId, meaning.reason, { isVerdict: true });
    const nextTryAtMs = clock.now() + informWaitMs;
    if (await this.#set(device, { ...device.wake, reason: meaning.reason, nextTryAtMs })) this.#plan(deviceId, nextTryAtMs);
  }

  /** The time of a plan has come. A wake that was asked and brought no call-in counts as a failed try. */
  async #due(deviceId: string): Promise<void> {
    const device = await this.#options.devices.get(deviceId);
    if (device === undefined || device.wake.state === "idle") return;
    const { nextTryAtMs } = device.wake;
    // It was put off while this waited for its turn.
    if (nextTryAtMs !== null && nextTryAtMs > this.#options.clock.now()) return this.#plan(deviceId, nextTryAtMs);
    if (device.wake.state === "waiting" || !(await this.#hasWork(device))) return this.#look(deviceId, true);
    await this.#failed(deviceId, `${device.wake.reason}; the device did not call in`, { isVerdict: true });
  }

  async #set(device: Device, wake: WakeRecord, signal?: Signal): Promise<boolean> {
    const { devices, clock } = this.#options;
    if (isSame(wake, device.wake)) return true;
    const event: NewEvent = { atMs: clock.now(), kind: "wake-changed", deviceId: device.id, data: { ...wake, from: device.wake.state } };
    return (await devices.setWake(device.id, device.wake, wake, [event], signal)) === "stored";
  }

  #plan(deviceId: string, atMs: number): void {
    this.#cancelTimer(deviceId);
    if (this.#closed) return;
    const cancel = this.#options.clock.after(atMs - this.#options.clock.now(), () => {
      this.#timers.delete(deviceId);
      this.#enqueue(deviceId, () => this.#due(deviceId));
    });
    this.#timers.set(deviceId, cancel);
  }

  #cancelTimer(deviceId: string): void {
    this.#timers.get(deviceId)?.();
    this.#timers.delete(deviceId);
  }

  #enqueue(deviceId: string, work: () => Promise<void>): void {
    if (this.#closed) return;
    const before = this.#queues.get(deviceId) ?? Promise.resolve();
    const after = before.then(work).catch((error: unknown) => {
      this.#options.log.error({ err: error, device: deviceId }, "a wake could not be planned");
    });
    this.#queues.set(deviceId, after);
    void after.then(() => {
      if (this.#queues.get(deviceId) === after) this.#queues.delete(deviceId);
    });
  }
}

/**
 * One that waits for another task to end would bring a session in which nothing is asked. A test that is to stop was not looked at in the
 * session that began it.
 */
function maySend({ protocol }: Device, task: Task, open: readonly Task[]): boolean {
  if (protocol === "nms") return mayBeTold(task, open);
  return task.state === "queued" ? !waitsForAnother(task, open) : task.state === "unknown" && isStopAsked(task);
}

function isSame(one: WakeRecord, other: WakeRecord): boolean {
  return (
    one.state === other.state && one.attempts === other.attempts && one.reason === other.reason && one.nextTryAtMs === other.nextTryAtMs
  );
}

function noRung(wake: WakeRecord, reason: string): WakeRecord {
  return { state: "waiting", attempts: wake.attempts, reason, nextTryAtMs: null };
}
