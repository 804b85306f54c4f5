/**
 * The proof of an upgrade: the device is asked for its version, and then for its lines, until they are as they should be or the time is over.
 * Spec: cwmp.md 7 (the Inform after the restart shows the new version), TR-104 (Line.Status). Layer: upgrades, pure.
 */
import { hasCode } from "../cwmp/event-codes.js";
import type { Task, TaskOrder } from "../tasks/task.js";
import { type ReadValue, registeredLines } from "./sip-lines.js";
import { UPGRADE_LIMITS, type Upgrade } from "./upgrade.js";
import {
  change,
  type Decision,
  end,
  enter,
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
  withdrawing,
} from "./upgrade-moves.js";

type KnownDevice = NonNullable<Facts["device"]>;

export function verifyingVersion(upgrade: Upgrade, facts: Facts, { root }: KnownDevice): Decision {
  const { nowMs, task } = facts;
  // Told in an Inform since: before the download it ran another one.
  if (facts.version?.trim() === upgrade.file.version)
    return withdrawing(proved({ ...upgrade, versionAfter: upgrade.file.version }, facts, readSince(upgrade, task)), facts);
  if (upgrade.taskId === null) return nextReading(upgrade, facts, root ?? "");
  if (task !== null && !hasEnded(task))
    return nowMs < upgrade.phaseEndsAtMs ? null : failWithdrawing(upgrade, facts, ...unproved(upgrade, facts));
  if (task?.state === "cancelled") return end(upgrade, nowMs, "aborted", "aborted", "somebody cancelled its task");
  const values = task === null ? [] : readValues(task);
  const version = latestVersion(facts, values);
  if (task === null || version === null) {
    if (nowMs >= upgrade.phaseEndsAtMs) return fail(upgrade, facts, ...unproved(upgrade, facts));
    return change(upgrade, { taskId: null, readAtMs: nowMs, dueAtMs: halfOf(upgrade, nowMs) });
  }
  return judge({ ...upgrade, versionAfter: version }, facts, task, version, values);
}

/** As it was read, unless an Inform has told another one since: the tree has the last word of both. null: nothing was read. */
function latestVersion({ version }: Facts, values: readonly ReadValue[]): string | null {
  const read = readVersion(values);
  return read === null ? null : (version?.trim() ?? read);
}

/** Lines that were read with another version were registered before the restart, which says nothing of now. */
function readSince({ file }: Upgrade, task: Task | null): readonly ReadValue[] {
  const values = task === null ? [] : readValues(task);
  return readVersion(values) === file.version ? values : [];
}

/** At once, after each new session, and in the middle of its time, so that a device which does not call in is woken. */
function nextReading(upgrade: Upgrade, facts: Facts, root: string): Decision {
  const { nowMs, informs } = facts;
  const { readAtMs, phaseEndsAtMs, dueAtMs } = upgrade;
  if (nowMs >= phaseEndsAtMs) return fail(upgrade, facts, ...unproved(upgrade, facts));
  const isFirst = readAtMs === null;
  const wasHeard = readAtMs !== null && informs.some(({ atMs }) => atMs > readAtMs);
  const isDue = dueAtMs !== null && nowMs >= dueAtMs;
  return isFirst || wasHeard || isDue ? order(upgrade, readingOf(upgrade, root), phaseEndsAtMs) : null;
}

function readingOf({ lines }: Upgrade, root: string): TaskOrder {
  return { kind: "getParameterValues", names: [`${root}DeviceInfo.SoftwareVersion`, ...lines] };
}

function judge(upgrade: Upgrade, facts: Facts, task: Task, version: string, values: readonly ReadValue[]): Step {
  const { nowMs } = facts;
  if (version === upgrade.file.version) return proved(upgrade, facts, values);
  if (upgrade.doubt !== null) return fail(upgrade, facts, ...doubtful(version, upgrade.doubt));
  if (hasRestarted(upgrade, facts) || nowMs >= upgrade.phaseEndsAtMs) return fail(upgrade, facts, ...another(upgrade, facts, version));
  const readAtMs = task.transitions.at(-1)?.atMs ?? nowMs;
  return change(upgrade, { taskId: null, readAtMs, dueAtMs: halfOf(upgrade, nowMs) });
}

/** The middle of the phase; when that is over, its end. */
function halfOf({ phaseEndsAtMs, policy }: Upgrade, nowMs: number): number {
  const middleMs = phaseEndsAtMs - policy.returnMs / 2;
  return nowMs < middleMs ? middleMs : phaseEndsAtMs;
}

