/**
 * Wakes devices that have work: one wake per device however many tasks wait, the next try after a back-off, all of it rebuilt after a restart.
 * Spec: DESIGN 4 (main path, reachability ladder). Layer: wake, shell; decisions in sip-target.ts and wake-policy.ts.
 */
import type { Clock } from "../../common/clock.js";
import { newId } from "../../common/ids.js";
import type { Logger } from "../../common/log.js";
import { BridgeUnreachable, type WakeAnswer, type WakeBridge, type WireEvent } from "../../schemas/wake-contract.js";
import { type Device, IDLE_WAKE, type WakeRecord } from "../devices/device.js";
import type { NewEvent } from "../events/event.js";
import type { DeviceStore } from "../stores/device-store.js";
import type { EventStore } from "../stores/event-store.js";
import type { TaskStore } from "../stores/task-store.js";
import { SIP_TARGET_SUBTREES, type SipTarget, sipTarget } from "./sip-target.js";
import { backOffMs, meaningOf, waiting } from "./wake-policy.js";

export interface WakePlannerOptions {
  readonly devices: DeviceStore;
  readonly tasks: TaskStore;
  readonly events: EventStore;
  /** null: no SIP bridge is configured; devices are waited for. */
  readonly bridge: WakeBridge | null;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  /** How long a device that took the NOTIFY may need to call in. */
  readonly informWaitMs: number;
  /** A device with a session open needs no wake. */
  readonly hasSession: (deviceId: string) => boolean;
}

/** Devices read per page when the plan is rebuilt. */
const REBUILD_PAGE = 500;
const FAILURES_KEPT_MAX = 100_000;
const TREE_PAGE_MAX = 2_000;

export class WakePlanner {
  readonly #options: WakePlannerOptions;
  /** One timer per device that waits for its next try. */
  readonly #timers = new Map<string, () => void>();
  /** Work on one device runs one piece after another. */
  readonly #queues = new Map<string, Promise<void>>();
  /** Sessions of a device that failed one after another. */
  readonly #failures = new Map<string, number>();
  readonly #stopListening: () => void;
  #closed = false;

  constructor(options: WakePlannerOptions) {
    this.#options = options;
    this.#stopListening =
      options.bridge?.onWireEvent((event) => this.#enqueue(event.deviceId, () => this.#onWireEvent(event))) ?? (() => undefined);
  }

  /** A task waits for this device. */
  taskQueued(deviceId: string): void {
    this.#enqueue(deviceId, () => this.#look(deviceId, false));
  }

  /** How to reach the device has changed: what waits is tried at once. */
  addressChanged(deviceId: string): void {
    this.#enqueue(deviceId, async () => {
      const device = await this.#options.devices.get(deviceId);
      if (device?.wake.state === "waiting" && !this.#options.hasSession(deviceId) && (await this.#hasWork(deviceId)))
        await this.#ask(device);
    });
  }

  /** The device has called in: what was planned is void. */
  sessionBegan(deviceId: string): void {
    this.#cancelTimer(deviceId);
  }

  /**
   * Tasks that came too late for a session that ended well want another one at once. After one that failed the device is left alone
   * for a while: it comes back by itself (TR-069 3.2.1.1), and a device that fails each session must not be woken in a circle.
   */
  sessionEnded(deviceId: string, outcome: "done" | "failed" = "done"): void {
    if (outcome === "done") this.#failures.delete(deviceId);
    this.#enqueue(deviceId, () => (outcome === "done" ? this.#lookForQueued(deviceId) : this.#leaveAlone(deviceId)));
  }

