/**
 * Loads a group, saves what became of it, and tells it, in the transaction that is under way.
 * Layer: stores (sqlite, writer thread).
 */
import { oncePerWriter, type Writer } from "../../../common/sqlite/operation.js";
import type { Group, MemberState } from "../../groups/group.js";
import { isOver, membersOf } from "../../groups/group.js";
import { stateWith } from "../../groups/progress.js";
import { eventWriter } from "./event-writer.js";
import { changedGroupColumns, GROUP_COLUMNS, type GroupRow, groupOf } from "./group-row.js";

export interface LoadedGroup {
  readonly number: number;
  readonly group: Group;
}

export const groupWriter = oncePerWriter((writer: Writer) => {
  const append = eventWriter(writer);
  const get = writer.prepare<GroupRow>(`SELECT ${GROUP_COLUMNS} FROM device_groups WHERE id = ?`);
  const update = writer.prepare(
    `UPDATE device_groups SET state = @state, started_at_ms = @started_at_ms, ended_at_ms = @ended_at_ms, next_start_ms = @next_start_ms,
       not_taken = @not_taken, queued = @queued, running = @running, done = @done, failed = @failed, refused = @refused, aborted = @aborted
     WHERE id = @id`,
  );
  return {
    load(id: string): LoadedGroup | undefined {
      const row = get.get(id);
      return row === undefined ? undefined : { number: row.number, group: groupOf(row) };
    },
    /** Ends the group when all members have. `tells`: also when neither state nor end is news. */
    save(before: Group, changed: Group, atMs: number, tells: boolean): Group {
      const state = stateWith(changed.state, changed.counts);
      const endedAtMs = isOver(state) ? (changed.endedAtMs ?? atMs) : null;
      const group = { ...changed, state, endedAtMs };
      update.run(changedGroupColumns(group));
      const hasEnded = isOver(state) && !isOver(before.state);
      if (hasEnded) append([eventOf("group-ended", group, atMs)]);
      else if (state !== before.state || tells) append([eventOf("group-changed", group, atMs)]);
      return group;
    },
  };
});

const eventOf = (kind: "group-changed" | "group-ended", { id, name, kind: work, state, counts }: Group, atMs: number) => ({
  ...{ atMs, kind, deviceId: null },
  data: { groupId: id, name, kind: work, state, members: membersOf(counts), counts },
});

/** The group with so many members more in one state, and fewer in another. */
export function moved(group: Group, from: MemberState, to: MemberState, count: number): Group {
  const { counts } = group;
  return { ...group, counts: { ...counts, [from]: counts[from] - count, [to]: counts[to] + count } };
}
