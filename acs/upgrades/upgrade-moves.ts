/**
 * What an upgrade's step may do: wait, order a task, go on to another phase, end. A step is one transaction.
 * Layer: upgrades, pure.
 */
import type { Task, TaskChange, TaskOrder } from "../tasks/task.js";
import type { ReadValue } from "./sip-lines.js";
import {
  taskIdOf,
  UPGRADE_LIMITS,
  type Upgrade,
  type UpgradeMoment,
  type UpgradePhase,
  type UpgradeReason,
  type UpgradeState,
} from "./upgrade.js";
import { isRetryable, reasonOfFault, wantsRestore } from "./upgrade-reasons.js";

/** What the world is like while a step is decided. */
export interface Facts {
  readonly nowMs: number;
  /** Since when our file server is there: a download that left before was cut. */
  readonly servesSinceMs: number;
  /** null: it was removed. */
  readonly device: { readonly productClass: string; readonly root: string | null } | null;
  /** The one that the upgrade waits for; null: none, or it is gone. */
  readonly task: Task | null;
  /** The catalogue's file, its bytes looked at. */
  readonly file: FileFact;
  /** Ids of other firmware transfers of the device that have left and not ended. */
  readonly otherTransfers: readonly string[];
  /** The tree's DeviceInfo.SoftwareVersion. */
  readonly version: string | null;
  /** The tree's voice lines: names of their Status. */
  readonly lineNames: readonly string[];
  /** Of the newest sessions, newest first: when they began, and with which events. */
  readonly informs: readonly { readonly atMs: number; readonly events: readonly string[] }[];
}

export interface FileFact {
  readonly condition: "intact" | "altered" | "missing";
  readonly model: string;
  readonly appliesTo: readonly string[];
}

export interface Step {
  /** `revision` is still that of before: the store counts. */
  readonly upgrade: Upgrade;
  /** A new task, for `upgrade.taskId`. */
  readonly order: { readonly id: string; readonly order: TaskOrder; readonly expiresAtMs: number } | null;
  /** A task that changes in the same transaction; when it has moved on meanwhile, nothing is stored. */
  readonly settles: { readonly task: Task; readonly change: TaskChange } | null;
}

/** Why it failed, for programs and for people. */
export type Failure = readonly [reason: UpgradeReason, detail: string];

/** null: nothing to do before something is heard, or `dueAtMs`. */
export type Decision = Step | null;

export const change = (upgrade: Upgrade, changes: Partial<Upgrade>): Step => ({
  upgrade: { ...upgrade, ...changes },
  order: null,
  settles: null,
});

/** Orders a task and waits for it. @param untilMs It expires then, if it has not left. */
export function order(upgrade: Upgrade, taskOrder: TaskOrder, untilMs: number, changes: Partial<Upgrade> = {}): Step {
  const id = taskIdOf(upgrade);
  const next = { ...upgrade, ...changes, taskId: id, orders: upgrade.orders + 1, dueAtMs: untilMs };
  return { upgrade: next, order: { id, order: taskOrder, expiresAtMs: untilMs }, settles: null };
}

/** Goes on to another phase, which begins without a task. */
export function enter(
  upgrade: Upgrade,
  phase: UpgradePhase,
  nowMs: number,
  lastsMs: number,
  changes: Partial<Upgrade> & { why: string },
): Step {
  const { why, ...more } = changes;
  const next = { ...upgrade, ...more, phase, taskId: null, dueAtMs: nowMs, phaseEndsAtMs: nowMs + lastsMs };
  return change({ ...next, steps: withMoment(upgrade.steps, { atMs: nowMs, phase, attempt: next.attempt, why }) }, {});
}

export function end(upgrade: Upgrade, nowMs: number, state: UpgradeState, reason: UpgradeReason | null, detail: string): Step {
  const { phase, attempt, steps } = upgrade;
  return change(upgrade, {
    ...{ state, reason, detail, endedAtMs: nowMs, dueAtMs: null, taskId: null },
    steps: withMoment(steps, { atMs: nowMs, phase, attempt, why: detail }),
  });
}

