/**
 * What an outage of ours does to deadlines: a device could not be heard while nobody listened, so a deadline that fell into that time is
 * moved behind it.
 * Layer: upgrades, pure.
 */
import type { Upgrade } from "./upgrade.js";

export interface Outage {
  /** When something was last written. */
  readonly fromMs: number;
  /** When we were there again. */
  readonly untilMs: number;
}

/**
 * @returns undefined: nothing changes. Else the phase gets what was left of it, and at least as much as the outage took: at most half of what it
 * had at all. A deadline that was moved lies behind the outage, so that it is moved once.
 */
export function afterOutage(upgrade: Upgrade, { fromMs, untilMs }: Outage): Upgrade | undefined {
  const { phaseEndsAtMs } = upgrade;
  if (upgrade.state !== "running" || phaseEndsAtMs <= fromMs || phaseEndsAtMs > untilMs) return undefined;
  const leftMs = Math.max(phaseEndsAtMs - fromMs, Math.min(untilMs - fromMs, wholeOf(upgrade) / 2));
  const endsAtMs = untilMs + leftMs;
  // What waits for a task is heard of, but for a download whose device was not asked yet.
  const isDue = upgrade.taskId === null || (upgrade.phase === "downloading" && upgrade.askedAtMs === null);
  return { ...upgrade, phaseEndsAtMs: endsAtMs, dueAtMs: isDue ? untilMs : endsAtMs };
}

function wholeOf({ phase, policy }: Upgrade): number {
  switch (phase) {
    case "reading":
    case "backing-up":
      return policy.callInMs;
    case "downloading":
    case "verifying-version":
    case "restoring":
      return policy.returnMs;
    case "verifying-sip":
      return policy.sipMs;
    case "waiting":
      return policy.retryAfterMs;
  }
}
