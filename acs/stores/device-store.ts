/**
 * Devices and their parameter trees. Adapters: sqlite/. Contract: test/contracts/device-store.contract.ts.
 * Every promise that a write returns is fulfilled after the write is on disk (synchronous=FULL), never before.
 * Layer: stores (interface).
 */
import type { Device, DeviceIdentity, PendingPassword, Protocol, SealedSecret, WakeRecord } from "../devices/device.js";
import type { Cause, ToldParameter, TreeEntry } from "../devices/parameter-tree.js";
import type { NewEvent } from "../events/event.js";
import type { NewTask, TaskChange } from "../tasks/task.js";

export interface NewDevice {
  readonly identity: DeviceIdentity;
  readonly username: string;
  readonly password: SealedSecret;
  readonly passwordIsFactory: boolean;
  readonly connectionRequest: { readonly username: string; readonly password: SealedSecret };
  readonly sipAddress: string | null;
  readonly registeredAtMs: number;
  /** Default "cwmp"; whatever it is, the device's own first message decides. */
  readonly protocol?: Protocol;
}

/** One Inform, stored in one transaction. */
export interface InformRecord {
  readonly deviceId: string;
  readonly atMs: number;
  readonly manufacturer: string;
  readonly root: string | null;
  readonly cwmpNamespace: string;
  readonly parameters: readonly ToldParameter[];
  /** 0 BOOTSTRAP, or a first contact without it: all that was remembered of the tree is forgotten first. */
  readonly bootstrap: boolean;
  readonly cause: Cause;
  /** Tasks that the ACS itself adds with this Inform (provision); skipped when the device has an open task of the same kind. */
  readonly newTasks: readonly NewTask[];
  /** A test has ended, or all are lost (8, 1, 0): the diagnostics that wait are to be read, in this session or, if it dies, in a later one. */
  readonly endsTests?: boolean;
  /**
   * 8 DIAGNOSTICS COMPLETE: ids for tasks that read objects whose state is stored as "Requested" and for which no open task waits, one
   * for each; [] with other events.
   */
  readonly diagnosticReadIds: readonly string[];
  /** Stored in the same transaction, e.g. device-informed. The store adds `changed: number` to the data of the first. */
  readonly events: readonly NewEvent[];
  /** How long tasks that become unknown by this Inform (their old session died) may wait for news. */
  readonly unknownSettleMs: number;
}

export interface InformReceipt {
  /** The new fencing token; sessions with an older one are over. */
  readonly lease: number;
  /** Values that differ from what was stored (first-time values count). */
  readonly changed: number;
  /** Parameters dropped because a TREE_LIMITS limit was reached. */
  readonly dropped: number;
  /** Ids of tasks that were `sent` in the session before and are `unknown` now. */
  readonly becameUnknown: readonly string[];
  /** True when a task of this device is queued, unknown or awaiting-device. */
  readonly hasOpenTasks: boolean;
}

/** A gateway of voice-signalled management is about to be signalled: its registrations are counted anew. */
export interface Signal {
  readonly atMs: number;
}

export interface DeviceFilter {
  /** Devices whose id is greater, in id order: the cursor of a listing. */
  readonly afterId?: string;
  readonly limit: number;
}

export interface DeviceStore {
  /** "exists": the id or the user name is taken (a pending one counts); nothing is changed. */
  register(device: NewDevice, events: readonly NewEvent[]): Promise<Device | "exists">;
  /** Removes the device, its tree and its tasks. Events stay. */
  remove(id: string, events: readonly NewEvent[]): Promise<"removed" | "unknown">;
  get(id: string): Promise<Device | undefined>;
  /** Whom these HTTP credentials belong to; a pending user name is looked at, too. */
  byUsername(username: string): Promise<Device | undefined>;
  list(filter: DeviceFilter): Promise<readonly Device[]>;
  /**
   * Changes what the operator sets; undefined leaves it as it is. "password-pending": a new password is on its way to the device, and
   * `dropsPendingPassword` does not say that it may be forgotten; nothing is changed then.
   */
  update(id: string, change: DeviceChange, events?: readonly NewEvent[]): Promise<Device | "password-pending" | undefined>;

