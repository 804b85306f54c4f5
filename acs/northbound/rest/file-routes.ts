/**
 * The firmware catalogue: files in and out of it, and the version wanted for each model.
 * Layer: northbound.
 */
import { Router } from "@koa/router";
import { z } from "zod";
import type { Clock } from "../../../common/clock.js";
import { bodyChunks, type ChunkLimits } from "../../http/body-chunks.js";
import { invalid, Problem, refusedBody } from "../../http/problem.js";
import { readJson, readQuery } from "../../http/read-json.js";
import { CATALOGUE_LIMITS, type Catalogue } from "../../upgrades/catalogue.js";
import { line } from "./fields.js";
import { showFile } from "./show-file.js";

const UPLOAD_LIMITS: ChunkLimits = { bodyBytesMax: CATALOGUE_LIMITS.fileBytesMax, stalledMs: 30_000 };
/** Each writes to the disk as fast as it can. */
const UPLOADS_AT_ONCE_MAX = 4;

const uploadQuery = z.strictObject({
  name: z.string(),
  fileType: z.string(),
  model: z.string().default(""),
  version: z.string().default(""),
  /** With commas between. */
  appliesTo: z
    .string()
    .default("")
    .transform((text) => (text === "" ? [] : text.split(",").map((version) => version.trim()))),
  releaseNote: z.string().default(""),
  sha256: z.string().toLowerCase().default(""),
});
const noQuery = z.strictObject({});
const model = line(1, CATALOGUE_LIMITS.modelCharactersMax);
const wantedVersion = z.strictObject({ version: line(1, CATALOGUE_LIMITS.versionCharactersMax).nullable() });

export function fileRoutes({ catalogue, clock }: { readonly catalogue: Catalogue; readonly clock: Clock }): Router {
  let uploads = 0;
  return new Router()
    .post("/files", async (ctx) => {
      const { sha256: expectedSha256, ...told } = readQuery(ctx, uploadQuery);
      const description = { ...told, expectedSha256 };
      if (ctx.request.type !== "application/octet-stream") {
        throw new Problem("unsupported-media-type", "send the bytes with Content-Type: application/octet-stream");
      }
      const errors = catalogue.check(description);
      if (errors.length > 0) throw invalid(errors);
      if (uploads >= UPLOADS_AT_ONCE_MAX) throw new Problem("overloaded", "too many uploads at once");
      uploads += 1;
      const added = await catalogue.add(description, bodyChunks(ctx.req, UPLOAD_LIMITS, clock)).finally(() => {
        uploads -= 1;
      });
      if (added === "exists") throw new Problem("conflict", "a file of this type, model and version is in the catalogue");
      if (added === "too-large") throw refusedBody("too-large");
      if (added === "other-bytes") throw invalid([{ field: "sha256", detail: "is not that of the bytes that came" }]);
      if (added === "empty") throw invalid([{ field: "", detail: "is empty" }]);
      ctx.status = 201;
      ctx.set("Location", `/api/files/${added.id}`);
      ctx.body = showFile(added);
    })
    .get("/files", async (ctx) => {
      readQuery(ctx, noQuery);
      ctx.body = { files: (await catalogue.list()).map(showFile) };
    })
    .get("/files/:file", async (ctx) => {
      const file = await catalogue.get(paramOf(ctx.params, "file"));
      if (file === undefined) throw new Problem("not-found", "there is no such file");
      ctx.body = showFile(file);
    })
    .delete("/files/:file", async (ctx) => {
      if ((await catalogue.remove(paramOf(ctx.params, "file"))) === "unknown") throw new Problem("not-found", "there is no such file");
      ctx.status = 204;
    })
    .get("/models", async (ctx) => {
      readQuery(ctx, noQuery);
      ctx.body = { models: (await catalogue.wantedVersions()).map((row) => ({ model: row.model, wantedVersion: row.version })) };
    })
    .get("/models/:model/wanted-version", async (ctx) => {
      ctx.body = { version: (await catalogue.wantedVersion(modelOf(ctx.params))) ?? null };
    })
    .put("/models/:model/wanted-version", async (ctx) => {
      const { version } = await readJson(ctx, wantedVersion, clock);
      await catalogue.setWantedVersion(modelOf(ctx.params), version);
      ctx.body = { version };
    });
}

function paramOf(params: unknown, name: "file" | "model"): string {
  return (params as Readonly<Record<string, string>>)[name] ?? "";
}

function modelOf(params: unknown): string {
  const { success, data } = model.safeParse(paramOf(params, "model"));
  if (!success) throw invalid([{ field: "model", detail: `must be text of 1 to ${CATALOGUE_LIMITS.modelCharactersMax} characters` }]);
  return data;
}
