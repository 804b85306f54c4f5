/**
 * Firmware whose TransferComplete never came, judged by the SoftwareVersion that the device tells (field quirk 25).
 * Spec: TR-181 DeviceInfo.SoftwareVersion (told in each Inform); cwmp.md 12 row 25. Layer: tasks, pure.
 */
import { hasEvent } from "../cwmp/event-codes.js";
import type { Inform } from "../cwmp/rpc/inform.js";
import type { Settled } from "./settle.js";
import type { Task } from "./task.js";
import { done } from "./task-step.js";

const FIRMWARE = "1 Firmware Upgrade Image";

/** What the tree has of DeviceInfo.SoftwareVersion; null: nothing. */
export type KnownVersion = { readonly text: string; readonly changedAtMs: number } | null;

/** The version that shows that the firmware of this task runs; undefined: nothing shows it. */
export function wantedVersion({ order }: Task): string | undefined {
  if (order.kind !== "download" && order.kind !== "scheduleDownload") return undefined;
  return order.file.fileType === FIRMWARE ? order.file.version : undefined;
}

/** "ran-before": it told the wanted version already before the firmware was sent, so that the version proves nothing. */
export type VersionVerdict = "runs-wanted" | "ran-before" | "runs-another";

/** @param text As the device tells it now. @param known What the tree has of it: from this session's Inform, or older. */
export function judgeVersion(task: Task, text: string, known: KnownVersion): VersionVerdict {
  if (text.trim() !== wantedVersion(task)) return "runs-another";
  const isNews = known === null || known.text.trim() !== text.trim() || known.changedAtMs >= (task.sentAtMs ?? 0);
  return isNews ? "runs-wanted" : "ran-before";
}

/** A restart that announces no TransferComplete for this session. */
export function restartedSilently(inform: Inform): boolean {
  return hasEvent(inform, "1") && !hasEvent(inform, "7");
}

/**
 * The firmware downloads that a silent restart shows to have ended well. Another version shows nothing yet: the device may have restarted
 * for another reason, and still have the transfer in its queue.
 */
export function settleByVersion(open: readonly Task[], known: KnownVersion, nowMs: number): readonly Settled[] {
  if (known === null) return [];
  return open
    .filter((task) => task.state === "awaiting-device" && wantedVersion(task) !== undefined)
    .filter((task) => judgeVersion(task, known.text, known) === "runs-wanted")
    .map((task) => ({
      task,
      change: done({ nowMs }, `the device restarted with version ${known.text.trim()} (1 BOOT, without TransferComplete)`),
    }));
}
