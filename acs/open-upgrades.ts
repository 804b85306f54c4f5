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

/** @param opened Takes what closes it. Call `begin` when everything else is open. */
export function openUpgrades({ stores, ...parts }: UpgradeParts, opened: (() => Promise<void>)[]): UpgradeService {
  const { devices, tasks, events, upgrades } = stores;
  const service = new UpgradeService({ devices, tasks, events, upgrades, servesSinceMs: parts.clock.now(), ...parts });
  opened.push(() => service.close());
  return service;
}
