/**
 * How a group goes on: which of its members begin now, what an operator's wish makes of it, when it is over, how long it will take.
 * Layer: groups, pure.
 */
import { GROUP_LIMITS, type Group, type GroupState, isOver, type MemberCounts, membersOf } from "./group.js";

export type GroupWish = "pause" | "resume" | "abort";

export interface Starts {
  /** How many of the queued members begin now. */
  readonly count: number;
  /** The group's `nextStartMs` from then on. */
  readonly nextStartMs: number;
  /** When the rate lets the next one begin; null: no clock is waited for, but the end of a member, or nothing. */
  readonly againAtMs: number | null;
}

type Pace = Pick<Group, "state" | "counts" | "concurrency" | "ratePerMinute" | "nextStartMs">;

const MINUTE_MS = 60_000;
/** What a late timer may make up for: a second's worth of members, never what a pause or an outage has left undone. */
const CATCH_UP_MS = 1_000;

/** @param atOnceMax Members that begin in one go; the others follow at once. */
export function nextStarts({ state, counts, concurrency, ratePerMinute, nextStartMs }: Pace, nowMs: number, atOnceMax: number): Starts {
  const room = state === "running" ? Math.min(counts.queued, Math.max(0, concurrency - counts.running), atOnceMax) : 0;
  if (room === 0) return { count: 0, nextStartMs, againAtMs: null };
  if (ratePerMinute === null) return { count: room, nextStartMs, againAtMs: null };
  const intervalMs = MINUTE_MS / ratePerMinute;
  // One that is ahead by more than its interval was kept while the clock ran elsewhere: it must not hold up the group.
  const fromMs = Math.min(Math.max(nextStartMs, nowMs - CATCH_UP_MS), nowMs + intervalMs);
  if (fromMs > nowMs) return { count: 0, nextStartMs, againAtMs: fromMs };
  const count = Math.min(room, Math.floor((nowMs - fromMs) / intervalMs) + 1);
  const thenMs = fromMs + count * intervalMs;
  return { count, nextStartMs: thenMs, againAtMs: count < room ? Math.max(thenMs, nowMs) : null };
}

/** The state that the wish leads to; "over": the group has ended, or is being aborted and can't go on. */
export function wished(state: GroupState, wish: GroupWish): GroupState | "over" {
  if (isOver(state) || state === "filling") return "over";
  if (wish === "abort") return "aborting";
  if (state === "aborting") return "over";
  return wish === "pause" ? "paused" : "running";
}

/** The state once these are its members: when all have ended, so has the group. */
export function stateWith(state: GroupState, { queued, running }: MemberCounts): GroupState {
  if (state === "filling" || queued + running > 0) return state;
  return state === "aborting" || state === "aborted" ? "aborted" : "done";
}

/** Ten years: no group takes so long. */
const ESTIMATE_MS_MAX = 10 * 365 * 86_400_000;

/** Milliseconds until the last member will have ended, by how fast they ended until now and by the rate; null: nobody can tell yet. */
export function remainingMs(group: Group, nowMs: number): number | null {
  const { state, counts, startedAtMs, ratePerMinute } = group;
  const left = counts.queued + counts.running;
  const ended = membersOf(counts) - left - counts.refused;
  if (state !== "running" || startedAtMs === null || ended === 0) return null;
  const bySpeedMs = ((nowMs - startedAtMs) / ended) * left;
  const byRateMs = ratePerMinute === null ? 0 : (counts.queued * MINUTE_MS) / ratePerMinute;
  const leftMs = Math.round(Math.max(bySpeedMs, byRateMs));
  // The clock was set meanwhile.
  return bySpeedMs < 0 || leftMs > ESTIMATE_MS_MAX ? null : leftMs;
}

export const shortened = (reason: string): string => reason.slice(0, GROUP_LIMITS.reasonCharactersMax);
