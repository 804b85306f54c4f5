/**
 * The files that a device has uploaded: list, show, download, remove.
 * Layer: northbound.
 */
import { Readable } from "node:stream";
import { Router } from "@koa/router";
import type { Context } from "koa";
import { z } from "zod";
import { Problem } from "../../http/problem.js";
import { readQuery } from "../../http/read-json.js";
import type { DeviceStore } from "../../stores/device-store.js";
import type { ReceivedFile } from "../../stores/received-file-store.js";
import type { ReceivedFiles } from "../../upgrades/received-files.js";
import { fileNameOf } from "../../upgrades/transfer-links.js";
import { pageOf, queryInteger, showTime } from "./fields.js";

export interface ReceivedFileRoutesOptions {
  readonly devices: Pick<DeviceStore, "get">;
  readonly received: Pick<ReceivedFiles, "get" | "list" | "read" | "remove">;
}

const FILES_PER_PAGE = { default: 100, max: 1_000 } as const;

const listQuery = z.strictObject({
  before: z.string().max(64).optional(),
  limit: queryInteger(1, FILES_PER_PAGE.max).default(FILES_PER_PAGE.default),
});

export function receivedFileRoutes({ devices, received }: ReceivedFileRoutesOptions): Router {
  const known = async (ctx: Context): Promise<ReceivedFile> => {
    const { device, file } = ctx["params"] as { device: string; file: string };
    const found = await received.get(file);
    if (found === undefined || found.deviceId !== device) throw noFile();
    return found;
  };
  return new Router({ prefix: "/devices/:device/files" })
    .get("/", async (ctx) => {
      const { device } = ctx.params as { device: string };
      if ((await devices.get(device)) === undefined) throw new Problem("not-found", "there is no such device");
      const { before, limit } = readQuery(ctx, listQuery);
      const found = await received.list(device, { limit: limit + 1, ...(before === undefined ? {} : { beforeId: before }) });
      const { rows, next } = pageOf(found, limit, ({ id }) => id);
      ctx.body = { files: rows.map(showReceivedFile), next };
    })
    .get("/:file", async (ctx) => {
      ctx.body = showReceivedFile(await known(ctx));
    })
    .get("/:file/content", async (ctx) => {
      const file = await known(ctx);
      ctx.attachment(savedName(file));
      ctx.type = "application/octet-stream";
      ctx.length = file.sizeBytes;
      // What does not open breaks the answer off: it never looks whole.
      ctx.body = Readable.from(await received.read(file));
    })
    .delete("/:file", async (ctx) => {
      if ((await received.remove(await known(ctx))) === "unknown") throw noFile();
      ctx.status = 204;
    });
}

const noFile = (): Problem => new Problem("not-found", "this device has no such file");

/** Nothing of it is the device's choice; the id keeps two downloads apart. */
function savedName({ id, fileType, contentCoding }: ReceivedFile): string {
  return `${id}-${fileNameOf(fileType)}${contentCoding === "gzip" ? ".gz" : ""}`;
}

function showReceivedFile({ id, taskId, fileType, sizeBytes, sha256, contentCoding, receivedAtMs }: ReceivedFile) {
  return { id, taskId, fileType, sizeBytes, sha256, contentCoding, receivedAt: showTime(receivedAtMs) };
}
