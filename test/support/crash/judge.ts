/**
 * Compares how a task ended with what its device did, by the device's own account.
 * Spec: docs/decisions/0004: `done` means that it happened once; what can't be known ends as outcome unknown, after a read-back.
 * Layer: test support.
 */
import type { LoggedEffect } from "../../../device-sim/effects-log.js";

export interface TaskShown {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly sends: number;
  readonly failure: { readonly code: string; readonly detail: string } | null;
  readonly transitions: readonly { readonly to: string; readonly reason: string }[];
}

/**
 * "transfer-failed": the device took the order, could not get the file, and said so. "not-done": its transfers and its version show that
 * it did not do it, and the ACS says so.
 */
export type Verdict = "done" | "outcome-unknown" | "transfer-failed" | "not-done";

export interface Judgement {
  readonly verdict: Verdict;
  readonly hasHappened: boolean;
  readonly task: TaskShown;
}

/** @throws when the task says something else than its device. */
export function judge(task: TaskShown, effects: readonly LoggedEffect[]): Judgement {
  const verdict = verdictOn(task, effects);
  return { verdict, task, hasHappened: Object.values(timesDone(task, effects)).some((count) => count > 0) };
}

function verdictOn(task: TaskShown, effects: readonly LoggedEffect[]): Verdict {
  const times = timesDone(task, effects);
  const accuse = (why: string): never => {
    throw new Error(`${why}\n${tellTask(task)}\neffects: ${effects.map((effect) => JSON.stringify(effect)).join("\n         ")}`);
  };
  for (const [what, count] of Object.entries(times)) if (count > 1) accuse(`${what} happened ${count} times`);
  const never = Object.values(times).every((count) => count === 0);
  if (task.state === "done") return Object.values(times).every((count) => count === 1) ? "done" : accuse("done, but it did not happen");
  if (task.state !== "failed") return accuse(`it ended as ${task.state}`);
  if (task.failure?.code === "device-fault" && task.kind === "download" && never) return "transfer-failed";
  const isReadBack = task.transitions.some(({ to }) => to === "unknown");
  if (task.failure?.code === "not-done" && task.kind === "download" && isReadBack)
    return never ? "not-done" : accuse("not done, says the ACS, but it happened");
  if (task.failure?.code !== "outcome-unknown" || !task.failure.detail.startsWith("outcome unknown: "))
    return accuse("it failed, and does not say that its outcome is unknown");
  if (!isReadBack) return accuse("nothing was read back before it was given up");
  return "outcome-unknown";
}

/** How often each thing that the task orders was done in its name. */
function timesDone({ id, kind }: TaskShown, effects: readonly LoggedEffect[]): Readonly<Record<string, number>> {
  const count = (fits: (effect: LoggedEffect) => boolean): number => effects.filter(fits).length;
  switch (kind) {
    case "provision":
    case "rotatePassword":
    case "setParameterValues":
      return { set: count((effect) => effect.effect === "set" && effect.parameterKey === id) };
    case "reboot":
      return { reboot: count((effect) => effect.effect === "reboot" && effect.commandKey === id) };
    case "download":
      return {
        download: count((effect) => effect.effect === "download" && effect.commandKey === id),
        "apply-firmware": count((effect) => effect.effect === "apply-firmware" && effect.commandKey === id),
      };
    default:
      throw new RangeError(`no effects of ${kind} are known`);
  }
}

export function tellTask({ id, kind, state, sends, failure, transitions }: TaskShown): string {
  const steps = transitions.map(({ to, reason }) => `  ${to}: ${reason}`);
  return [`${kind} ${id} is ${state} after ${sends} sends${failure === null ? "" : ` (${failure.code})`}:`, ...steps].join("\n");
}
