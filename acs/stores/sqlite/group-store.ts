/**
 * GroupStore on SQLite.
 * Layer: stores (sqlite).
 */
import type { Database } from "../../../common/sqlite/database.js";
import type { Queries } from "../../../common/sqlite/queries.js";
import { type Group, type GroupMember, type GroupState, MEMBER_STATES } from "../../groups/group.js";
import type { GroupFilter, GroupStore, MemberFilter } from "../group-store.js";
import { GROUP_COLUMNS, type GroupRow, groupOf, type MemberRow, memberOf, SELECT_MEMBERS, SELECT_MEMBERS_OF_STATE } from "./group-row.js";
import type { AcsOperations } from "./operations.js";

/** Greater than every id: ids are ASCII. */
const AFTER_ALL_IDS = "\uffff";
const SHOWN_STATES: readonly GroupState[] = ["running", "paused", "aborting", "done", "aborted"];

export function sqliteGroupStore(database: Database<AcsOperations>): GroupStore {
  const { queries } = database;
  const get = queries.prepare<GroupRow>(`SELECT ${GROUP_COLUMNS} FROM device_groups WHERE id = ? AND state <> 'filling'`);
  const orders = queries.prepare<{ id: string; order: string }>(
    `SELECT id, sealed_order AS "order" FROM device_groups WHERE id > @afterId ORDER BY id LIMIT @limit`,
  );
  const list = groupLists(queries);
  const members = memberLists(queries);
  return {
    add: (group) => database.write("addGroup", group),
    fill: (id, deviceIds) => database.write("fillGroup", { id, deviceIds }),
    open: (id, opening) => database.write("openGroup", { id, ...opening }),
    dropFilling: (limit) => database.write("dropFillingGroups", { limit }),
    get: (id) =>
      database.read(() => {
        const row = get.get(id);
        return row === undefined ? undefined : groupOf(row);
      }),
    list: (filter) => database.snapshot(() => list(filter)),
    members: (id, filter) => database.snapshot(() => members(id, filter)),
    start: (id, start) => database.write("startMembers", { id, ...start }),
    settle: (id, ends, tells) => database.write("settleMembers", { id, ends, tells }),
    wish: (id, wish, atMs) => database.write("wishGroup", { id, wish, atMs }),
    abortQueued: (id, limit, atMs, tells) => database.write("abortQueuedMembers", { id, limit, atMs, tells }),
    orders: ({ afterId = "", limit }) => database.read(() => orders.all({ afterId, limit: Math.max(0, limit) })),
    prune: (beforeMs, limit) => database.write("pruneGroups", { beforeMs, limit }),
  };
}

/** The newest of each state come from an index, already in order, and are merged. */
function groupLists(queries: Queries): (filter: GroupFilter) => readonly Group[] {
  const ofState = queries.prepare<GroupRow>(
    `SELECT ${GROUP_COLUMNS} FROM device_groups WHERE state = @state AND id < @beforeId ORDER BY id DESC LIMIT @limit`,
  );
  return ({ states = SHOWN_STATES, beforeId = AFTER_ALL_IDS, limit: asked }) => {
    const limit = Math.max(0, asked);
    const rows = [...new Set(states)].flatMap((state) => ofState.all({ state, beforeId, limit }));
    return rows
      .sort((a, b) => (a.id < b.id ? 1 : -1))
      .slice(0, limit)
      .map(groupOf);
  };
}

function memberLists(queries: Queries): (id: string, filter: MemberFilter) => readonly GroupMember[] {
  const ofGroup = "group_number = (SELECT number FROM device_groups WHERE id = @id)";
  const page = "group_members.number > @afterNumber ORDER BY group_members.number LIMIT @limit";
  const all = queries.prepare<MemberRow>(`${SELECT_MEMBERS} WHERE ${ofGroup} AND ${page}`);
  const ofState = queries.prepare<MemberRow>(`${SELECT_MEMBERS_OF_STATE} WHERE ${ofGroup} AND state = @state AND ${page}`);
  return (id, { states, afterNumber = -1, limit: asked }) => {
    const limit = Math.max(0, asked);
    if (states === undefined || states.length === MEMBER_STATES.length) return all.all({ id, afterNumber, limit }).map(memberOf);
    const rows = [...new Set(states)].flatMap((state) => ofState.all({ id, state, afterNumber, limit }));
    return rows
      .sort((a, b) => a.number - b.number)
      .slice(0, limit)
      .map(memberOf);
  };
}
