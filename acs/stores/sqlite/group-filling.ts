/**
 * Puts members into a group that is not open yet, a page of the list at a time.
 * Layer: stores (sqlite, writer thread).
 */
import type { Writer } from "../../../common/sqlite/operation.js";
import { GROUP_LIMITS, membersOf } from "../../groups/group.js";
import { deviceNumbers } from "./event-writer.js";
import { groupWriter } from "./group-writer.js";

export interface FillGroup {
  readonly id: string;
  readonly deviceIds: readonly string[];
}

export interface Filled {
  readonly added: number;
  readonly unknown: readonly string[];
  readonly duplicates: readonly string[];
}

export function fillGroup(writer: Writer) {
  const groups = groupWriter(writer);
  const numbers = deviceNumbers(writer);
  const isRegistered = writer.prepare("SELECT 1 FROM devices WHERE number = ?");
  const isMember = writer.prepare("SELECT 1 FROM group_members WHERE group_number = ? AND device = ?");
  const insert = writer.prepare("INSERT INTO group_members (group_number, number, device, state, reason) VALUES (?, ?, ?, 'queued', '')");
  return ({ id, deviceIds }: FillGroup): Filled => {
    const loaded = groups.load(id);
    if (loaded?.group.state !== "filling") return { added: 0, unknown: [], duplicates: [] };
    const { group, number } = loaded;
    const first = membersOf(group.counts);
    const unknown: string[] = [];
    const duplicates: string[] = [];
    let added = 0;
    for (const deviceId of deviceIds) {
      const device = numbers.known(deviceId);
      if (device === undefined || isRegistered.get(device) === undefined) unknown.push(deviceId);
      else if (isMember.get(number, device) !== undefined) duplicates.push(deviceId);
      else if (first + added >= GROUP_LIMITS.membersMax) break;
      else insert.run(number, first + added++, device);
    }
    groups.save(group, { ...group, counts: { ...group.counts, queued: first + added } }, group.createdAtMs, false);
    return { added, unknown, duplicates };
  };
}