  /**
   * A new password, accepted beside the old one from now on: called before it is sent. One that is pending stays as it is, and is what
   * is sent again. The user name is left out if another device has it. "fenced": the lease is not the newest.
   */
  preparePassword(id: string, lease: number, pending: PendingPassword, events: readonly NewEvent[]): Promise<Device | "fenced">;
  /**
   * The device has used its pending password: from now on it is the only one, with the user name that came with it. "stale": this
   * password is not pending (any more); nothing is stored. One of the factory that is replaced is remembered (`factoryCredentials`).
   */
  adoptPassword(id: string, used: PasswordUse, events: readonly NewEvent[]): Promise<Device | "stale">;
  /**
   * `expected`: the password of the factory is accepted beside the device's own, since a reset brings it back; its use makes it the only
   * one. false: it is accepted no more. "not-known": no such device, or none is remembered. "password-pending": a new password is on its
   * way to the device, and `overrides` does not say that it may be forgotten. Nothing is stored in either case.
   */
  expectFactoryPassword(expectation: FactoryExpectation): Promise<Device | "not-known" | "password-pending">;
  /**
   * Called with the id of a device whose credentials have changed, or that was removed, when that is on disk: who has proved the old
   * ones must prove itself anew. Returns the function that ends it.
   */
  onCredentialsChanged(listener: (id: string) => void): () => void;

  /** Throws nothing for an unknown device: returns undefined (it was removed, or quarantined, while it called in), and stores nothing. */
  recordInform(record: InformRecord): Promise<InformReceipt | undefined>;
  /**
   * Stores what a device told in a running session, and in the same transaction the change of the task that asked, if any.
   * "fenced": the lease is not the newest; nothing is stored. "stale": the task's revision moved on; nothing is stored.
   */
  recordTold(record: ToldRecord): Promise<{ readonly changed: number; readonly dropped: number } | "fenced" | "stale">;

  /**
   * Stores what a device told in a lightweight notification, without a session. "replayed": its TS is not newer than one that was
   * heard, nor its CN another of the same second; nothing is stored. "unknown": not registered, or quarantined.
   */
  recordNotified(record: NotifiedRecord): Promise<{ readonly changed: number; readonly dropped: number } | "replayed" | "unknown">;

  /** The tree or a subtree, in path order. `path`: "" for all, a partial path ending in ".", or one full name. Unknown: []. */
  tree(id: string, path: string, page?: { readonly after?: string; readonly limit: number }): Promise<readonly TreeEntry[]>;
  /** The names of the parameters under a path, as in `tree`, without their values; in no order. */
  names(id: string, path: string): Promise<readonly string[]>;
  /** The entries of exactly these names; those never told are left out. */
  entries(id: string, names: readonly string[]): Promise<readonly TreeEntry[]>;

  /** Sets the wake record if its `attempts` and `state` are still those of `expected` (compare and set). A quarantined device is not woken. */
  setWake(id: string, expected: WakeRecord, wake: WakeRecord, events: readonly NewEvent[], signal?: Signal): Promise<"stored" | "stale">;
  /** Devices that have a queued or unknown task, or a wake that is not idle; used to rebuild the wake plan after a restart. Paged by id. */
  needingWake(filter: DeviceFilter): Promise<readonly Device[]>;
}

export interface FactoryExpectation {
  readonly id: string;
  readonly atMs: number;
  readonly expected: boolean;
  readonly overrides: boolean;
  /** Stored if something changes. */
  readonly events: readonly NewEvent[];
}

export interface DeviceChange {
  /** Without `passwordIsFactory` beside it: one that is the device's own. */
  readonly password?: SealedSecret;
  readonly passwordIsFactory?: boolean;
  /** A pending password is forgotten, and the tasks that were to set it are cancelled. */
  readonly dropsPendingPassword?: { readonly atMs: number };
  readonly sipAddress?: string | null;
}

/** Which sealed password was used, under which of the device's user names. */
export interface PasswordUse {
  readonly password: SealedSecret;
  readonly username: string;
}

export interface ToldRecord {
  readonly deviceId: string;
  readonly lease: number;
  readonly atMs: number;
  readonly parameters: readonly ToldParameter[];
  readonly cause: Cause;
  /** Parameters under this path that `parameters` does not name are gone: forgotten. null: nothing is forgotten. */
  readonly completeUnder: string | null;
  /** Parameters and partial paths that the device does not have any more: forgotten, but for those that `parameters` names. */
  readonly gone?: readonly string[];
  readonly task?: { readonly id: string; readonly revision: number; readonly change: TaskChange };
  readonly events: readonly NewEvent[];
}

/** One lightweight notification (TR-069 Annex M), its signature judged. */
export interface NotifiedRecord {
  readonly deviceId: string;
  readonly atMs: number;
  /** Unix seconds by the device's clock. */
  readonly ts: number;
  readonly cnonce: string;
  /** Notifications carry no types: one that is stored is kept, else it is not told yet. */
  readonly parameters: readonly { readonly name: string; readonly text: string }[];
  readonly cause: Cause;
  /** Stored in the same transaction. The store adds `changed: number` to the data of the first. */
  readonly events: readonly NewEvent[];
}
