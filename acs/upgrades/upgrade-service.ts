/**
 * Upgrades as a service: ordered, followed and aborted. Each step is read from the store, decided (upgrade-step.ts) and written back in one
 * transaction; what happens in the store, and a clock, say when to look. After a crash all that run are looked at again.
 * Spec: docs/decisions/0026-upgrades-prove-themselves.md. Layer: upgrades, shell.
 */
import type { Clock } from "../../common/clock.js";
import type { Logger } from "../../common/log.js";
import type { NewEvent, StoredEvent } from "../events/event.js";
import type { CatalogueFile } from "../stores/file-store.js";
import type { UpgradeFilter, UpgradeStore } from "../stores/upgrade-store.js";
import { FIRMWARE, newUpgrade, type Upgrade, type UpgradePolicy } from "./upgrade.js";
import { type FactSources, factsOf } from "./upgrade-facts.js";
import { type Decision, end, type Facts, type Step } from "./upgrade-moves.js";
import { afterOutage, type Outage } from "./upgrade-outage.js";
import { abort, step } from "./upgrade-step.js";
import { WorkQueue } from "./work-queue.js";

export interface UpgradeServiceOptions extends FactSources {
  readonly upgrades: UpgradeStore;
  /** Between the last run and this one. */
  readonly outage: Outage;
  readonly events: FactSources["events"] & { onStored(listener: (events: readonly StoredEvent[]) => void): () => void };
  readonly catalogue: FactSources["catalogue"] & { list(): Promise<readonly CatalogueFile[]> };
  /** A task waits for this device. */
  readonly wake: (deviceId: string) => void;
  readonly clock: Clock;
  readonly log: Pick<Logger, "error">;
}

export interface UpgradeOrder {
  /** Made by newId: the same id twice is the same upgrade. */
  readonly id: string;
  readonly deviceId: string;
  /** The file by its id, or the one of this version that is for the device's model. */
  readonly file: { readonly fileId: string } | { readonly version: string };
  readonly policy: UpgradePolicy;
  readonly causedBy: string | null;
}

/** Why an upgrade was not begun; nothing is stored. */
export interface UpgradeRefusal {
  readonly refused: "device-unknown" | "file-unknown" | "file-unfit" | "not-cwmp" | "busy";
  readonly detail: string;
}

const WORKERS = 8;
/** The longest time between two looks at the clock. */
const POLL_MS = 1_000;
const PAGE = 500;
/** Steps that follow each other at once, and races with sessions; one that goes on for longer is looked at again later. */
const STEPS_AT_ONCE_MAX = 20;
const PRIORITY = 5;

export class UpgradeService {
  readonly #options: UpgradeServiceOptions;
  readonly #queue: WorkQueue;
  /** Those that run, by device. */
  readonly #running = new Map<string, string>();
  /** A look at them has failed: they are looked at again, whether or not something is heard. */
  readonly #failed = new Set<string>();
  readonly #stopListening: () => void;
  #cancelTimer: () => void = () => undefined;
  #timing = Promise.resolve();
  #isClosed = false;

