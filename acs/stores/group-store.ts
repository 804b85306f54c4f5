/**
 * Groups and their members. A member is "running" on disk before its work is begun. Adapters: sqlite/.
 * Contract: test/contracts/group-store.contract.ts. Writes are on disk when their promise is fulfilled. The store itself adds the events
 * "group-changed" and "group-ended", for it alone knows the counts.
 * Layer: stores (interface).
 */
import type { SealedSecret } from "../devices/device.js";
import type { Group, GroupMember, GroupState, MemberEnd, MemberState, NewGroup, NotTaken } from "../groups/group.js";
import type { GroupWish } from "../groups/progress.js";

export interface GroupFilter {
  readonly states?: readonly GroupState[];
  /** Groups created before this one (ids sort by age): newest first. */
  readonly beforeId?: string;
  readonly limit: number;
}

export interface MemberFilter {
  readonly states?: readonly MemberState[];
  /** Members with a greater number, in the order of the list. */
  readonly afterNumber?: number;
  readonly limit: number;
}

export interface GroupStart {
  readonly count: number;
  readonly atMs: number;
  readonly nextStartMs: number;
  /** false: no group-changed event; there was one a moment ago. */
  readonly tells: boolean;
}

export interface GroupStore {
  /** Adds a group that is being filled. "too-many": GROUP_LIMITS.openMax have not ended. */
  add(group: NewGroup): Promise<"added" | "too-many">;
  /**
   * Adds members to a group that is being filled, in this order. What is not registered, or a member already, is told. Meant for pages
   * of a list: a transaction takes as long as its page.
   */
  fill(
    id: string,
    deviceIds: readonly string[],
  ): Promise<{ readonly added: number; readonly unknown: readonly string[]; readonly duplicates: readonly string[] }>;
  /** The group begins, or is paused from the start. undefined: it is not being filled. */
  open(
    id: string,
    opening: { readonly state: "running" | "paused"; readonly notTaken: NotTaken; readonly atMs: number },
  ): Promise<Group | undefined>;
  /** Removes at most `limit` members of groups that are still being filled, and groups that have none left. Returns how many rows went. */
  dropFilling(limit: number): Promise<number>;
  get(id: string): Promise<Group | undefined>;
  /** Newest first; none that is being filled. */
  list(filter: GroupFilter): Promise<readonly Group[]>;
  members(id: string, filter: MemberFilter): Promise<readonly GroupMember[]>;
  /** The first queued members become running, if the group is. Returns them, and the group as it is then. undefined: no such group. */
  start(id: string, start: GroupStart): Promise<{ readonly group: Group; readonly started: readonly GroupMember[] } | undefined>;
  /** Running members end; of those that have ended the first end counts. With the last one the group ends. */
  settle(id: string, ends: readonly MemberEnd[], tells: boolean): Promise<Group | undefined>;
  /** "over": it has ended, or is being aborted and can't go on. */
  wish(id: string, wish: GroupWish, atMs: number): Promise<Group | "over" | undefined>;
  /** At most `limit` queued members of a group that is being aborted end. With the last member the group ends. */
  abortQueued(id: string, limit: number, atMs: number, tells: boolean): Promise<Group | undefined>;
  /** The orders of all groups, to be sealed anew; paged by id. */
  orders(filter: {
    readonly afterId?: string;
    readonly limit: number;
  }): Promise<readonly { readonly id: string; readonly order: SealedSecret }[]>;
  /** Removes groups that ended before `beforeMs`, at most `limit` rows at once. Returns how many. */
  prune(beforeMs: number, limit: number): Promise<number>;
}
