/**
 * What kinds of tasks have in common, as far as others than the kind itself must know.
 * Spec: DESIGN 4. Layer: tasks, pure.
 */
import type { Task, TaskOrder } from "./task.js";

/**
 * "reads": changes nothing. "keyed": tells by ParameterKey that it was applied. "transfer": ends with TransferComplete.
 * "diagnostic": sets the key as well, and ends when the device says so (8 DIAGNOSTICS COMPLETE). "other": changes something, told in a way of its own.
 */
type Nature = "reads" | "keyed" | "diagnostic" | "transfer" | "other";

const NATURES: Readonly<Record<TaskOrder["kind"], Nature>> = {
  getParameterValues: "reads",
  getParameterNames: "reads",
  refresh: "reads",
  getParameterAttributes: "reads",
  getQueuedTransfers: "reads",
  getRpcMethods: "reads",
  setParameterValues: "keyed",
  provision: "keyed",
  rotatePassword: "keyed",
  provisionStun: "keyed",
  addObject: "keyed",
  deleteObject: "keyed",
  diagnostic: "diagnostic",
  download: "transfer",
  scheduleDownload: "transfer",
  upload: "transfer",
  setParameterAttributes: "other",
  reboot: "other",
  factoryReset: "other",
  scheduleInform: "other",
  cancelTransfer: "other",
  changeDUState: "other",
};

export function changesNothing({ order }: Task): boolean {
  return NATURES[order.kind] === "reads";
}

/** Sets ParameterKey, which tells of the newest such call only. */
export function isKeyed({ order }: Task): boolean {
  return NATURES[order.kind] === "keyed" || NATURES[order.kind] === "diagnostic";
}

/** What its call left for later (Status 1) is looked at in each new session. */
export function mayApplyLater({ order }: Task): boolean {
  return NATURES[order.kind] === "keyed";
}

export function isDiagnostic({ order }: Task): boolean {
  return NATURES[order.kind] === "diagnostic";
}

export function isTransfer({ order }: Task): boolean {
  return NATURES[order.kind] === "transfer";
}