export const succeed = (upgrade: Upgrade, nowMs: number, detail: string): Step => end(upgrade, nowMs, "done", null, detail);

/** Ends it, or tries again, or gives the device its configuration back first. */
export function fail(upgrade: Upgrade, { nowMs }: Pick<Facts, "nowMs">, reason: UpgradeReason, detail: string): Step {
  const { policy, attempt, cuts, doubt, backupId } = upgrade;
  if (isRetryable(reason, doubt !== null) && attempt - Math.min(cuts, UPGRADE_LIMITS.cutsMax) < policy.attemptsMax) {
    const dueAtMs = nowMs + policy.retryAfterMs;
    const waiting = enter(upgrade, "waiting", nowMs, policy.retryAfterMs, { why: `${reason}: ${detail}` });
    return change(waiting.upgrade, { dueAtMs });
  }
  if (backupId !== null && wantsRestore(reason)) {
    return enter(upgrade, "restoring", nowMs, policy.returnMs, { reason, detail, why: `${reason}: ${detail}` });
  }
  return end(upgrade, nowMs, "failed", reason, detail);
}

/** Its task did not leave. It is ordered anew when the phase has been given more time since (upgrade-outage.ts). */
export function expired(upgrade: Upgrade, facts: Facts): Step {
  if (facts.nowMs < upgrade.phaseEndsAtMs) return change(upgrade, { taskId: null, dueAtMs: facts.nowMs });
  return fail(upgrade, facts, "not-reached", "the device did not call in in time");
}

/** As `fail`, and the task that it waited for is not to leave any more. */
export function failWithdrawing(upgrade: Upgrade, facts: Facts, reason: UpgradeReason, detail: string): Step {
  return withdrawing(fail(upgrade, facts, reason, detail), facts);
}

export function withdrawing(step: Step, { task, nowMs }: Facts): Step {
  if (task?.state !== "queued") return step;
  return { ...step, settles: { task, change: { to: "cancelled", reason: "its upgrade has ended", atMs: nowMs } } };
}

function withMoment(steps: readonly UpgradeMoment[], moment: UpgradeMoment): readonly UpgradeMoment[] {
  const all = [...steps, moment];
  const over = all.length - UPGRADE_LIMITS.stepsKept;
  return over <= 0 ? all : [...all.slice(0, 1), ...all.slice(over + 1)];
}

const FINAL = ["done", "failed", "expired", "cancelled"];
export const hasEnded = (task: Task): boolean => FINAL.includes(task.state);

/** A transfer that we cut by being away: before its order was answered, or while the file was on its way. That says nothing of the device. */
export function wasCut({ failure, sentAtMs, transitions }: Task, { servesSinceMs }: Facts): boolean {
  if (sentAtMs === null || sentAtMs >= servesSinceMs) return false;
  if (failure?.code === "not-done") return !transitions.some(({ to }) => to === "awaiting-device");
  const faultCode = failure?.code === "device-fault" ? (failure.fault?.faultCode ?? 0) : 0;
  return faultCode === UPLOAD_FAILURE || reasonOfFault(faultCode) === "file-not-accessible";
}

/** TR-069 A.5.1: upload failure. */
const UPLOAD_FAILURE = 9011;

/** The version as a getParameterValues has read it, also when other names of it were wrong; null: it was not told. */
export function readVersion(values: readonly ReadValue[]): string | null {
  const told = values.find(({ name }) => name.endsWith(".DeviceInfo.SoftwareVersion"))?.value;
  return told == null ? null : told.trim().slice(0, UPGRADE_LIMITS.versionCharactersMax);
}

/** What a getParameterValues has read; [] for other results. */
export function readValues({ result }: Task): readonly ReadValue[] {
  const values = typeof result === "object" && result !== null && "values" in result ? result.values : [];
  return Array.isArray(values) ? (values as readonly ReadValue[]) : [];
}
