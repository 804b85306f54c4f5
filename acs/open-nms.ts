/**
 * Builds voice-signalled management: the NMS server with what it answers from.
 * Layer: main.
 */
import type { Clock } from "../common/clock.js";
import { openSecret, type SecretKey, sealSecret } from "../common/secret-box.js";
import type { AcsConfig } from "./config.js";
import { ComputedUpgrades } from "./session/computed-upgrades.js";
import { NmsResponses } from "./session/nms-responses.js";
import { NmsService } from "./session/nms-service.js";
import type { TransferFiles } from "./session/session-services.js";
import type { ModelPolicies } from "./stores/model-policies.js";
import type { Stores } from "./stores/sqlite/open-stores.js";
import type { Catalogue } from "./upgrades/catalogue.js";
import type { NmsPlans } from "./wake/wake-planner.js";

export interface NmsParts {
  readonly stores: Pick<Stores, "devices" | "tasks" | "nms">;
  readonly catalogue: Catalogue;
  readonly files: TransferFiles;
  readonly models: ModelPolicies;
  readonly key: SecretKey;
  readonly clock: Clock;
}

export interface Nms {
  readonly service: NmsService;
  readonly responses: NmsResponses;
  readonly plans: NmsPlans;
}

export function openNms(config: AcsConfig, { stores, catalogue, files, models, key, clock }: NmsParts): Nms {
  const open = (sealed: string, owner: string): string => openSecret(key, sealed, owner);
  const responses = new NmsResponses({
    clock,
    modelPolicy: models.of,
    seal: (secret, owner) => sealSecret(key, secret, owner),
    openSecret: open,
    urlFor: (task) => files.urlFor(task),
    checksumOf: async (id) => (await catalogue.get(id))?.sha256 ?? null,
    urlLifetimeMs: config.ACS_FILE_URL_LIFETIME_MS,
  });
  const upgrades = new ComputedUpgrades({ devices: stores.devices, tasks: stores.tasks, catalogue, clock });
  const service = new NmsService({
    ...{ devices: stores.devices, tasks: stores.tasks, store: stores.nms, responses, upgrades, modelPolicy: models.of, clock },
    openSecret: open,
    policy: {
      rebootSettleMs: config.ACS_REBOOT_SETTLE_MS,
      downloadSettleMs: config.ACS_DOWNLOAD_SETTLE_MS,
      parametersSettleMs: config.ACS_NMS_SETTLE_MS,
      answerTimeoutMs: config.ACS_ANSWER_TIMEOUT_MS,
      unknownSettleMs: config.ACS_UNKNOWN_SETTLE_MS,
    },
  });
  const plans: NmsPlans = {
    hasWork: (device) => upgrades.isWanted(device),
    signalPolicy: ({ identity }) => models.of(identity),
  };
  return { service, responses, plans };
}