/** In the session that told the end, or after it. */
function hasRestarted({ toldAtMs }: Upgrade, { informs }: Facts): boolean {
  return informs.some(({ atMs, events }) => atMs >= (toldAtMs ?? 0) && hasCode(events, "1"));
}

/** The time is over: what it told last counts, if it was heard at all since it told the download's end. */
function unproved(upgrade: Upgrade, facts: Facts): Failure {
  const { toldAtMs, doubt } = upgrade;
  const wasHeard = doubt !== null || hasRestarted(upgrade, facts) || facts.informs.some(({ atMs }) => atMs > (toldAtMs ?? 0));
  if (!wasHeard) return ["never-returned", "the device was not heard again after it told that the download had ended"];
  const version = facts.version ?? upgrade.versionAfter;
  if (version === null) return ["read-failed", "the device calls in, and does not tell its version"];
  return doubt === null ? another(upgrade, facts, version) : doubtful(version, doubt);
}

const doubtful = (version: string, doubt: string): Failure => [
  "no-transfer-complete",
  `the device runs version ${version}, and told no end of the download: ${doubt}`,
];

/** It reported success, and a version that is not the wanted one. */
function another(upgrade: Upgrade, facts: Facts, version: string): Failure {
  const { versionBefore, file } = upgrade;
  const after = hasRestarted(upgrade, facts) ? "after its restart" : "without a restart since";
  if (version === versionBefore) return ["same-version", `the device told success, and runs version ${version} as before, ${after}`];
  return ["other-version", `the device runs version ${version}, neither ${versionBefore} nor ${file.version}`];
}

/** @param values Read from the device while it ran the version; []: its lines were not. */
export function proved(upgrade: Upgrade, facts: Facts, values: readonly ReadValue[]): Step {
  const { nowMs } = facts;
  const { version } = upgrade.file;
  const { lines, policy } = upgrade;
  if (lines.length === 0)
    return succeed(upgrade, nowMs, `the device runs version ${version}${policy.verifySip ? "; no line was registered before" : ""}`);
  if (areBack(lines, values)) return succeed(upgrade, nowMs, `the device runs version ${version}, its lines are registered`);
  const next = enter(upgrade, "verifying-sip", nowMs, policy.sipMs, { why: `runs version ${version}`, readAtMs: nowMs });
  const intervalMs = policy.sipMs / UPGRADE_LIMITS.sipReads;
  // A line registers while the device calls in: to wake it before that would fail, and the next try comes late.
  const firstMs = values.length === 0 ? Math.min(intervalMs, UPGRADE_LIMITS.lineSettleMs) : intervalMs;
  return change(next.upgrade, { dueAtMs: nowMs + firstMs });
}

function areBack(lines: readonly string[], values: readonly ReadValue[]): boolean {
  const registered = new Set(registeredLines(values));
  return lines.every((line) => registered.has(line));
}

export function verifyingSip(upgrade: Upgrade, facts: Facts, { root }: KnownDevice): Decision {
  const { nowMs, task } = facts;
  const { lines, phaseEndsAtMs, policy } = upgrade;
  const missing = `of ${lines.length} lines that were registered before, not all are again`;
  if (upgrade.taskId === null) {
    if (nowMs < (upgrade.dueAtMs ?? 0)) return null;
    if (nowMs >= phaseEndsAtMs) return fail(upgrade, facts, "sip-not-back", missing);
    return order(upgrade, readingOf(upgrade, root ?? ""), phaseEndsAtMs);
  }
  if (task !== null && !hasEnded(task))
    return nowMs < phaseEndsAtMs
      ? null
      : failWithdrawing(upgrade, facts, "sip-not-back", `${missing}; the device did not answer at the end`);
  if (task?.state === "cancelled") return end(upgrade, nowMs, "aborted", "aborted", "somebody cancelled its task");
  const version = task === null ? null : latestVersion(facts, readValues(task));
  // A device that falls back to its old image does so when it has run the new one for a while.
  if (version !== null && version !== upgrade.file.version)
    return fail({ ...upgrade, versionAfter: version }, facts, ...another(upgrade, facts, version));
  if (task !== null && areBack(lines, readValues(task)))
    return succeed(upgrade, nowMs, `the device runs version ${upgrade.file.version}, its lines are registered`);
  if (nowMs >= phaseEndsAtMs) return fail(upgrade, facts, "sip-not-back", missing);
  const dueAtMs = Math.min(nowMs + policy.sipMs / UPGRADE_LIMITS.sipReads, phaseEndsAtMs);
  return change(upgrade, { taskId: null, readAtMs: nowMs, dueAtMs });
}
