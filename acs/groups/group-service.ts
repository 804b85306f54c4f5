/**
 * All groups: made, kept going over restarts, paused and aborted.
 * Layer: groups (shell).
 */
import type { Clock } from "../../common/clock.js";
import type { FieldError } from "../../common/field-error.js";
import { newId } from "../../common/ids.js";
import type { Logger } from "../../common/log.js";
import { SecretBoxError } from "../../common/secret-box.js";
import { createTurns } from "../../common/turns.js";
import type { SealedSecret } from "../devices/device.js";
import type { StoredEvent } from "../events/event.js";
import type { EventStore } from "../stores/event-store.js";
import type { GroupStore } from "../stores/group-store.js";
import type { TagStore } from "../stores/tag-store.js";
import { type AskedDevices, devicePages } from "./device-pages.js";
import {
  GROUP_LIMITS,
  type Group,
  type GroupKind,
  type GroupMember,
  groupSecretOwner,
  isOver,
  type NewGroup,
  type NotTaken,
  OPEN_GROUP_STATES,
  type SomeIds,
} from "./group.js";
import { GroupRun } from "./group-run.js";
import type { GroupWork, WorkState } from "./group-work.js";
import type { GroupWish } from "./progress.js";

export interface GroupServiceOptions {
  readonly groups: GroupStore;
  readonly tags: TagStore;
  readonly events: Pick<EventStore, "onStored">;
  readonly works: Readonly<Record<GroupKind, GroupWork>>;
  readonly seal: (secret: string, owner: string) => SealedSecret;
  readonly openSecret: (sealed: SealedSecret, owner: string) => string;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface AskedGroup {
  readonly name: string;
  readonly kind: GroupKind;
  readonly order: unknown;
  readonly devices: AskedDevices;
  /** Of the request, for what is wrong with the list. */
  readonly devicesField: string;
  readonly concurrency: number;
  readonly ratePerMinute: number | null;
  /** true: nothing begins before it is resumed. */
  readonly paused: boolean;
}

/** "busy": others are being made. */
export type MadeGroup = Group | "too-many" | "busy" | { readonly errors: readonly FieldError[] };

export const GROUP_SERVICE = {
  /** Ends that were not told are noticed within this time. */
  recheckEveryMs: 30_000,
  /** Groups that are made one after the other. */
  waitingMax: 4,
  page: 1_000,
} as const;

/** Groups are made one at a time. */
const MAKING = "making";

export class GroupService {
  readonly #options: GroupServiceOptions;
  readonly #runs = new Map<string, GroupRun>();
  readonly #turns = createTurns();
  readonly #stopListening: () => void;
  #waiting = 0;
  #isRecheckPlanned = false;
  #cancelTimer: () => void = () => undefined;
  #isClosed = false;

  constructor(options: GroupServiceOptions) {
    this.#options = options;
    this.#stopListening = options.events.onStored((stored) => this.#heard(stored));
  }

