/**
 * One step of an upgrade, decided from what is known now and nothing else: whoever was killed before it was stored decides the same again.
 * Total: each phase has an answer to whatever its task came to. Spec: docs/decisions/0026-upgrades-prove-themselves.md.
 * Layer: upgrades, pure.
 */
import type { TaskOrder } from "../tasks/task.js";
import { appliesTo } from "./applies-to.js";
import { type ReadValue, registeredLines, VOICE_SUBTREE } from "./sip-lines.js";
import { UPGRADE_LIMITS, type Upgrade } from "./upgrade.js";
import { downloading } from "./upgrade-download.js";
import {
  change,
  type Decision,
  end,
  enter,
  expired,
  type Facts,
  type Failure,
  fail,
  failWithdrawing,
  hasEnded,
  order,
  readValues,
  readVersion,
  type Step,
  succeed,
  wasCut,
  withdrawing,
} from "./upgrade-moves.js";
import { proved, verifyingSip, verifyingVersion } from "./upgrade-verify.js";

export function step(upgrade: Upgrade, facts: Facts): Decision {
  if (upgrade.state !== "running") return null;
  if (facts.device === null) return end(upgrade, facts.nowMs, "failed", "device-removed", "the device was removed");
  switch (upgrade.phase) {
    case "reading":
      return reading(upgrade, facts, facts.device);
    case "backing-up":
      return backingUp(upgrade, facts);
    case "downloading":
      return downloading(upgrade, facts);
    case "verifying-version":
      return verifyingVersion(upgrade, facts, facts.device);
    case "verifying-sip":
      return verifyingSip(upgrade, facts, facts.device);
    case "waiting":
      return waiting(upgrade, facts);
    case "restoring":
      return restoring(upgrade, facts);
  }
}

/** Nothing more is ordered; a download that has left can't be taken back. */
export function abort(upgrade: Upgrade, facts: Facts): Decision {
  if (upgrade.state !== "running") return null;
  const isOut = upgrade.phase === "downloading" && facts.task !== null && !hasEnded(facts.task) && facts.task.state !== "queued";
  const detail = isOut ? "aborted; the download had left, and the device may carry it out" : "aborted";
  return withdrawing(end(upgrade, facts.nowMs, "aborted", "aborted", detail), facts);
}

type KnownDevice = NonNullable<Facts["device"]>;

function reading(upgrade: Upgrade, facts: Facts, device: KnownDevice): Decision {
  const { nowMs, task } = facts;
  if (upgrade.taskId === null) return beginReading(upgrade, facts, device);
  if (task !== null && !hasEnded(task))
    return nowMs < upgrade.phaseEndsAtMs ? null : failWithdrawing(upgrade, facts, "not-reached", "the device did not answer in time");
  if (task?.state === "expired") return expired(upgrade, facts);
  if (task?.state === "cancelled") return cancelled(upgrade, facts);
  const version = task === null ? null : readVersion(readValues(task));
  if (task === null || version === null)
    return fail(upgrade, facts, "read-failed", `its SoftwareVersion can't be read: ${task?.failure?.detail ?? "it told none"}`);
  return afterReading(upgrade, facts, version, readValues(task));
}

function beginReading(upgrade: Upgrade, facts: Facts, device: KnownDevice): Decision {
  const refusal = preconditionFault(upgrade, facts, device);
  if (refusal !== undefined) return fail(upgrade, facts, ...refusal);
  if (device.root !== null) return order(upgrade, readOrder(upgrade, device.root, facts.lineNames), upgrade.phaseEndsAtMs);
  if (facts.nowMs >= upgrade.phaseEndsAtMs) return fail(upgrade, facts, "not-reached", "the device has never called in");
  // How its parameters are called is known with its first Inform.
  return upgrade.dueAtMs === upgrade.phaseEndsAtMs ? null : change(upgrade, { dueAtMs: upgrade.phaseEndsAtMs });
}

function preconditionFault(upgrade: Upgrade, { file, otherTransfers }: Facts, { productClass }: KnownDevice): Failure | undefined {
  const { name } = upgrade.file;
  if (file.condition === "missing") return ["file-missing", `${name} is no longer in the catalogue, or its bytes are gone`];
  if (file.condition === "altered") return ["file-altered", `the bytes of ${name} on disk are not those that were added`];
  if (file.model !== "" && file.model !== productClass) return ["not-applicable", `${name} is for model ${file.model}`];
  if (otherTransfers.length > 0)
    return ["transfer-open", `another firmware transfer has not ended: task ${otherTransfers.slice(0, 3).join(", ")}`];
  return undefined;
}

/** The lines that the tree knows; where it knows none, all that the device has of voice. */
export function readOrder({ policy }: Upgrade, root: string, lineNames: readonly string[]): TaskOrder {
  const lines = lineNames.length > 0 ? lineNames.slice(0, UPGRADE_LIMITS.linesMax) : [`${root}${VOICE_SUBTREE}`];
  return { kind: "getParameterValues", names: [`${root}DeviceInfo.SoftwareVersion`, ...(policy.verifySip ? lines : [])] };
}

