/**
 * What is remembered of a device's parameters, page by page.
 * Layer: northbound.
 */
import { Router } from "@koa/router";
import { z } from "zod";
import type { TreeEntry } from "../../devices/parameter-tree.js";
import { Problem } from "../../http/problem.js";
import { readQuery } from "../../http/read-json.js";
import type { DeviceStore } from "../../stores/device-store.js";
import { pageOf, queryInteger, showTime } from "./fields.js";
import { hideSecret } from "./show-task.js";

const ENTRIES_PER_PAGE = { default: 500, max: 5_000 } as const;

const treeQuery = z.strictObject({
  path: z.string().max(256).default(""),
  after: z.string().max(256).optional(),
  limit: queryInteger(1, ENTRIES_PER_PAGE.max).default(ENTRIES_PER_PAGE.default),
});

export function treeRoutes({ devices }: { readonly devices: DeviceStore }): Router {
  return new Router().get("/devices/:device/tree", async (ctx) => {
    const { device } = ctx.params as { device: string };
    const { path, after, limit } = readQuery(ctx, treeQuery);
    if ((await devices.get(device)) === undefined) throw new Problem("not-found", "there is no such device");
    const entries = await devices.tree(device, path, { limit: limit + 1, ...(after === undefined ? {} : { after }) });
    const { rows, next } = pageOf(entries, limit, ({ name }) => name);
    ctx.body = { entries: rows.map(showEntry), next };
  });
}

function showEntry({ readAtMs, changedAtMs, cause, ...entry }: TreeEntry) {
  return hideSecret({ ...entry, readAt: showTime(readAtMs), changedAt: showTime(changedAtMs), cause });
}
