/**
 * Builds the groups with what they can do to a device.
 * Layer: main.
 */
import type { Clock } from "../common/clock.js";
import type { Logger } from "../common/log.js";
import { openSecret, type SecretKey, sealSecret } from "../common/secret-box.js";
import type { DiagnosisService } from "./diagnoses/diagnosis-service.js";
import { diagnosisWork } from "./groups/diagnosis-work.js";
import { GroupService } from "./groups/group-service.js";
import { taskWork } from "./groups/task-work.js";
import { upgradeWork } from "./groups/upgrade-work.js";
import type { OrderTaskOptions } from "./order-task.js";
import type { Stores } from "./stores/sqlite/open-stores.js";
import type { Catalogue } from "./upgrades/catalogue.js";
import type { UpgradeService } from "./upgrades/upgrade-service.js";

export interface GroupParts {
  readonly stores: Pick<Stores, "groups" | "tags" | "events">;
  readonly orders: OrderTaskOptions;
  readonly upgrades: UpgradeService;
  readonly diagnoses: DiagnosisService;
  readonly catalogue: Catalogue;
  readonly key: SecretKey;
  readonly clock: Clock;
  readonly log: Logger;
}

/** @param opened Takes what closes it. Nothing goes on before `begin`. */
export function openGroups(parts: GroupParts, opened: (() => Promise<void>)[]): GroupService {
  const { stores, orders, upgrades, diagnoses, catalogue, key, clock, log } = parts;
  const { groups, tags, events } = stores;
  const service = new GroupService({
    ...{ groups, tags, events, clock, log },
    works: {
      task: taskWork(orders),
      upgrade: upgradeWork({ upgrades, catalogue }),
      diagnosis: diagnosisWork({ diagnoses, clock }),
    },
    seal: (secret, owner) => sealSecret(key, secret, owner),
    openSecret: (sealed, owner) => openSecret(key, sealed, owner),
  });
  opened.push(() => service.close());
  return service;
}
