/**
 * What is too old is removed, while the ACS runs.
 * Layer: main.
 */
import type { Clock } from "../common/clock.js";
import type { Logger } from "../common/log.js";
import type { AcsConfig } from "./config.js";
import type { Stores } from "./stores/sqlite/open-stores.js";
import type { ReceivedFiles } from "./upgrades/received-files.js";

const RETENTION = { everyMs: 600_000, batch: 1_000, filesBatch: 100 };

interface Retained extends Pick<Stores, "events" | "tasks" | "upgrades" | "groups"> {
  readonly received: ReceivedFiles;
}

/** Removes events, finished tasks and received files that are too old, a batch at a time, so that writers are not held up. */
export function startRetention(
  { events, tasks, upgrades, groups, received }: Retained,
  config: AcsConfig,
  clock: Clock,
  log: Logger,
): () => Promise<void> {
  let stopped = false;
  let cancel: () => void = () => undefined;
  let running = Promise.resolve();
  const prune = async (): Promise<void> => {
    while (!stopped && (await events.prune(clock.now() - config.ACS_EVENT_RETENTION_MS, RETENTION.batch)) === RETENTION.batch);
    while (!stopped && (await tasks.prune(clock.now() - config.ACS_TASK_RETENTION_MS, RETENTION.batch)) >= RETENTION.batch);
    while (!stopped && (await upgrades.prune(clock.now() - config.ACS_TASK_RETENTION_MS, RETENTION.batch)) >= RETENTION.batch);
    while (!stopped && (await groups.prune(clock.now() - config.ACS_TASK_RETENTION_MS, RETENTION.batch)) >= RETENTION.batch);
    while (!stopped && (await received.prune(RETENTION.filesBatch)) === RETENTION.filesBatch);
  };
  const again = (): void => {
    running = prune().catch((error: unknown) => log.error({ err: error }, "what is old could not be removed"));
    void running.then(() => {
      if (!stopped) cancel = clock.after(RETENTION.everyMs, again);
    });
  };
  cancel = clock.after(RETENTION.everyMs, again);
  return async () => {
    stopped = true;
    cancel();
    await running;
  };
}
