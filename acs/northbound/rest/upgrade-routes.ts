/**
 * Orders, shows and aborts upgrades of devices. One is on disk before its answer leaves.
 * Layer: northbound.
 */
import { Router } from "@koa/router";
import { z } from "zod";
import type { Clock } from "../../../common/clock.js";
import { newId } from "../../../common/ids.js";
import { invalid, Problem } from "../../http/problem.js";
import { readJson, readQuery } from "../../http/read-json.js";
import type { DeviceStore } from "../../stores/device-store.js";
import { fileOf, policyOf } from "../../upgrades/asked-upgrade.js";
import { CATALOGUE_LIMITS } from "../../upgrades/catalogue.js";
import { DEFAULT_UPGRADE_POLICY, UPGRADE_LIMITS, type Upgrade, type UpgradeState } from "../../upgrades/upgrade.js";
import type { UpgradeRefusal, UpgradeService } from "../../upgrades/upgrade-service.js";
import { line, pageOf, queryInteger, queryList } from "./fields.js";
import { showUpgrade } from "./show-upgrade.js";

export interface UpgradeRoutesOptions {
  readonly devices: Pick<DeviceStore, "get">;
  readonly upgrades: Pick<UpgradeService, "startUpgrade" | "upgrade" | "list" | "abortUpgrade">;
  readonly clock: Clock;
}

const SECOND_MS = 1_000;
const UPGRADES_PER_PAGE = { default: 100, max: 1_000 } as const;
const STATES: Readonly<Record<UpgradeState, true>> = { running: true, done: true, failed: true, aborted: true };

export const seconds = (defaultMs: number) =>
  z
    .int()
    .min(1)
    .max(UPGRADE_LIMITS.deadlineMsMax / SECOND_MS)
    .default(defaultMs / SECOND_MS);

const ORDERED = DEFAULT_UPGRADE_POLICY;
const retry = z.strictObject({
  attempts: z.int().min(1).max(UPGRADE_LIMITS.attemptsMax).default(ORDERED.attemptsMax),
  afterS: seconds(ORDERED.retryAfterMs),
});

/** What of an upgrade's body says how it is to go. */
const upgradePolicyFields = {
  backup: z.boolean().default(ORDERED.backup),
  verifySip: z.boolean().default(ORDERED.verifySip),
  retry: retry.default({ attempts: ORDERED.attemptsMax, afterS: ORDERED.retryAfterMs / SECOND_MS }),
  callInWithinS: seconds(ORDERED.callInMs),
  returnWithinS: seconds(ORDERED.returnMs),
  sipWithinS: seconds(ORDERED.sipMs),
};

/** Of the request, and of the order of a group. */
export const upgradeBody = z.strictObject({
  ...upgradePolicyFields,
  fileId: z.string().max(64).optional(),
  version: line(1, CATALOGUE_LIMITS.versionCharactersMax).optional(),
});

const listQuery = z.strictObject({
  state: queryList(STATES).optional(),
  before: z.string().max(64).optional(),
  limit: queryInteger(1, UPGRADES_PER_PAGE.max).default(UPGRADES_PER_PAGE.default),
});

export function upgradeRoutes({ devices, upgrades, clock }: UpgradeRoutesOptions): Router {
  const known = async (id: string): Promise<Upgrade> => {
    const upgrade = await upgrades.upgrade(id);
    if (upgrade === undefined) throw new Problem("not-found", "there is no such upgrade");
    return upgrade;
  };
  return new Router()
    .post("/devices/:device/upgrades", async (ctx) => {
      const { device: deviceId } = ctx.params as { device: string };
      const body = await readJson(ctx, upgradeBody, clock);
      const id = newId(clock.now());
      const upgrade = await upgrades.startUpgrade({ id, deviceId, file: namedFile(body), policy: policyOf(body), causedBy: null });
      if ("refused" in upgrade) throw problemOf(upgrade, body);
      ctx.status = 202;
      ctx.set("Location", `/api/upgrades/${upgrade.id}`);
      ctx.body = showUpgrade(upgrade);
    })
    .get("/devices/:device/upgrades", async (ctx) => {
      const { device: deviceId } = ctx.params as { device: string };
      if ((await devices.get(deviceId)) === undefined) throw new Problem("not-found", "there is no such device");
      ctx.body = await listed(readQuery(ctx, listQuery), upgrades, { deviceId });
    })
    .get("/upgrades", async (ctx) => {
      ctx.body = await listed(readQuery(ctx, listQuery), upgrades, {});
    })
    .get("/upgrades/:upgrade", async (ctx) => {
      ctx.body = showUpgrade(await known((ctx.params as { upgrade: string }).upgrade));
    })
    .delete("/upgrades/:upgrade", async (ctx) => {
      const { id, state } = await known((ctx.params as { upgrade: string }).upgrade);
      if (state === "done" || state === "failed")
        throw new Problem("conflict", `only an upgrade that runs can be aborted; this one is ${state}`);
      await upgrades.abortUpgrade(id);
      ctx.body = showUpgrade(await known(id));
    });
}

type UpgradeBody = z.output<typeof upgradeBody>;

/** @throws {Problem} 422: none of the two, or both. */
function namedFile(body: UpgradeBody) {
  const file = fileOf(body);
  if ("field" in file) throw invalid([file]);
  return file;
}

function problemOf({ refused, detail }: UpgradeRefusal, { fileId }: UpgradeBody): Problem {
  if (refused === "device-unknown") return new Problem("not-found", detail);
  if (refused === "busy" || refused === "not-cwmp") return new Problem("conflict", detail);
  return invalid([{ field: fileId === undefined ? "version" : "fileId", detail }]);
}

async function listed(
  { state, before, limit }: z.output<typeof listQuery>,
  upgrades: UpgradeRoutesOptions["upgrades"],
  whose: { readonly deviceId?: string },
) {
  const found = await upgrades.list({
    ...{ ...whose, limit: limit + 1 },
    ...(state === undefined ? {} : { states: state }),
    ...(before === undefined ? {} : { beforeId: before }),
  });
  const { rows, next } = pageOf(found, limit, ({ id }) => id);
  return { upgrades: rows.map(showUpgrade), next };
}
