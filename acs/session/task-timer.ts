/**
 * Watches the clock for tasks: queued ones expire, accepted ones that report nothing are read back or given up.
 * Layer: session shell; the decision is settleByTime in tasks/settle.ts.
 */
import type { Clock } from "../../common/clock.js";
import type { Logger } from "../../common/log.js";
import type { TaskStore } from "../stores/task-store.js";
import type { BroughtFile } from "../tasks/own-upload.js";
import { type DeadlinePolicy, settleByTime } from "../tasks/settle.js";
import type { Task } from "../tasks/task.js";
import { taskChanged } from "../tasks/task-event.js";

export interface TaskTimerOptions {
  readonly tasks: TaskStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly policy: DeadlinePolicy;
  /** What an upload to us has brought; null for other tasks. */
  readonly broughtBy: (task: Task) => Promise<BroughtFile | null>;
  /** A task became unknown: its device should be asked. */
  readonly wake: (deviceId: string) => void;
  /** The longest time between two looks: tasks that others add are noticed by then. */
  readonly pollMs: number;
}

const PAGE = 200;

/** @returns the function that stops it, when the look under way has ended. */
export function startTaskTimer({ tasks, clock, log, policy, broughtBy, wake, pollMs }: TaskTimerOptions): () => Promise<void> {
  let stopped = false;
  let cancel: () => void = () => undefined;
  let running = Promise.resolve();

  const settleDue = async (): Promise<void> => {
    for (;;) {
      const nowMs = clock.now();
      const due = await tasks.due(nowMs, PAGE);
      for (const task of due) {
        const change = settleByTime(task, nowMs, policy, await broughtBy(task));
        const stored = await tasks.change(task.id, task.revision, change, { events: [taskChanged(task, change)] });
        if (typeof stored !== "string" && stored.state === "unknown") wake(task.deviceId);
      }
      if (due.length < PAGE || stopped) return;
    }
  };
  const schedule = async (): Promise<void> => {
    await settleDue();
    const nextMs = (await tasks.nextDueMs(clock.now())) ?? Number.POSITIVE_INFINITY;
    if (!stopped) cancel = clock.after(Math.min(Math.max(nextMs - clock.now(), 0), pollMs), start);
  };
  const start = (): void => {
    running = schedule().catch((error: unknown) => {
      log.error({ err: error }, "tasks could not be timed");
      if (!stopped) cancel = clock.after(pollMs, start);
    });
  };
  start();
  return async () => {
    stopped = true;
    cancel();
    await running;
  };
}
