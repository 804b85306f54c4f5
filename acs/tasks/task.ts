/**
 * A task: a unit of work on one device, durable from the moment it is accepted. States and their meaning: DESIGN 4.
 * Layer: tasks, pure.
 */

import type { DuOperation } from "../cwmp/rpc/change-du-state.js";
import type { TimeWindow } from "../cwmp/rpc/schedule-download.js";
import type { ParameterAttributeChange } from "../cwmp/rpc/set-parameter-attributes.js";

/** What the operator asks for. `provision` is the ACS's own: what it sets at 0 BOOTSTRAP. Paths of objects end in ".". `verify`: values that the device says are in force are read back in the same session. */
export type TaskOrder =
  | ({ readonly kind: "getParameterValues"; readonly names: readonly string[] } & Addressed)
  | ({
      readonly kind: "setParameterValues";
      readonly values: readonly WantedValue[];
      readonly onFault?: OnFault;
      readonly verify?: true;
    } & Addressed)
  /** Reads a subtree: names, whether writable, values. "" is the whole tree; else a partial path that ends in ".". */
  | ({ readonly kind: "refresh"; readonly path: string } & Addressed)
  /** "" is the top; else an object, or a parameter where `nextLevel` is false. */
  | ({ readonly kind: "getParameterNames"; readonly path: string; readonly nextLevel: boolean } & Addressed)
  | ({ readonly kind: "getParameterAttributes"; readonly names: readonly string[] } & Addressed)
  /** In this order: of two changes of the same parameter the later one counts. */
  | ({ readonly kind: "setParameterAttributes"; readonly attributes: readonly ParameterAttributeChange[] } & Addressed)
  /** `path`: the table. */
  | ({ readonly kind: "addObject"; readonly path: string } & Addressed)
  /** `path`: the instance. */
  | ({ readonly kind: "deleteObject"; readonly path: string } & Addressed)
  | { readonly kind: "reboot" }
  | { readonly kind: "factoryReset" }
  | { readonly kind: "scheduleInform"; readonly delayS: number }
  | { readonly kind: "download"; readonly file: DownloadFile }
  | { readonly kind: "scheduleDownload"; readonly file: DownloadFile; readonly windows: readonly TimeWindow[] }
  | ({ readonly kind: "upload" } & UploadTarget)
  /** `commandKey`: of a transfer; the id of the task, if it was one of ours. */
  | { readonly kind: "cancelTransfer"; readonly commandKey: string }
  | { readonly kind: "getQueuedTransfers" }
  | { readonly kind: "getRpcMethods" }
  /** true in `sealed`: the passwords of all operations are sealed. */
  | { readonly kind: "changeDUState"; readonly operations: readonly DuOperation[]; readonly sealed?: true }
  | DiagnosticOrder
  | { readonly kind: "provision"; readonly periodicInformIntervalS: number }
  /** Sets a new password at random in place of ManagementServer.Password. The password is the device's, in the device store. */
  | { readonly kind: "rotatePassword" }
  /** The ACS's own: where the device finds our STUN server, if it has STUN. */
  | { readonly kind: "provisionStun"; readonly host: string; readonly port: number };

interface Addressed {
  /** How aliases and wildcards among the names were taken; absent when there were none. */
  readonly addressing?: Addressing;
}

export interface Addressing {
  /** "device": it takes them, so that they are sent as they are. "tree": the order has what they meant by the tree when it was given. */
  readonly by: "device" | "tree";
  /** The names as they were asked for, in the order's places; of one name a read may have made several. */
  readonly asked: readonly string[];
  /** "tree": Alias parameters, by name, that must have these values still when something is changed. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** "device": the name under which the tree has what is meant, by name sent; as far as it is known. */
  readonly inTree?: Readonly<Record<string, string>>;
  /** "device": rows that the device may create by being told to set a value in them. */
  readonly mayCreate?: readonly string[];
  /** Those of them that it did not have before the values were set. Of a running task only. */
  readonly created?: readonly string[];
}

/** What becomes of the other values when the device refuses some: none is set, or all that it takes. */
export type OnFault = "fail" | "set-the-rest";

/** A test that the device runs by itself: see acs/diagnostics/. */
export interface DiagnosticOrder {
  readonly kind: "diagnostic";
  /** Of the diagnostics object, e.g. "Device.IP.Diagnostics.IPPing.". */
  readonly path: string;
  /** Full names; the state is not among them. */
  readonly arguments: readonly WantedValue[];
  /** How long the device may take before it is asked. */
  readonly timeoutS: number;
}

/** Where a device is to send a file of its own. */
export interface UploadTarget {
  readonly fileType: string;
  /** Left out: our own file server, by a URL that is signed when the RPC is sent. */
  readonly url?: string;
  /** "" and "": without authentication. */
  readonly username: string;
  readonly password: string;
  readonly delayS: number;
  /** true: `password` is sealed, as in WantedValue. */
  readonly sealed?: true;
}