  constructor(options: UpgradeServiceOptions) {
    this.#options = options;
    this.#queue = new WorkQueue(
      WORKERS,
      (id) => this.#lookSafely(id),
      (error) => options.log.error({ err: error }, "an upgrade could not be looked at"),
    );
    this.#stopListening = options.events.onStored((events) => this.#hear(events));
  }

  /** Goes on with all that run. Call it once, when everything else is open. */
  async begin(): Promise<void> {
    for (let afterId = ""; ; ) {
      const page = await this.#options.upgrades.allRunning(afterId, PAGE);
      for (const upgrade of page) {
        await this.#moveDeadline(upgrade);
        this.#running.set(upgrade.deviceId, upgrade.id);
        this.#queue.add(upgrade.id);
      }
      afterId = page.at(-1)?.id ?? "";
      if (page.length < PAGE) break;
    }
    this.#time();
  }

  /** On disk when it is fulfilled. The same id again gives the upgrade as it is now, whatever else the order says. */
  async startUpgrade(order: UpgradeOrder): Promise<Upgrade | UpgradeRefusal> {
    const { upgrades, clock } = this.#options;
    const known = await upgrades.get(order.id);
    if (known !== undefined) return known;
    const file = await this.#fileFor(order);
    if ("refused" in file) return file;
    const { id, deviceId, policy, causedBy } = order;
    const nowMs = clock.now();
    const { name, version, sizeBytes, sha256 } = file;
    const upgrade = newUpgrade({ id, deviceId, file: { id: file.id, name, version, sizeBytes, sha256 }, policy, causedBy }, nowMs);
    const data = { upgradeId: id, fileId: file.id, version, causedBy };
    const added = await upgrades.add(upgrade, [{ atMs: nowMs, kind: "upgrade-started", deviceId, data }]);
    if (added === "unknown-device") return NO_DEVICE;
    if (added === "busy")
      return refusal("busy", `another upgrade of the device runs: ${(await upgrades.running(deviceId))?.id ?? "it has just ended"}`);
    this.#running.set(deviceId, id);
    this.#queue.add(id);
    return (await upgrades.get(id)) ?? upgrade;
  }

  upgrade(id: string): Promise<Upgrade | undefined> {
    return this.#options.upgrades.get(id);
  }

  list(filter: UpgradeFilter): Promise<readonly Upgrade[]> {
    return this.#options.upgrades.list(filter);
  }

  /** Orders nothing more. A download that the device has taken can't be taken back. One that has ended stays as it ended. */
  async abortUpgrade(id: string): Promise<Upgrade | undefined> {
    await this.#look(id, abort);
    return this.upgrade(id);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopListening();
    this.#cancelTimer();
    await this.#timing;
    await this.#queue.close();
  }

  async #fileFor({ deviceId, file }: UpgradeOrder): Promise<CatalogueFile | UpgradeRefusal> {
    const { devices, catalogue } = this.#options;
    const device = await devices.get(deviceId);
    if (device === undefined) return NO_DEVICE;
    if (device.protocol === "nms")
      return refusal(
        "not-cwmp",
        "voice-signalled gateways are upgraded by the wanted version of their model (PUT /api/models/…/wanted-version)",
      );
    const { productClass } = device.identity;
    if ("fileId" in file) {
      const known = await catalogue.get(file.fileId);
      return known === undefined ? refusal("file-unknown", "names no file of the catalogue") : fitting(known, productClass);
    }
    const ofVersion = (await catalogue.list()).filter(({ fileType, version }) => fileType === FIRMWARE && version === file.version);
    const best = ofVersion.find(({ model }) => model === productClass) ?? ofVersion.find(({ model }) => model === "");
    return best ?? refusal("file-unknown", `is of no firmware in the catalogue for model ${productClass}`);
  }

  #hear(events: readonly StoredEvent[]): void {
    for (const { kind, deviceId } of events) {
      if (deviceId === null || !HEARD.includes(kind)) continue;
      const id = this.#running.get(deviceId);
      if (id !== undefined) this.#queue.add(id);
    }
  }

  async #lookSafely(id: string): Promise<void> {
    try {
      await this.#look(id);
    } catch (error) {
      this.#failed.add(id);
      this.#options.log.error({ err: error, upgrade: id }, "an upgrade could not go on: tried again soon");
    }
  }

  /** Takes steps until there is nothing to do before something else happens. */
  async #look(id: string, decide: (upgrade: Upgrade, facts: Facts) => Decision = step): Promise<void> {
    for (let steps = 0; steps < STEPS_AT_ONCE_MAX; steps++) {
      const upgrade = await this.#options.upgrades.get(id);
      if (upgrade === undefined || upgrade.state !== "running") return this.#forget(upgrade);
      const decision = decide(upgrade, await factsOf(upgrade, this.#options));
      if (decision === null || this.#isClosed) return;
      await this.#save(upgrade, decision);
    }
  }

  /** Before its first step of this run. */
  async #moveDeadline(upgrade: Upgrade): Promise<void> {
    const moved = afterOutage(upgrade, this.#options.outage);
    if (moved !== undefined) await this.#options.upgrades.save({ upgrade: moved, task: null, settles: null, events: [] });
  }

  #forget(upgrade: Upgrade | undefined): void {
    if (upgrade !== undefined && this.#running.get(upgrade.deviceId) === upgrade.id) this.#running.delete(upgrade.deviceId);
  }

  /** What has moved on meanwhile is looked at anew by the caller. */
  async #save(before: Upgrade, { upgrade, order, settles }: Step): Promise<void> {
    const { upgrades, clock, wake } = this.#options;
    const { deviceId } = upgrade;
    const atMs = clock.now();
    const task = order === null ? null : { ...order, deviceId, priority: PRIORITY, createdAtMs: atMs };
    const settled = settles === null ? null : { id: settles.task.id, revision: settles.task.revision, change: settles.change };
    const saved = await upgrades.save({ upgrade, task, settles: settled, events: eventsOf(before, upgrade, atMs) });
    if (saved === "refused") await this.#endRefused(before);
    else if (saved !== "stale" && (task !== null || settles?.change.to === "unknown")) wake(deviceId);
  }

  /** The device is gone, which the next look sees; or it has as many tasks as it may have. */
  async #endRefused(upgrade: Upgrade): Promise<void> {
    const { upgrades, devices, clock } = this.#options;
    if ((await devices.get(upgrade.deviceId)) === undefined) return;
    const nowMs = clock.now();
    const ended = end(upgrade, nowMs, "failed", "not-reached", "the device has too many unfinished tasks").upgrade;
    await upgrades.save({ upgrade: ended, task: null, settles: null, events: eventsOf(upgrade, ended, nowMs) });
  }

  #time(): void {
    this.#timing = this.#lookAtDue().catch((error: unknown) => {
      this.#options.log.error({ err: error }, "upgrades could not be timed");
      this.#after(POLL_MS);
    });
  }

  async #lookAtDue(): Promise<void> {
    const { upgrades, clock } = this.#options;
    const nowMs = clock.now();
    for (const id of this.#failed) this.#queue.add(id);
    this.#failed.clear();
    for (const { id } of await upgrades.due(nowMs, PAGE)) this.#queue.add(id);
    const nextMs = (await upgrades.nextDueMs(nowMs)) ?? Number.POSITIVE_INFINITY;
    this.#after(Math.min(Math.max(nextMs - clock.now(), 0), POLL_MS));
  }

  #after(delayMs: number): void {
    if (!this.#isClosed) this.#cancelTimer = this.#options.clock.after(delayMs, () => this.#time());
  }
}

