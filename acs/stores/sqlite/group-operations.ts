/**
 * Writes of the group store.
 * Layer: stores (sqlite, writer thread).
 */
import type { Writer } from "../../../common/sqlite/operation.js";
import { ALL_TAKEN, GROUP_LIMITS, type Group, type GroupMember, type MemberEnd, type NewGroup, type NotTaken } from "../../groups/group.js";
import { type GroupWish, shortened, wished } from "../../groups/progress.js";
import type { GroupStart } from "../group-store.js";
import { type MemberRow, memberOf, SELECT_MEMBERS_OF_STATE } from "./group-row.js";
import { groupWriter, moved } from "./group-writer.js";

const UNFINISHED = ["filling", "running", "paused", "aborting"] as const;

export function addGroup(writer: Writer) {
  const inState = writer.prepare<{ count: number }>("SELECT count(*) AS count FROM device_groups WHERE state = ?");
  const insert = writer.prepare(
    `INSERT INTO device_groups (id, name, kind, sealed_order, state, concurrency, rate_per_minute, created_at_ms, next_start_ms, not_taken)
     VALUES (@id, @name, @kind, @order, 'filling', @concurrency, @ratePerMinute, @createdAtMs, @createdAtMs, @notTaken)`,
  );
  return (group: NewGroup): "added" | "too-many" => {
    const open = UNFINISHED.reduce((sum, state) => sum + (inState.get(state)?.count ?? 0), 0);
    if (open >= GROUP_LIMITS.openMax) return "too-many";
    insert.run({ ...group, notTaken: JSON.stringify(ALL_TAKEN) });
    return "added";
  };
}

export interface OpenGroup {
  readonly id: string;
  readonly state: "running" | "paused";
  readonly notTaken: NotTaken;
  readonly atMs: number;
}

export function openGroup(writer: Writer) {
  const groups = groupWriter(writer);
  return ({ id, state, notTaken, atMs }: OpenGroup): Group | undefined => {
    const group = groups.load(id)?.group;
    return group?.state === "filling" ? groups.save(group, { ...group, state, notTaken, nextStartMs: atMs }, atMs, true) : undefined;
  };
}

/** Members first, a batch at a time; the group goes with its last one. */
function groupRemover(writer: Writer, oldest: string) {
  const next = writer.prepare<{ number: number }>(`SELECT number FROM device_groups WHERE ${oldest} LIMIT 1`);
  const removeMembers = writer.prepare(
    `DELETE FROM group_members WHERE group_number = @group AND number IN
       (SELECT number FROM group_members WHERE group_number = @group ORDER BY number LIMIT @limit)`,
  );
  const removeGroup = writer.prepare("DELETE FROM device_groups WHERE number = ?");
  return (limit: number, ...values: readonly number[]): number => {
    let removed = 0;
    while (removed < limit) {
      const group = next.get(...values)?.number;
      if (group === undefined) break;
      removed += removeMembers.run({ group, limit: limit - removed });
      if (removed < limit) removed += removeGroup.run(group);
    }
    return removed;
  };
}

export function dropFillingGroups(writer: Writer) {
  const remove = groupRemover(writer, "state = 'filling'");
  return ({ limit }: { readonly limit: number }): number => remove(limit);
}

export function pruneGroups(writer: Writer) {
  const remove = groupRemover(writer, "ended_at_ms < ? ORDER BY ended_at_ms");
  return ({ beforeMs, limit }: { readonly beforeMs: number; readonly limit: number }): number => remove(limit, beforeMs);
}

export interface StartMembers extends GroupStart {
  readonly id: string;
}

export function startMembers(writer: Writer) {
  const groups = groupWriter(writer);
  const queued = writer.prepare<MemberRow>(
    `${SELECT_MEMBERS_OF_STATE} WHERE group_number = ? AND state = 'queued' ORDER BY group_members.number LIMIT ?`,
  );
  const begin = writer.prepare("UPDATE group_members SET state = 'running', started_at_ms = ? WHERE group_number = ? AND number = ?");
  return ({ id, count, atMs, nextStartMs, tells }: StartMembers) => {
    const loaded = groups.load(id);
    if (loaded === undefined) return undefined;
    const { group, number } = loaded;
    if (group.state !== "running") return { group, started: [] };
    const started: readonly GroupMember[] = queued
      .all(number, Math.max(0, count))
      .map((row) => ({ ...memberOf(row), state: "running", startedAtMs: atMs }));
    for (const member of started) begin.run(atMs, number, member.number);
    const changed = { ...moved(group, "queued", "running", started.length), nextStartMs, startedAtMs: group.startedAtMs ?? atMs };
    return { group: groups.save(group, changed, atMs, tells), started };
  };
}

export interface SettleMembers {
  readonly id: string;
  readonly ends: readonly MemberEnd[];
  readonly tells: boolean;
}

export function settleMembers(writer: Writer) {
  const groups = groupWriter(writer);
  const end = writer.prepare(
    `UPDATE group_members SET state = @to, reason = @reason, ended_at_ms = @atMs
     WHERE group_number = @group AND number = @number AND state = 'running'`,
  );
  return ({ id, ends, tells }: SettleMembers): Group | undefined => {
    const loaded = groups.load(id);
    const atMs = ends.at(-1)?.atMs;
    if (loaded === undefined || atMs === undefined) return loaded?.group;
    const changed = ends.reduce((group, { number, to, reason, atMs: endedAtMs }) => {
      const ended = end.run({ group: loaded.number, number, to, reason: shortened(reason), atMs: endedAtMs });
      return moved(group, "running", to, ended);
    }, loaded.group);
    return groups.save(loaded.group, changed, atMs, tells);
  };
}

export interface WishGroup {
  readonly id: string;
  readonly wish: GroupWish;
  readonly atMs: number;
}

export function wishGroup(writer: Writer) {
  const groups = groupWriter(writer);
  return ({ id, wish, atMs }: WishGroup): Group | "over" | undefined => {
    const group = groups.load(id)?.group;
    if (group === undefined || group.state === "filling") return undefined;
    const state = wished(group.state, wish);
    return state === "over" ? "over" : groups.save(group, { ...group, state }, atMs, false);
  };
}

export interface AbortQueuedMembers {
  readonly id: string;
  readonly limit: number;
  readonly atMs: number;
  readonly tells: boolean;
}

const ABORTED = "the group was aborted before it began";

export function abortQueuedMembers(writer: Writer) {
  const groups = groupWriter(writer);
  const end = writer.prepare(
    `UPDATE group_members SET state = 'aborted', reason = '${ABORTED}', ended_at_ms = @atMs WHERE group_number = @group AND number IN
       (SELECT number FROM group_members WHERE group_number = @group AND state = 'queued' ORDER BY number LIMIT @limit)`,
  );
  return ({ id, limit, atMs, tells }: AbortQueuedMembers): Group | undefined => {
    const loaded = groups.load(id);
    if (loaded?.group.state !== "aborting") return loaded?.group;
    const { group, number } = loaded;
    const count = end.run({ group: number, limit: Math.max(0, limit), atMs });
    return groups.save(group, moved(group, "queued", "aborted", count), atMs, tells);
  };
}
