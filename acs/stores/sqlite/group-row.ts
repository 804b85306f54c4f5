/**
 * A group and its members as rows.
 * Layer: stores (sqlite).
 */
import type { SqlValue } from "../../../common/sqlite/queries.js";
import type { Group, GroupKind, GroupMember, GroupState, MemberCounts, MemberState } from "../../groups/group.js";

export interface GroupRow extends MemberCounts {
  readonly number: number;
  readonly id: string;
  readonly name: string;
  readonly kind: GroupKind;
  readonly sealed_order: string;
  readonly state: GroupState;
  readonly concurrency: number;
  readonly rate_per_minute: number | null;
  readonly created_at_ms: number;
  readonly started_at_ms: number | null;
  readonly ended_at_ms: number | null;
  readonly next_start_ms: number;
  readonly not_taken: string;
}

export const GROUP_COLUMNS = `number, id, name, kind, sealed_order, state, concurrency, rate_per_minute, created_at_ms, started_at_ms,
  ended_at_ms, next_start_ms, not_taken, queued, running, done, failed, refused, aborted`;

export const groupOf = (row: GroupRow): Group => ({
  id: row.id,
  name: row.name,
  kind: row.kind,
  order: row.sealed_order,
  state: row.state,
  concurrency: row.concurrency,
  ratePerMinute: row.rate_per_minute,
  createdAtMs: row.created_at_ms,
  startedAtMs: row.started_at_ms,
  endedAtMs: row.ended_at_ms,
  nextStartMs: row.next_start_ms,
  notTaken: JSON.parse(row.not_taken),
  counts: { queued: row.queued, running: row.running, done: row.done, failed: row.failed, refused: row.refused, aborted: row.aborted },
});

/** Named values of what changes in the life of a group; `id` too. */
export const changedGroupColumns = ({ id, state, counts, notTaken, ...group }: Group): Readonly<Record<string, SqlValue>> => ({
  id,
  state,
  ...counts,
  started_at_ms: group.startedAtMs,
  ended_at_ms: group.endedAtMs,
  next_start_ms: group.nextStartMs,
  not_taken: JSON.stringify(notTaken),
});

export interface MemberRow {
  readonly number: number;
  readonly device_id: string;
  readonly state: MemberState;
  readonly reason: string;
  readonly started_at_ms: number | null;
  readonly ended_at_ms: number | null;
}

const selectMembers = (from: string): string =>
  `SELECT group_members.number, device_numbers.id AS device_id, state, reason, started_at_ms, ended_at_ms
  FROM ${from} JOIN device_numbers ON device_numbers.number = group_members.device`;

export const SELECT_MEMBERS = selectMembers("group_members");
/** SQLite would go through all members in the order of the key: each one that begins would cost a look at all that have ended. */
export const SELECT_MEMBERS_OF_STATE = selectMembers("group_members INDEXED BY group_members_by_state");

export const memberOf = (row: MemberRow): GroupMember => ({
  number: row.number,
  deviceId: row.device_id,
  state: row.state,
  reason: row.reason,
  startedAtMs: row.started_at_ms,
  endedAtMs: row.ended_at_ms,
});