  /** Goes on with the groups that have not ended. A group whose making was interrupted is dropped: nobody was told of it. */
  async begin(): Promise<void> {
    const { groups } = this.#options;
    await this.#turns(MAKING, () => this.#dropFilling());
    const open = await groups.list({ states: OPEN_GROUP_STATES, limit: GROUP_LIMITS.openMax });
    for (const group of open) if (!this.#runs.has(group.id)) this.#run(await this.#readable(group), await this.#runningOf(group.id));
    for (const run of this.#runs.values()) void run.recheck();
  }

  /** Fulfilled when all members are on disk. */
  async create(asked: AskedGroup): Promise<MadeGroup> {
    const json = JSON.stringify(asked.order);
    const errors =
      Buffer.byteLength(json) > GROUP_LIMITS.orderBytesMax
        ? [{ field: "order", detail: `is longer than ${GROUP_LIMITS.orderBytesMax} bytes` }]
        : (await this.#options.works[asked.kind].check(asked.order)).map(({ field, detail }) => ({ field: `order.${field}`, detail }));
    if (errors.length > 0) return { errors };
    if (this.#waiting >= GROUP_SERVICE.waitingMax) return "busy";
    this.#waiting += 1;
    return this.#turns(MAKING, () => this.#make(asked, json)).finally(() => {
      this.#waiting -= 1;
    });
  }

  async wish(id: string, wish: GroupWish): Promise<Group | "over" | undefined> {
    const { groups, clock } = this.#options;
    const group = await groups.wish(id, wish, clock.now());
    if (typeof group === "object") this.#runs.get(id)?.changed(group);
    return group;
  }

  /** As it was asked for; null: it is damaged, or sealed with another key. */
  orderOf({ id, order }: Group): unknown {
    try {
      return JSON.parse(this.#options.openSecret(order, groupSecretOwner(id)));
    } catch (error) {
      if (error instanceof SecretBoxError) return null;
      throw error;
    }
  }

  /** What a member does now. */
  workOf({ kind }: Group, workId: string): Promise<WorkState | undefined> {
    return this.#options.works[kind].state(workId);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopListening();
    this.#cancelTimer();
    await Promise.all([...this.#runs.values()].map((run) => run.stop()));
  }

  async #make(asked: AskedGroup, orderJson: string): Promise<MadeGroup> {
    const { groups, clock, seal } = this.#options;
    const createdAtMs = clock.now();
    const id = newId(createdAtMs);
    const { name, kind, concurrency, ratePerMinute } = asked;
    const group: NewGroup = { id, name, kind, order: seal(orderJson, groupSecretOwner(id)), concurrency, ratePerMinute, createdAtMs };
    if ((await groups.add(group)) === "too-many") return "too-many";
    try {
      const filled = await this.#fill(id, asked);
      if ("errors" in filled) return filled;
      const opening = { state: asked.paused ? "paused" : "running", notTaken: filled, atMs: clock.now() } as const;
      const opened = await groups.open(id, opening);
      if (opened === undefined) throw new Error(`group ${id} is gone while it is made`);
      this.#run(opened, []);
      return opened;
    } finally {
      // Nothing is left of one that was not opened; they are made one at a time.
      await this.#dropFilling();
    }
  }

  async #fill(
    id: string,
    { devices: asked, devicesField: field }: AskedGroup,
  ): Promise<NotTaken | { readonly errors: readonly FieldError[] }> {
    const { groups, tags } = this.#options;
    let members = 0;
    let unknown: SomeIds = { count: 0, ids: [] };
    let duplicates: SomeIds = { count: 0, ids: [] };
    for await (const page of devicePages(asked, tags)) {
      const filled = await groups.fill(id, page);
      members += filled.added;
      unknown = withMore(unknown, filled.unknown);
      duplicates = withMore(duplicates, filled.duplicates);
      if (filled.added + filled.unknown.length + filled.duplicates.length < page.length)
        return { errors: [{ field, detail: `names more than ${GROUP_LIMITS.membersMax} devices: make several groups` }] };
    }
    return members > 0 ? { unknown, duplicates } : { errors: [{ field, detail: nobody(asked, unknown) }] };
  }

  /** What can't be read can't be gone on with: those that run end, no other begins. */
  async #readable(group: Group): Promise<Group> {
    if (group.state === "aborting" || this.orderOf(group) !== null) return group;
    const { groups, clock, log } = this.#options;
    log.error({ group: group.id }, "the order of a group can't be opened with the secrets key: the group is aborted");
    const aborted = await groups.wish(group.id, "abort", clock.now());
    return typeof aborted === "object" ? aborted : group;
  }

  #run(group: Group, running: readonly GroupMember[]): void {
    if (isOver(group.state) || this.#runs.has(group.id) || this.#isClosed) return;
    const { groups, works, clock, log } = this.#options;
    const onOver = (): void => void this.#runs.delete(group.id);
    const run = new GroupRun(group, running, { groups, work: works[group.kind], order: this.orderOf(group), clock, log, onOver });
    this.#runs.set(group.id, run);
    this.#recheckLater();
    run.look();
  }

  async #runningOf(id: string): Promise<readonly GroupMember[]> {
    const filter = { states: ["running"], limit: GROUP_SERVICE.page } as const;
    const members: GroupMember[] = [];
    for (let page = await this.#options.groups.members(id, filter); page.length > 0; ) {
      members.push(...page);
      page = await this.#options.groups.members(id, { ...filter, afterNumber: page.at(-1)?.number ?? 0 });
    }
    return members;
  }

  async #dropFilling(): Promise<void> {
    while ((await this.#options.groups.dropFilling(GROUP_SERVICE.page)) === GROUP_SERVICE.page);
  }

  #heard(stored: readonly StoredEvent[]): void {
    if (this.#runs.size === 0) return;
    for (const event of stored) this.#told(event);
  }

  #told(event: StoredEvent): void {
    const { kind, deviceId } = event;
    if (kind === "device-removed" && deviceId !== null) for (const run of this.#runs.values()) run.deviceRemoved(deviceId);
    for (const work of Object.values(this.#options.works)) {
      const workId = work.toldBy(event);
      if (workId !== undefined) for (const run of this.#runs.values()) run.told(workId);
    }
  }

  /** While there are groups that run. */
  #recheckLater(): void {
    if (this.#isRecheckPlanned || this.#runs.size === 0 || this.#isClosed) return;
    this.#isRecheckPlanned = true;
    this.#cancelTimer = this.#options.clock.after(GROUP_SERVICE.recheckEveryMs, () => {
      this.#isRecheckPlanned = false;
      for (const run of this.#runs.values()) void run.recheck();
      this.#recheckLater();
    });
  }
}

function withMore({ count, ids }: SomeIds, more: readonly string[]): SomeIds {
  return { count: count + more.length, ids: [...ids, ...more.slice(0, Math.max(0, GROUP_LIMITS.notTakenShownMax - ids.length))] };
}

const SHOWN_IN_ERROR = 3;

function nobody(asked: AskedDevices, unknown: SomeIds): string {
  if ("tag" in asked) return "is on no device: give it to devices with PATCH /api/devices/{id}";
  if (unknown.count === 0) return "names no device";
  const shown = unknown.ids.slice(0, SHOWN_IN_ERROR).map((id) => id.slice(0, 64));
  return `names no registered device: unknown are ${shown.join(", ")}${unknown.count > SHOWN_IN_ERROR ? ` and ${unknown.count - SHOWN_IN_ERROR} more` : ""}`;
}
