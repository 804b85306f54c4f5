/**
 * Builds the upgrade service on the stores and the catalogue.
 * Layer: main.
 */
import type { Clock } from "../common/clock.js";
import type { Logger } from "../common/log.js";
import type { Stores } from "./stores/sqlite/open-stores.js";
import type { Catalogue } from "./upgrades/catalogue.js";
import { UpgradeService } from "./upgrades/upgrade-service.js";

export interface UpgradeParts {
  readonly stores: Pick<Stores, "devices" | "tasks" | "events" | "upgrades">;
  readonly catalogue: Catalogue;
  /** A task waits for this device. */
  readonly wake: (deviceId: string) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/** @param opened Takes what closes it. To be opened before devices are heard; `begin` is for when everything else is open. */
export async function openUpgrades({ stores, ...parts }: UpgradeParts, opened: (() => Promise<void>)[]): Promise<UpgradeService> {
  const { devices, tasks, events, upgrades } = stores;
  const servesSinceMs = parts.clock.now();
  const [newest] = await events.list({ limit: 1 });
  const outage = { fromMs: newest?.atMs ?? servesSinceMs, untilMs: servesSinceMs };
  const service = new UpgradeService({ devices, tasks, events, upgrades, servesSinceMs, outage, ...parts });
  opened.push(() => service.close());
  return service;
}
