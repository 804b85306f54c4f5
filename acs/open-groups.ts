/**
 * Builds the groups with what they can do to a device.
 * Layer: main.
 */
import type { Clock } from "../common/clock.js";
import type { Logger } from "../common/log.js";
import { openSecret, type SecretKey, sealSecret } from "../common/secret-box.js";
import { GroupService } from "./groups/group-service.js";
import { taskWork } from "./groups/task-work.js";
import type { OrderTaskOptions } from "./order-task.js";
import type { Stores } from "./stores/sqlite/open-stores.js";

export interface GroupParts {
  readonly stores: Pick<Stores, "groups" | "tags" | "events">;
  readonly orders: OrderTaskOptions;
  readonly key: SecretKey;
  readonly clock: Clock;
  readonly log: Logger;
}

/** @param opened Takes what closes it. Nothing goes on before `begin`. */
export function openGroups(parts: GroupParts, opened: (() => Promise<void>)[]): GroupService {
  const { stores, orders, key, clock, log } = parts;
  const { groups, tags, events } = stores;
  const service = new GroupService({
    ...{ groups, tags, events, works: { task: taskWork(orders) }, clock, log },
    seal: (secret, owner) => sealSecret(key, secret, owner),
    openSecret: (sealed, owner) => openSecret(key, sealed, owner),
  });
  opened.push(() => service.close());
  return service;
}
