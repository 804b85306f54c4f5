/**
 * Upgrades. The record in the store is the truth: whoever goes on with it after a crash decides from it alone.
 * Adapters: sqlite/. Contract: test/contracts/upgrade-store.contract.ts. Writes are on disk when their promise is fulfilled.
 * Layer: stores (interface).
 */
import type { NewEvent } from "../events/event.js";
import type { NewTask, TaskChange } from "../tasks/task.js";
import type { Upgrade, UpgradeState } from "../upgrades/upgrade.js";

export interface UpgradeFilter {
  readonly deviceId?: string;
  readonly states?: readonly UpgradeState[];
  /** Those ordered before this one (ids sort by age): newest first. */
  readonly beforeId?: string;
  readonly limit: number;
}

/** One step: the record, with what it orders and changes of tasks, in one transaction. */
export interface UpgradeSave {
  /** Its `revision` is that of the record it was decided from. */
  readonly upgrade: Upgrade;
  readonly task: NewTask | null;
  readonly settles: { readonly id: string; readonly revision: number; readonly change: TaskChange } | null;
  readonly events: readonly NewEvent[];
}

export interface UpgradeStore {
  /**
   * "exists": an upgrade of this id is there; nothing is changed. "busy": another one of the device runs. "unknown-device". Otherwise it is
   * stored.
   */
  add(upgrade: Upgrade, events: readonly NewEvent[]): Promise<"added" | "exists" | "busy" | "unknown-device">;
  get(id: string): Promise<Upgrade | undefined>;
  /** Newest first. */
  list(filter: UpgradeFilter): Promise<readonly Upgrade[]>;
  /** The one of the device that runs. */
  running(deviceId: string): Promise<Upgrade | undefined>;
  /**
   * "stale": the record, or the task that is settled with it, has moved on. "refused": the device can't take the new task (it has too many,
   * or is gone). Nothing is stored in either case. A task that is there already stays as it is.
   */
  save(save: UpgradeSave): Promise<Upgrade | "stale" | "refused">;
  /** Running ones whose dueAtMs has come, oldest first. */
  due(nowMs: number, limit: number): Promise<readonly Upgrade[]>;
  /** The earliest time at which `due` will return something it does not return at `nowMs`; undefined: nothing is timed. */
  nextDueMs(nowMs: number): Promise<number | undefined>;
  /** Running ones in the order of their ids, after `afterId` ("": from the first). */
  allRunning(afterId: string, limit: number): Promise<readonly Upgrade[]>;
  /** Removes ended ones that were ordered before `beforeMs`, the oldest first, at most `limit` of each state. Returns how many. */
  prune(beforeMs: number, limit: number): Promise<number>;
}