function afterReading(upgrade: Upgrade, facts: Facts, version: string, values: readonly ReadValue[]): Step {
  const { nowMs, file } = facts;
  const known = { ...upgrade, versionBefore: upgrade.versionBefore ?? version, versionAfter: version };
  if (version === upgrade.file.version && upgrade.lines.length > 0) return proved(known, facts, values); // by an attempt that told a failure
  if (version === upgrade.file.version) return succeed(known, nowMs, `already: the device runs version ${version}`);
  if (!appliesTo(file.appliesTo, version))
    return fail(
      known,
      facts,
      "not-applicable",
      `${upgrade.file.name} applies to ${file.appliesTo.join(", ")}, and the device runs ${version}`,
    );
  // Of a further attempt, too: a device that has just restarted has none registered yet.
  const lines = [...new Set([...upgrade.lines, ...registeredLines(values)])];
  const noted = { lines: lines.slice(0, UPGRADE_LIMITS.linesMax), why: `runs version ${version}, ${lines.length} lines registered` };
  const { backup, callInMs } = upgrade.policy;
  return enter(known, backup && upgrade.backupId === null ? "backing-up" : "downloading", nowMs, callInMs, noted);
}

const CONFIGURATION = "1 Vendor Configuration File";
const RESTORED_CONFIGURATION = "3 Vendor Configuration File";

function backingUp(upgrade: Upgrade, facts: Facts): Decision {
  const { nowMs, task } = facts;
  const { taskId, backups, phaseEndsAtMs, policy } = upgrade;
  if (taskId === null) {
    const upload = { kind: "upload", fileType: CONFIGURATION, username: "", password: "", delayS: 0 } as const;
    return order(upgrade, upload, phaseEndsAtMs, { backups: backups + 1 });
  }
  if (task !== null && !hasEnded(task))
    return nowMs < phaseEndsAtMs ? null : failWithdrawing(upgrade, facts, "backup-failed", "no configuration came in time");
  if (task?.state === "expired") return expired(upgrade, facts);
  if (task?.state === "cancelled") return cancelled(upgrade, facts);
  const isLost = task !== null && (wasCut(task, facts) || task.failure?.code === "outcome-unknown");
  if (isLost && backups < UPGRADE_LIMITS.backupsMax) return change(upgrade, { taskId: null, dueAtMs: nowMs });
  const backupId = task === null ? undefined : receivedFileOf(task.result);
  if (task?.state !== "done" || backupId === undefined)
    return fail(upgrade, facts, "backup-failed", task?.failure?.detail ?? "no configuration came");
  return enter(upgrade, "downloading", nowMs, policy.callInMs, { backupId, why: "the configuration is here" });
}

function receivedFileOf(result: unknown): string | undefined {
  const { receivedFile } = (result ?? {}) as { readonly receivedFile?: { readonly id?: string } };
  return receivedFile?.id;
}

/** The next attempt looks at everything again: what the device has become meanwhile counts. */
function waiting(upgrade: Upgrade, { nowMs }: Facts): Decision {
  if (upgrade.dueAtMs !== null && nowMs < upgrade.dueAtMs) return null;
  const anew = { attempt: upgrade.attempt + 1, sentAtMs: null, askedAtMs: null, doubt: null, toldAtMs: null, readAtMs: null };
  return enter(upgrade, "reading", nowMs, upgrade.policy.callInMs, { ...anew, why: "another attempt" });
}

/** The failure stays what it was. */
function restoring(upgrade: Upgrade, facts: Facts): Decision {
  const { nowMs, task } = facts;
  const { backupId, reason, detail, taskId } = upgrade;
  const over = (restored: "done" | "failed", told: string): Step =>
    withdrawing(change(end(upgrade, nowMs, "failed", reason, `${detail}; ${told}`).upgrade, { restored }), facts);
  if (backupId === null) return over("failed", "there is no configuration to go back");
  if (taskId === null) {
    const file = { fileType: RESTORED_CONFIGURATION, receivedFileId: backupId, fileSizeBytes: 0, targetFileName: "" };
    return order(upgrade, { kind: "download", file }, upgrade.phaseEndsAtMs);
  }
  if (task !== null && !hasEnded(task))
    return nowMs < upgrade.phaseEndsAtMs ? null : over("failed", "the device did not take its configuration back in time");
  if (task !== null && wasCut(task, facts)) return change(upgrade, { taskId: null, dueAtMs: nowMs });
  if (task?.state === "done") return over("done", "its configuration went back");
  return over("failed", `its configuration did not go back: ${task?.failure?.detail ?? task?.state ?? "its task is gone"}`);
}

function cancelled(upgrade: Upgrade, { nowMs }: Facts): Step {
  return end(upgrade, nowMs, "aborted", "aborted", "somebody cancelled its task");
}
