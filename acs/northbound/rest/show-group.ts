/**
 * Groups and their members as REST shows them: no secret of the order, however deep it lies.
 * Layer: northbound.
 */
import { derivedId } from "../../../common/ids.js";
import { type Group, type GroupMember, membersOf } from "../../groups/group.js";
import type { WorkState } from "../../groups/group-work.js";
import { remainingMs } from "../../groups/progress.js";
import { showTime } from "./fields.js";
import { hideSecrets } from "./show-task.js";

export function showGroup(group: Group, nowMs: number) {
  const { id, name, kind, state, concurrency, ratePerMinute, counts, notTaken } = group;
  const leftMs = remainingMs(group, nowMs);
  return {
    ...{ id, name, kind, state, concurrency, ratePerMinute },
    ...{ members: membersOf(counts), counts, notTaken },
    createdAt: showTime(group.createdAtMs),
    startedAt: showTime(group.startedAtMs),
    endedAt: showTime(group.endedAtMs),
    estimatedEndAt: showTime(leftMs === null ? null : nowMs + leftMs),
  };
}

export const showGroupOrder = (order: unknown): unknown => hidePasswords(hideSecrets(order));

/** `step`: of one that runs, how far it is. */
export function showMember({ id }: Group, { deviceId, state, reason, startedAtMs, endedAtMs }: GroupMember, work: WorkState | undefined) {
  return {
    device: deviceId,
    state,
    reason,
    ...(work?.is === "running" ? { step: work.step } : {}),
    work: derivedId(id, deviceId),
    startedAt: showTime(startedAtMs),
    endedAt: showTime(endedAtMs),
  };
}

function hidePasswords(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(hidePasswords);
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => [key, key === "password" && value !== "" ? null : hidePasswords(value)]),
  );
}
