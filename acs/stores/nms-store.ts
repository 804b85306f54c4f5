/**
 * Messages of voice-signalled gateways: all that one of them changes, in one transaction. Adapters: sqlite/.
 * Contract: test/contracts/nms-store.contract.ts. What is stored is on disk when the promise is fulfilled, and so before the answer leaves.
 * Spec: US 2012/0089717 A1 [0053], [0092]. Layer: stores (interface).
 */
import type { Cause, ToldParameter } from "../devices/parameter-tree.js";
import type { NewEvent } from "../events/event.js";
import type { NewTask, Task, TaskChange } from "../tasks/task.js";

export interface NmsMessageRecord {
  readonly deviceId: string;
  readonly atMs: number;
  /** A request ends the wake, and fences what an older one was answered with. */
  readonly kind: "registration" | "request";
  readonly manufacturer: string;
  readonly root: string;
  /** The first contact, as after a quarantine: what was remembered of the tree is forgotten first. */
  readonly isFirstContact: boolean;
  /** What it told, and what tasks that this message settles have set. */
  readonly tellings: readonly { readonly parameters: readonly ToldParameter[]; readonly cause: Cause }[];
  /** In this order. */
  readonly changes: readonly TaskStep[];
  /** Added, and changed at once: a task of the ACS's own that the answer carries. */
  readonly added?: { readonly task: NewTask; readonly change: TaskChange };
  /** The store adds `changed: number` to the data of the first. */
  readonly events: readonly NewEvent[];
}

export interface TaskStep {
  readonly id: string;
  readonly revision: number;
  readonly change: TaskChange;
}

export interface NmsReceipt {
  /** The tasks of `changes`, then the added one, as they are now. */
  readonly tasks: readonly Task[];
}

export interface NmsStore {
  /** "stale": a task has moved on; nothing is stored. "refused": the device was removed, or is quarantined; nothing is stored. */
  record(record: NmsMessageRecord): Promise<NmsReceipt | "stale" | "refused">;
}
