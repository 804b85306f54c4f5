/**
 * What is remembered of a device's parameters, page by page.
 * Layer: northbound.
 */
import { Router } from "@koa/router";
import { z } from "zod";
import { hasWildcard } from "../../cwmp/path-segments.js";
import type { Device } from "../../devices/device.js";
import type { TreeEntry } from "../../devices/parameter-tree.js";
import { invalid, Problem } from "../../http/problem.js";
import { readQuery } from "../../http/read-json.js";
import { addressKnowledge } from "../../stores/address-knowledge.js";
import type { DeviceStore } from "../../stores/device-store.js";
import { nameInTree } from "../../tasks/addressing.js";
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
    const found = await devices.get(device);
    if (found === undefined) throw new Problem("not-found", "there is no such device");
    const entries = await devices.tree(device, await stored(path, found, devices), {
      limit: limit + 1,
      ...(after === undefined ? {} : { after }),
    });
    const { rows, next } = pageOf(entries, limit, ({ name }) => name);
    ctx.body = { entries: rows.map(showEntry), next };
  });
}

/** The tree has rows by number or by alias, as the device tells them: a row may be asked for by its alias either way. */
async function stored(path: string, device: Device, devices: DeviceStore): Promise<string> {
  if (hasWildcard(path)) throw invalid([{ field: "path", detail: "has a wildcard; give the path of the table" }]);
  return nameInTree(path, await addressKnowledge(devices, device, [path]));
}

function showEntry({ readAtMs, changedAtMs, cause, ...entry }: TreeEntry) {
  return hideSecret({ ...entry, readAt: showTime(readAtMs), changedAt: showTime(changedAtMs), cause });
}