  /** After a start: every device that has work or was being woken is looked at again. */
  async rebuild(): Promise<void> {
    let afterId: string | undefined;
    do {
      const page: readonly Device[] = await this.#options.devices.needingWake({
        limit: REBUILD_PAGE,
        ...(afterId === undefined ? {} : { afterId }),
      });
      for (const { id } of page) this.#enqueue(id, () => this.#look(id, true));
      afterId = page.length < REBUILD_PAGE ? undefined : page.at(-1)?.id;
    } while (afterId !== undefined && !this.#closed);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopListening();
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    await Promise.all(this.#queues.values());
  }

  /** @param anew The wake that the record speaks of is no longer under way: this process has just started, or its time is over. */
  async #look(deviceId: string, anew: boolean): Promise<void> {
    const { devices, clock, hasSession } = this.#options;
    const device = await devices.get(deviceId);
    if (device === undefined || hasSession(deviceId)) return;
    if (!(await this.#hasWork(deviceId))) return this.#rest(device);
    const { wake } = device;
    const underWay = wake.state === "asked" || (wake.nextTryAtMs !== null && wake.nextTryAtMs > clock.now());
    if (!anew && underWay && this.#timers.has(deviceId)) return; // One wake per device.
    if (wake.state === "waiting" && wake.nextTryAtMs !== null && wake.nextTryAtMs > clock.now())
      return this.#plan(deviceId, wake.nextTryAtMs);
    await this.#ask(device);
  }

  async #hasWork(deviceId: string): Promise<boolean> {
    return (await this.#options.tasks.open(deviceId)).some(({ state }) => state === "queued" || state === "unknown");
  }

  /** What it was to be woken for is cancelled or expired. */
  async #rest(device: Device): Promise<void> {
    this.#cancelTimer(device.id);
    await this.#set(device, IDLE_WAKE);
  }

  /** What is unknown still has been looked at in the session that just ended: waking for it would go in a circle. */
  async #lookForQueued(deviceId: string): Promise<void> {
    const open = await this.#options.tasks.open(deviceId);
    if (open.some(({ state }) => state === "queued")) await this.#look(deviceId, false);
  }

  async #leaveAlone(deviceId: string): Promise<void> {
    const { devices, tasks, clock, random, hasSession } = this.#options;
    const device = await devices.get(deviceId);
    if (device === undefined || hasSession(deviceId) || (await tasks.open(deviceId)).length === 0) return;
    const failures = (this.#failures.get(deviceId) ?? 0) + 1;
    if (this.#failures.size >= FAILURES_KEPT_MAX) this.#failures.clear();
    this.#failures.set(deviceId, failures);
    const nextTryAtMs = clock.now() + backOffMs(failures, random());
    if (await this.#set(device, waiting(device.wake, "its session failed: left to come back by itself", nextTryAtMs)))
      this.#plan(deviceId, nextTryAtMs);
  }

  async #ask(device: Device): Promise<void> {
    const { bridge, clock, informWaitMs } = this.#options;
    const choice = sipTarget(device, await this.#voiceValues(device));
    if (bridge === null)
      return void (await this.#set(device, noRung(device.wake, "no SIP bridge is configured: waiting for the device to call in")));
    if (choice.target === null) return void (await this.#set(device, noRung(device.wake, `SIP: ${choice.why}`)));
    const nextTryAtMs = clock.now() + informWaitMs;
    const asked: WakeRecord = { state: "asked", attempts: device.wake.attempts + 1, reason: `NOTIFY to ${describe(choice)}`, nextTryAtMs };
    if (!(await this.#set(device, asked))) return;
    this.#plan(device.id, nextTryAtMs);
    const answer = await this.#request(bridge, device, choice);
    if (answer.outcome === "accepted" || answer.outcome === "joined") return;
    const retryMs = clock.now() + backOffMs(asked.attempts, this.#options.random());
    await this.#set({ ...device, wake: asked }, waiting(asked, answer.detail, retryMs));
    this.#plan(device.id, retryMs);
  }

  async #request(
    bridge: WakeBridge,
    device: Device,
    choice: SipTarget & { readonly target: object },
  ): Promise<Pick<WakeAnswer, "outcome" | "detail">> {
    try {
      return await bridge.wake({ wakeId: newId(this.#options.clock.now()), deviceId: device.id, target: choice.target, event: "resync" });
    } catch (error) {
      if (!(error instanceof BridgeUnreachable)) throw error;
      return { outcome: "overloaded", detail: `the SIP bridge can't be reached: ${error.message}` };
    }
  }

  async #voiceValues(device: Device): Promise<readonly { readonly name: string; readonly value: string | null }[]> {
    if (device.sipAddress !== null || device.root === null) return [];
    const { devices } = this.#options;
    const pages = await Promise.all(
      SIP_TARGET_SUBTREES.map((path) => devices.tree(device.id, `${device.root}${path}`, { limit: TREE_PAGE_MAX })),
    );
    return pages.flat();
  }

  async #onWireEvent(event: WireEvent): Promise<void> {
    const { devices, events, clock, informWaitMs, random } = this.#options;
    const { deviceId, atMs, ...data } = event;
    await events.append([{ atMs, kind: "wire", deviceId, data }]);
    const device = await devices.get(deviceId);
    const meaning = meaningOf(event);
    if (device === undefined || meaning.next === "wait" || device.wake.state === "idle") return;
    if (meaning.next === "try-now") {
      if (device.wake.state !== "waiting") return;
      return (await this.#hasWork(deviceId)) ? this.#ask(device) : this.#rest(device);
    }
    if (device.wake.state !== "asked") return;
    const isTaken = meaning.next === "expect-inform";
    const nextTryAtMs = clock.now() + (isTaken ? informWaitMs : backOffMs(device.wake.attempts, random()));
    const wake: WakeRecord = { ...device.wake, state: isTaken ? "asked" : "waiting", reason: meaning.reason, nextTryAtMs };
    if (await this.#set(device, wake)) this.#plan(deviceId, nextTryAtMs);
  }

  /** The time of a plan has come. A wake that was asked and brought no call-in counts as a failed try. */
  async #due(deviceId: string): Promise<void> {
    const { devices, clock, random } = this.#options;
    const device = await devices.get(deviceId);
    if (device === undefined || device.wake.state === "idle") return;
    if (device.wake.state === "waiting" || !(await this.#hasWork(deviceId))) return this.#look(deviceId, true);
    const nextTryAtMs = clock.now() + backOffMs(device.wake.attempts, random());
    const wake = waiting(device.wake, `${device.wake.reason}; the device did not call in`, nextTryAtMs);
    if (await this.#set(device, wake)) this.#plan(deviceId, nextTryAtMs);
  }

  async #set(device: Device, wake: WakeRecord): Promise<boolean> {
    const { devices, clock } = this.#options;
    if (isSame(wake, device.wake)) return true;
    const event: NewEvent = { atMs: clock.now(), kind: "wake-changed", deviceId: device.id, data: { ...wake, from: device.wake.state } };
    return (await devices.setWake(device.id, device.wake, wake, [event])) === "stored";
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

function isSame(one: WakeRecord, other: WakeRecord): boolean {
  return (
    one.state === other.state && one.attempts === other.attempts && one.reason === other.reason && one.nextTryAtMs === other.nextTryAtMs
  );
}

function noRung(wake: WakeRecord, reason: string): WakeRecord {
  return { state: "waiting", attempts: wake.attempts, reason, nextTryAtMs: null };
}

function describe(choice: SipTarget & { readonly target: object }): string {
  const { target } = choice;
  return target.by === "address-of-record" ? target.addressOfRecord : `the registration of ${target.macAddress}`;
}
