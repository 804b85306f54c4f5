/**
 * A group: the same work over an explicit list of devices, so many at once, so many in a minute, with a result per device.
 * Layer: groups, pure.
 */
import type { SealedSecret } from "../devices/device.js";

/** What a group does to each of its devices; acs/groups/group-work.ts. */
export type GroupKind = "task" | "upgrade" | "diagnosis";

/**
 * "filling": its members are being stored, nobody was told of it. "paused": none begins, those that run go on. "aborting": those that wait
 * end, those that run are asked to. "done", "aborted": every member has ended.
 */
export type GroupState = "filling" | "running" | "paused" | "aborting" | "done" | "aborted";

/** "refused": its work was never begun, since it can't be right for this device. "aborted": not begun, or taken back. */
export type MemberState = "queued" | "running" | "done" | "failed" | "refused" | "aborted";

export const MEMBER_STATES: readonly MemberState[] = ["queued", "running", "done", "failed", "refused", "aborted"];
export const OPEN_GROUP_STATES: readonly GroupState[] = ["running", "paused", "aborting"];

/** Members by state. */
export type MemberCounts = Readonly<Record<MemberState, number>>;

/** Devices that were asked for and are no members, with the first of them. */
export interface NotTaken {
  readonly unknown: SomeIds;
  /** The same device twice counts once. */
  readonly duplicates: SomeIds;
}

export interface SomeIds {
  readonly count: number;
  /** At most GROUP_LIMITS.notTakenShownMax. */
  readonly ids: readonly string[];
}

export interface NewGroup {
  readonly id: string;
  readonly name: string;
  readonly kind: GroupKind;
  /** JSON, sealed (owner: groupSecretOwner), since it may hold secrets of devices. */
  readonly order: SealedSecret;
  /** Members that run at the same time. */
  readonly concurrency: number;
  /** Members that begin in a minute; null: as many as `concurrency` lets. */
  readonly ratePerMinute: number | null;
  readonly createdAtMs: number;
}

export interface Group extends NewGroup {
  readonly state: GroupState;
  readonly counts: MemberCounts;
  readonly notTaken: NotTaken;
  /** When the first member began; null: none has. */
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  /** By `ratePerMinute` the next member begins no earlier. */
  readonly nextStartMs: number;
}

export interface GroupMember {
  /** Counts up from 0 in the order of the list. */
  readonly number: number;
  readonly deviceId: string;
  readonly state: MemberState;
  /** Why it ended as it did; "" while it has not. */
  readonly reason: string;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
}

/** How a member ended. */
export interface MemberEnd {
  readonly number: number;
  readonly to: Exclude<MemberState, "queued" | "running">;
  readonly reason: string;
  readonly atMs: number;
}

export const GROUP_LIMITS = {
  membersMax: 100_000,
  /** Groups that have not ended. */
  openMax: 50,
  concurrencyMax: 500,
  ratePerMinuteMax: 60_000,
  nameCharactersMax: 128,
  orderBytesMax: 262_144,
  /** A member's reason; a device's own words may be part of it. */
  reasonCharactersMax: 500,
  notTakenShownMax: 100,
} as const;

export const GROUP_DEFAULTS = {
  concurrency: 20,
  /** A device that is off must not hold up the others for ever. */
  expiresInS: 3_600,
} as const;

export const NO_MEMBERS: MemberCounts = { queued: 0, running: 0, done: 0, failed: 0, refused: 0, aborted: 0 };
export const ALL_TAKEN: NotTaken = { unknown: { count: 0, ids: [] }, duplicates: { count: 0, ids: [] } };

export const groupSecretOwner = (id: string): string => `group:${id}`;

export const membersOf = (counts: MemberCounts): number => MEMBER_STATES.reduce((sum, state) => sum + counts[state], 0);

export const isOver = (state: GroupState): boolean => state === "done" || state === "aborted";
