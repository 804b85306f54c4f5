/**
 * The download of an upgrade, from its order to its outcome. It is ordered once: what is not told is asked for, never ordered again.
 * Spec: TR-069 A.3.2.8, A.3.3.2; docs/decisions/0004-tasks-are-read-back.md. Layer: upgrades, pure.
 */
import { hasCode } from "../cwmp/event-codes.js";
import type { Task } from "../tasks/task.js";
import { FIRMWARE, type Upgrade } from "./upgrade.js";
import {
  change,
  type Decision,
  end,
  enter,
  expired,
  type Facts,
  fail,
  failWithdrawing,
  hasEnded,
  order,
  type Step,
  wasCut,
} from "./upgrade-moves.js";
import { reasonOfFault } from "./upgrade-reasons.js";

export function downloading(upgrade: Upgrade, facts: Facts): Decision {
  const { task, nowMs } = facts;
  if (upgrade.taskId === null) return orderDownload(upgrade, facts);
  if (task === null) return doubt(upgrade, facts, "its task is gone");
  if (hasEnded(task)) return outcome(upgrade, facts, task);
  if (task.state === "queued")
    return nowMs < upgrade.phaseEndsAtMs ? null : failWithdrawing(upgrade, facts, "not-reached", "the device did not call in in time");
  return underWay(upgrade, facts, task);
}

/** The bytes are looked at now, and once more when the device calls in (transfer-links.ts). */
function orderDownload(upgrade: Upgrade, facts: Facts): Step {
  const gone = fileFault(upgrade, facts);
  if (gone !== undefined) return gone;
  const { id: catalogueId, sizeBytes: fileSizeBytes, version } = upgrade.file;
  const file = { fileType: FIRMWARE, catalogueId, fileSizeBytes, targetFileName: "", version };
  return order(upgrade, { kind: "download", file }, upgrade.phaseEndsAtMs);
}

function fileFault(upgrade: Upgrade, facts: Facts): Step | undefined {
  const { condition } = facts.file;
  if (condition === "missing") return fail(upgrade, facts, "file-missing", "the file is no longer in the catalogue, or its bytes are gone");
  if (condition === "altered") return fail(upgrade, facts, "file-altered", "the bytes on disk are not those that were added");
  return undefined;
}

/** It has left, or was about to. After half of its time the device is asked; after all of it, it is given up. */
function underWay(upgrade: Upgrade, facts: Facts, task: Task): Decision {
  const { nowMs } = facts;
  const { returnMs } = upgrade.policy;
  const sentAtMs = task.sentAtMs ?? nowMs;
  if (upgrade.sentAtMs !== sentAtMs)
    return change(upgrade, { sentAtMs, askedAtMs: null, dueAtMs: sentAtMs + returnMs / 2, phaseEndsAtMs: sentAtMs + returnMs });
  if (nowMs >= upgrade.phaseEndsAtMs) return unlearnt(upgrade, facts, task, `task ${task.id} is still ${task.state}`);
  const isDue = upgrade.dueAtMs !== null && nowMs >= upgrade.dueAtMs;
  if (upgrade.askedAtMs !== null || !(isDue || runsItSilently(upgrade, facts, sentAtMs))) return null;
  return askWhatBecame(upgrade, facts, task);
}

/** It has restarted with the wanted version, and announces no TransferComplete (field quirk 25). */
function runsItSilently(upgrade: Upgrade, { version, informs }: Facts, sentAtMs: number): boolean {
  const [newest] = informs;
  if (newest === undefined || newest.atMs <= sentAtMs || version?.trim() !== upgrade.file.version) return false;
  return hasCode(newest.events, "1") && !hasCode(newest.events, "7");
}

/** The next session asks for its transfers, and for its version. */
function askWhatBecame(upgrade: Upgrade, { nowMs }: Facts, task: Task): Decision {
  const asked = change(upgrade, { askedAtMs: nowMs, dueAtMs: upgrade.phaseEndsAtMs });
  if (task.state !== "awaiting-device") return asked;
  const reason = "the upgrade wants to know what became of it: to be read back";
  return { ...asked, settles: { task, change: { to: "unknown", reason, atMs: nowMs, settleByMs: upgrade.phaseEndsAtMs } } };
}

function outcome(upgrade: Upgrade, facts: Facts, task: Task): Step {
  const { failure } = task;
  if (task.state === "done") return verify(upgrade, facts, task, null, "the device told that the download has ended well");
  if (task.state === "expired") return expired(upgrade, facts);
  if (task.state === "cancelled") return end(upgrade, facts.nowMs, "aborted", "aborted", "somebody cancelled its task");
  const known = wasCut(task, facts) ? { ...upgrade, cuts: upgrade.cuts + 1 } : upgrade;
  switch (failure?.code) {
    case "device-fault":
      return fileFault(upgrade, facts) ?? fail(known, facts, reasonOfFault(failure.fault?.faultCode ?? 0), failure.detail);
    case "not-done":
      return fail(known, facts, "no-transfer-complete", failure.detail);
    case "not-possible":
      return fileFault(upgrade, facts) ?? fail(upgrade, facts, "device-refused", failure.detail);
    default:
      return unlearnt(upgrade, facts, task, failure?.detail ?? "its outcome is not known");
  }
}

/** The version tells, where it was told since; of the others those that were not heard since they were asked have not come back. */
function unlearnt(upgrade: Upgrade, facts: Facts, task: Task, why: string): Step {
  const { sentAtMs, askedAtMs, file } = upgrade;
  const isProved = facts.version?.trim() === file.version;
  const sinceMs = askedAtMs ?? sentAtMs ?? task.sentAtMs ?? 0;
  if (isProved || facts.informs.some(({ atMs }) => atMs > sinceMs)) return verify(upgrade, facts, task, why, why);
  return fail({ ...upgrade, doubt: why }, facts, "never-returned", `the device was not heard since it took the download: ${why}`);
}

/** Its task was removed with those that are old: only the version can tell. */
function doubt(upgrade: Upgrade, { nowMs }: Facts, why: string): Step {
  return enter(upgrade, "verifying-version", nowMs, upgrade.policy.returnMs, { doubt: why, toldAtMs: nowMs, readAtMs: null, why });
}

function verify(upgrade: Upgrade, { nowMs, informs }: Facts, task: Task, reason: string | null, why: string): Step {
  const endedAtMs = task.transitions.at(-1)?.atMs ?? nowMs;
  const toldAtMs = informs.find(({ atMs }) => atMs <= endedAtMs)?.atMs ?? endedAtMs;
  return enter(upgrade, "verifying-version", nowMs, upgrade.policy.returnMs, { doubt: reason, toldAtMs, readAtMs: null, why });
}
