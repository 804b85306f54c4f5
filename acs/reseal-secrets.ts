/**
 * Everything that is sealed, under another key: before the ACS serves anybody, a page at a time. A secret that is under the new key already
 * is left, so that a start that died in the middle is simply begun again. Layer: main.
 */
import { join } from "node:path";
import type { Logger } from "../common/log.js";
import { openSecret, SecretBoxError, type SecretKey, sealSecret } from "../common/secret-box.js";
import type { Device } from "./devices/device.js";
import { ruleSecretOwner } from "./devices/enrolment.js";
import { groupSecretOwner } from "./groups/group.js";
import type { Resealed } from "./stores/sealed-store.js";
import type { Stores } from "./stores/sqlite/open-stores.js";
import { resealProgress } from "./tasks/nms-prepared.js";
import { resealOrder } from "./tasks/seal-order.js";
import { resealReceived } from "./upgrades/reseal-received.js";

export interface ResealOptions {
  readonly dataDir: string;
  readonly stores: Stores;
  readonly from: SecretKey;
  readonly to: SecretKey;
  readonly log: Logger;
}

/** Settings that hold a sealed secret; each is its own owner. */
export const SEALED_SETTINGS = { fileUrlKey: "sealed-file-url-key" } as const;

/** Devices or tasks looked at in one go. */
const PAGE = 200;
const NOTHING: Resealed = { devices: [], tasks: [], rules: [], groups: [] };

/** What opens with neither key is damaged: it is told, and left as it is. */
export async function resealSecrets({ dataDir, stores, from, to, log }: ResealOptions): Promise<void> {
  let count = 0;
  const reseal = (sealed: string, owner: string): string => {
    if (opens(to, sealed, owner)) return sealed;
    if (!opens(from, sealed, owner)) {
      log.error({ owner }, "a sealed secret opens with neither key, and is left as it is");
      return sealed;
    }
    count++;
    return sealSecret(to, openSecret(from, sealed, owner), owner);
  };
  const received = await resealReceived({ directory: join(dataDir, "received"), store: stores.received, from, to });
  for (const id of received.damaged) log.error({ id }, "a received file opens with neither key, and is left as it is");
  await resealDevices(stores, reseal);
  await resealTasks(stores, reseal);
  await resealRules(stores, reseal);
  await resealGroups(stores, reseal);
  await resealSettings(stores, reseal);
  log.info({ secrets: count, files: received.count }, "all secrets are sealed with the new key: ACS_SECRETS_KEY_PREVIOUS can go");
}

type Reseal = (sealed: string, owner: string) => string;

async function resealDevices({ devices, sealed }: Stores, reseal: Reseal): Promise<void> {
  let page = await devices.list({ limit: PAGE });
  for (; page.length > 0; page = await devices.list({ limit: PAGE, afterId: page.at(-1)?.id ?? "" }))
    await sealed.replace({ ...NOTHING, devices: page.map((device) => resealDevice(device, reseal)) });
}

function resealDevice(
  { id, password, connectionRequest, pendingPassword, factoryCredentials }: Device,
  reseal: Reseal,
): Resealed["devices"][number] {
  return {
    id,
    password: reseal(password, id),
    connectionPassword: reseal(connectionRequest.password, id),
    pendingPassword: pendingPassword === null ? null : reseal(pendingPassword.password, id),
    factoryPassword: factoryCredentials === null ? null : reseal(factoryCredentials.password, id),
  };
}

/** Finished ones, too: they can be retried. */
async function resealTasks({ tasks, sealed }: Stores, reseal: Reseal): Promise<void> {
  let page = await tasks.list({ limit: PAGE });
  for (; page.length > 0; page = await tasks.list({ limit: PAGE, beforeId: page.at(-1)?.id ?? "" })) {
    const changed = page.flatMap(({ id, deviceId, order, progress }) => {
      const resealed = resealOrder(order, (secret) => reseal(secret, deviceId));
      const kept = resealProgress(progress, (secret) => reseal(secret, deviceId));
      return resealed === order && kept === progress ? [] : [{ id, order: resealed, progress: kept }];
    });
    if (changed.length > 0) await sealed.replace({ ...NOTHING, tasks: changed });
  }
}

async function resealRules({ enrolment, sealed }: Stores, reseal: Reseal): Promise<void> {
  const rules = (await enrolment.rules()).flatMap(({ id, password }) =>
    password === null ? [] : [{ id, password: reseal(password, ruleSecretOwner(id)) }],
  );
  if (rules.length > 0) await sealed.replace({ ...NOTHING, rules });
}

async function resealGroups({ groups, sealed }: Stores, reseal: Reseal): Promise<void> {
  let page = await groups.orders({ limit: PAGE });
  for (; page.length > 0; page = await groups.orders({ limit: PAGE, afterId: page.at(-1)?.id ?? "" }))
    await sealed.replace({ ...NOTHING, groups: page.map(({ id, order }) => ({ id, order: reseal(order, groupSecretOwner(id)) })) });
}

async function resealSettings({ settings }: Stores, reseal: Reseal): Promise<void> {
  for (const name of Object.values(SEALED_SETTINGS)) {
    const sealed = await settings.get(name);
    if (sealed !== undefined) await settings.set(name, reseal(sealed, name));
  }
}

function opens(key: SecretKey, sealed: string, owner: string): boolean {
  try {
    openSecret(key, sealed, owner);
    return true;
  } catch (error) {
    if (error instanceof SecretBoxError) return false;
    throw error;
  }
}
