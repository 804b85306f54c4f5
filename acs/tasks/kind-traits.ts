/**
 * What kinds of tasks have in common, as far as others than the kind itself must know.
 * Spec: DESIGN 4. Layer: tasks, pure.
 */
import type { Task, TaskOrder } from "./task.js";

/**
 * "reads": changes nothing. "keyed": tells by ParameterKey that it was applied. "transfer": ends with TransferComplete.
 * "other": changes something, told in a way of its own.
 */
type Nature = "reads" | "keyed" | "transfer" | "other";

const NATURES: Readonly<Record<TaskOrder["kind"], Nature>> = {
  getParameterValues: "reads",
  refresh: "reads",
  getParameterAttributes: "reads",
  getQueuedTransfers: "reads",
  getRpcMethods: "reads",
  setParameterValues: "keyed",
  provision: "keyed",
  addObject: "keyed",
  deleteObject: "keyed",
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

/** ParameterKey tells of the newest such call only. What such a call left for later (Status 1) is looked at in each new session. */
export function isKeyed({ order }: Task): boolean {
  return NATURES[order.kind] === "keyed";
}

export function isTransfer({ order }: Task): boolean {
  return NATURES[order.kind] === "transfer";
}