export interface WantedValue {
  readonly name: string;
  readonly value: string;
  /** Canonical XML Schema type, e.g. "xsd:string". */
  readonly type: string;
  /** true: `value` is sealed (common/secret-box.ts, owner: the device id), because the name is a secret's. */
  readonly sealed?: true;
}

/** A file of the catalogue or one that this device has uploaded (by id: the URL is signed when the RPC is sent), or a URL of somebody else's server. */
export interface DownloadFile {
  readonly fileType: string;
  readonly catalogueId?: string;
  readonly receivedFileId?: string;
  readonly url?: string;
  readonly fileSizeBytes: number;
  readonly targetFileName: string;
  /** Of voice-signalled gateways, for a file whose place is agreed in advance: the protocol by which it is fetched. */
  readonly downloadMethod?: string;
  /** The SoftwareVersion that the device has when this firmware runs; lets a lost answer be read back. */
  readonly version?: string;
}

export type TaskState =
  /** Waits for the device to call in. */
  | "queued"
  /** Its RPC went to the device (or was about to); the answer is not stored yet. */
  | "sent"
  /** The device accepted it and completes it later: TransferComplete, M Reboot. */
  | "awaiting-device"
  /** The session died after `sent`: not repeated before it is read back. */
  | "unknown"
  | "done"
  | "failed"
  | "expired"
  | "cancelled";

export const FINAL_STATES: readonly TaskState[] = ["done", "failed", "expired", "cancelled"];

export interface TaskFailure {
  /**
   * "device-fault": the device refused. "outcome-unknown": can't be learnt. "protocol": the session broke a rule. "not-possible": the ACS
   * can't carry it out. "not-done": accepted by the device, and not carried out. "diagnostic-error": carried out, and ended with an error.
   */
  readonly code: "device-fault" | "outcome-unknown" | "protocol" | "not-possible" | "not-done" | "diagnostic-error";
  readonly detail: string;
  /** The device's CWMP fault, with a fault per parameter if it sent any. */
  readonly fault?: {
    readonly faultCode: number;
    readonly faultString: string;
    readonly parameters: readonly {
      readonly name: string;
      readonly faultCode: number;
      readonly faultString: string;
      /** Of a value that was refused for its type (9006). */
      readonly typesTried?: readonly string[];
    }[];
  };
}

export interface TaskTransition {
  readonly atMs: number;
  readonly to: TaskState;
  readonly reason: string;
}

export interface Task {
  readonly id: string;
  readonly deviceId: string;
  readonly order: TaskOrder;
  readonly state: TaskState;
  /** Goes up by one with each stored transition: a writer that holds an older one is refused. */
  readonly revision: number;
  /** 0 (last) to 9 (first); equal ones in the order they came. The ACS's own: 10 to 12 (first contact) and -1 (the first refresh). */
  readonly priority: number;
  readonly createdAtMs: number;
  /** A task still queued at this time ends as expired. null: waits for ever. */
  readonly expiresAtMs: number | null;
  /** When a task that is `sent`, `awaiting-device` or `unknown` is looked at again although the device tells nothing. null in other states. */
  readonly settleByMs: number | null;
  /** How many times its RPC was sent. */
  readonly sends: number;
  /** When its RPC was last sent. */
  readonly sentAtMs: number | null;
  readonly failure: TaskFailure | null;
  /** What the device answered, e.g. the values read (bounded; the tree has them all); null until there is any. */
  readonly result: unknown;
  /** How far a task of several RPCs has come, so that a read-back knows which call it asks about. Its kind's own; null: its first call. */
  readonly progress: unknown;
  /** Oldest first; bounded by TASK_LIMITS.transitionsMax (the oldest after the first are dropped). */
  readonly transitions: readonly TaskTransition[];
}

export interface NewTask {
  readonly id: string;
  readonly deviceId: string;
  readonly order: TaskOrder;
  readonly priority: number;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  /** What its kind keeps from the start; absent: nothing. */
  readonly progress?: unknown;
}

/**
 * What a transition changes. The store writes it with `revision + 1` and appends { atMs, to, reason }; nothing is appended when the
 * state stays the same, which is how progress is kept.
 */
export interface TaskChange {
  readonly to: TaskState;
  readonly reason: string;
  readonly atMs: number;
  readonly settleByMs?: number | null;
  readonly failure?: TaskFailure | null;
  readonly result?: unknown;
  readonly progress?: unknown;
  /** Set when the RPC is about to go out: sends + 1, sentAtMs = atMs. */
  readonly sends?: true;
}

export const TASK_LIMITS = {
  /** Unfinished tasks of one device. */
  openPerDeviceMax: 1_000,
  transitionsMax: 32,
  /** Characters of JSON kept of a result. */
  resultCharactersMax: 262_144,
  namesPerTaskMax: 1_000,
  valuesPerTaskMax: 1_000,
  operationsPerTaskMax: 64,
} as const;