/** After these something may have become true that a step waits for. */
const HEARD: readonly string[] = ["task-changed", "device-informed", "device-removed"];

const refusal = (refused: UpgradeRefusal["refused"], detail: string): UpgradeRefusal => ({ refused, detail });
const NO_DEVICE = refusal("device-unknown", "there is no such device");

function fitting(file: CatalogueFile, productClass: string): CatalogueFile | UpgradeRefusal {
  if (file.fileType !== FIRMWARE) return refusal("file-unfit", `is no firmware ("${FIRMWARE}")`);
  if (file.version === "") return refusal("file-unfit", "has no version, so that nothing could prove the upgrade");
  const isForeign = file.model !== "" && file.model !== productClass;
  return isForeign ? refusal("file-unfit", "is a file for another model than this device's product class") : file;
}

function eventsOf(before: Upgrade, after: Upgrade, atMs: number): readonly NewEvent[] {
  const { id: upgradeId, deviceId, phase, attempt, state, reason, detail, causedBy, file, steps } = after;
  const about = { upgradeId, fileId: file.id, version: file.version, causedBy };
  if (state !== "running") return [{ atMs, kind: "upgrade-ended", deviceId, data: { ...about, state, phase, attempt, reason, detail } }];
  if (phase === before.phase && attempt === before.attempt) return [];
  return [{ atMs, kind: "upgrade-phase", deviceId, data: { ...about, phase, attempt, why: steps.at(-1)?.why ?? "" } }];
}
