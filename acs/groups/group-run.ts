/**
 * One group that has not ended: begins its members, hears of their ends, aborts them. All that it holds can be read from the store again.
 * Layer: groups (shell); what happens next is decided in progress.ts.
 */
import type { Clock } from "../../common/clock.js";
import { derivedId } from "../../common/ids.js";
import type { Logger } from "../../common/log.js";
import { createTurns } from "../../common/turns.js";
import type { GroupStore } from "../stores/group-store.js";
import { type Group, type GroupMember, isOver, type MemberEnd } from "./group.js";
import type { GroupWork } from "./group-work.js";
import { nextStarts } from "./progress.js";

export const GROUP_RUN = {
  /** Members that begin, or end as aborted, in one transaction. */
  perTurnMax: 100,
  abortedPerTurnMax: 1_000,
  /** Progress is told at most so often; what changes the group's state is told at once. */
  tellsEveryMs: 1_000,
  /** After the store has failed. */
  retryMs: 1_000,
  /** Members looked at before others get their turn. */
  lookedAtInARow: 50,
} as const;

export interface GroupRunOptions {
  readonly groups: GroupStore;
  readonly work: GroupWork;
  /** Opened. */
  readonly order: unknown;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onOver: () => void;
}

type Running = Pick<GroupMember, "number" | "deviceId">;

export class GroupRun {
  readonly #options: GroupRunOptions;
  readonly #turns = createTurns();
  /** By id of their work. */
  readonly #running = new Map<string, Running>();
  /** Ends that are not stored yet, by id of the work. */
  readonly #ends = new Map<string, MemberEnd>();
  readonly #underWay = new Set<Promise<void>>();
  #group: Group;
  #loop: Promise<void> | undefined;
  #isWanted = false;
  #isStopped = false;
  #toldMs = Number.NEGATIVE_INFINITY;
  #cancelTimer: () => void = () => undefined;

  /** @param running Members that were begun before. */
  constructor(group: Group, running: readonly GroupMember[], options: GroupRunOptions) {
    this.#group = group;
    this.#options = options;
    this.#take(running);
  }

  /** An operator has changed it. */
  changed(group: Group): void {
    const isNewAbort = group.state === "aborting" && this.#group.state !== "aborting";
    this.#group = group;
    if (isNewAbort) void this.recheck();
    this.look();
  }

  /** Does what is to be done now. Calls during a look make one more of it. */
  look(): void {
    this.#isWanted = true;
    this.#loop ??= this.#lookAgain().finally(() => {
      this.#loop = undefined;
      if (this.#isWanted && !this.#isStopped) this.look();
    });
  }

  /** The work may have ended. */
  told(workId: string): void {
    if (this.#running.has(workId)) this.#doInTurn(workId, () => this.#check(workId));
  }

  deviceRemoved(deviceId: string): void {
    for (const [workId, member] of this.#running) if (member.deviceId === deviceId) this.told(workId);
  }

  /** Asks for the state of all that run: whatever was not told is found out. */
  async recheck(): Promise<void> {
    let count = 0;
    for (const workId of [...this.#running.keys()]) {
      if (this.#isStopped) return;
      this.told(workId);
      if (++count % GROUP_RUN.lookedAtInARow === 0) await this.#settled();
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTimer();
    await this.#loop;
    await this.#settled();
  }

  async #settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #lookAgain(): Promise<void> {
    while (this.#isWanted && !this.#isStopped) {
      this.#isWanted = false;
      try {
        await this.#turn();
      } catch (error) {
        this.#options.log.error({ err: error, group: this.#group.id }, "a group could not go on, and tries again");
        this.#lookIn(GROUP_RUN.retryMs);
      }
    }
  }

  async #turn(): Promise<void> {
    await this.#storeEnds();
    if (this.#group.state === "aborting" && this.#group.counts.queued > 0) await this.#abortQueued();
    await this.#startNext();
    if (!isOver(this.#group.state)) return;
    this.#isStopped = true;
    this.#options.onOver();
  }

  async #storeEnds(): Promise<void> {
    if (this.#ends.size === 0) return;
    const stored = [...this.#ends];
    const ends = stored.map(([, end]) => end);
    this.#group = (await this.#options.groups.settle(this.#group.id, ends, this.#tells())) ?? this.#group;
    for (const [workId] of stored) {
      this.#ends.delete(workId);
      this.#running.delete(workId);
    }
  }

  async #abortQueued(): Promise<void> {
    const { groups, clock } = this.#options;
    this.#group = (await groups.abortQueued(this.#group.id, GROUP_RUN.abortedPerTurnMax, clock.now(), this.#tells())) ?? this.#group;
    if (this.#group.counts.queued > 0) this.#isWanted = true;
  }

  async #startNext(): Promise<void> {
    const { groups, clock } = this.#options;
    const nowMs = clock.now();
    const { count, nextStartMs, againAtMs } = nextStarts(this.#group, nowMs, GROUP_RUN.perTurnMax);
    if (againAtMs !== null) this.#lookIn(againAtMs - nowMs);
    if (count === 0) return;
    if (count === GROUP_RUN.perTurnMax) this.#isWanted = true;
    const result = await groups.start(this.#group.id, { count, atMs: nowMs, nextStartMs, tells: this.#tells() });
    if (result === undefined) return;
    this.#group = result.group;
    for (const workId of this.#take(result.started)) this.#doInTurn(workId, () => this.#begin(workId));
  }

  #take(members: readonly GroupMember[]): readonly string[] {
    return members.map(({ number, deviceId }) => {
      const workId = derivedId(this.#group.id, deviceId);
      this.#running.set(workId, { number, deviceId });
      return workId;
    });
  }

  async #begin(workId: string): Promise<void> {
    const member = this.#running.get(workId);
    if (member === undefined || this.#isStopped) return;
    const { work, order } = this.#options;
    const begun = await work.start({ id: workId, deviceId: member.deviceId, groupId: this.#group.id, order });
    if (begun !== "started") this.#ended(workId, member, "refused", begun.refused);
    else if (this.#group.state === "aborting") await work.abort(workId);
  }

  /** It ended, or it goes on, or it was never begun: the crash came between the member's start and that of its work. */
  async #check(workId: string): Promise<void> {
    const member = this.#running.get(workId);
    if (member === undefined || this.#ends.has(workId)) return;
    const { work } = this.#options;
    if (this.#group.state === "aborting") await work.abort(workId);
    const state = await work.state(workId);
    if (state?.is === "running") return;
    if (state !== undefined) this.#ended(workId, member, state.is, state.reason);
    else if (this.#group.state === "aborting") this.#ended(workId, member, "aborted", "the group was aborted before it began");
    else await this.#begin(workId);
  }

  #ended(workId: string, { number }: Running, to: MemberEnd["to"], reason: string): void {
    if (!this.#ends.has(workId)) this.#ends.set(workId, { number, to, reason, atMs: this.#options.clock.now() });
    this.look();
  }

  /** One after the other for the same member; a failure is told, and made good by the next recheck. */
  #doInTurn(workId: string, what: () => Promise<void>): void {
    const done: Promise<void> = this.#turns(workId, what)
      .catch((error: unknown) =>
        this.#options.log.error({ err: error, group: this.#group.id, work: workId }, "a member could not be looked at"),
      )
      .finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
  }

  #tells(): boolean {
    const nowMs = this.#options.clock.now();
    if (nowMs - this.#toldMs < GROUP_RUN.tellsEveryMs) return false;
    this.#toldMs = nowMs;
    return true;
  }

  #lookIn(delayMs: number): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#options.clock.after(delayMs, () => this.look());
  }
}
