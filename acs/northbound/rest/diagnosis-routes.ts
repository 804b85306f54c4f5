/**
 * Starts, lists, shows and cancels diagnoses. One is on disk before its answer leaves.
 * Spec: CN 103067208 B; docs/decisions/0025-a-diagnosis-is-a-chain-of-tasks.md. Layer: northbound.
 */
import { Router } from "@koa/router";
import type { Context } from "koa";
import { z } from "zod";
import type { Clock } from "../../../common/clock.js";
import { newId } from "../../../common/ids.js";
import type { DiagnosisService, StartOutcome } from "../../diagnoses/diagnosis-service.js";
import { DIAGNOSIS_LIMITS, type Diagnosis } from "../../diagnostics/diagnosis.js";
import { REGISTRATION_TEST } from "../../diagnostics/named-tests.js";
import { LANGUAGES } from "../../diagnostics/texts/advice.js";
import { invalid, Problem } from "../../http/problem.js";
import { readJson, readQuery } from "../../http/read-json.js";
import type { DeviceStore } from "../../stores/device-store.js";
import type { EndWatch } from "./end-watch.js";
import { line, pageOf, queryInteger, waitS } from "./fields.js";
import { showDiagnosis } from "./show-diagnosis.js";

export interface DiagnosisRoutesOptions {
  readonly devices: Pick<DeviceStore, "get">;
  readonly diagnoses: Pick<DiagnosisService, "start" | "get" | "list" | "cancel">;
  readonly watch: Pick<EndWatch<Diagnosis>, "untilEnded">;
  readonly clock: Clock;
}

const DIAGNOSES_PER_PAGE = { default: 50, max: 500 } as const;
const EXPIRES_IN_S_MAX = 31 * 86_400;
const VOICE_PORT_TEST = "voice-port";

const unit = z.union([z.int().min(1), line(1, 256)]);
/** Of the request, and of the order of a group. */
export const newDiagnosis = z.strictObject({
  test: z.string().max(64),
  line: unit.optional(),
  port: unit.optional(),
  path: line(1, 256).optional(),
  arguments: z.record(z.string().max(128), z.union([z.string(), z.number(), z.boolean(), z.array(z.string()).max(64)])).optional(),
  timeoutS: z.int().optional(),
  priority: z.int().min(0).max(9).optional(),
  expiresInS: z.int().min(1).max(EXPIRES_IN_S_MAX).optional(),
});
const lang = { lang: z.enum(LANGUAGES).optional() };
const shownQuery = z.strictObject(lang);
const waitQuery = z.strictObject({ ...lang, wait: waitS });
const listQuery = z.strictObject({
  ...lang,
  test: z.string().max(64).optional(),
  line: line(1, 256).optional(),
  port: line(1, 256).optional(),
  before: z.string().max(64).optional(),
  limit: queryInteger(1, DIAGNOSES_PER_PAGE.max).default(DIAGNOSES_PER_PAGE.default),
});

export function diagnosisRoutes({ devices, diagnoses, watch, clock }: DiagnosisRoutesOptions): Router {
  const known = async (ctx: Context): Promise<Diagnosis> => {
    const { device, diagnosis } = ctx["params"] as { device: string; diagnosis: string };
    const found = await diagnoses.get(diagnosis);
    if (found?.deviceId !== device) throw new Problem("not-found", "this device has no such diagnosis");
    return found;
  };
  const awaited = async (ctx: Context, diagnosis: Diagnosis, waitingS: number): Promise<Diagnosis> => {
    const gone = new AbortController();
    ctx.res.once("close", () => gone.abort());
    const now = await watch.untilEnded(diagnosis, waitingS * 1_000, gone.signal);
    if (now === undefined) throw new Problem("not-found", "the device was removed, and the diagnosis with it");
    return now;
  };
  return new Router({ prefix: "/devices/:device/diagnoses" })
    .post("/", async (ctx) => {
      const { device: deviceId } = ctx.params as { device: string };
      const { lang: language, wait } = readQuery(ctx, waitQuery);
      const { expiresInS, ...asked } = await readJson(ctx, newDiagnosis, clock);
      const nowMs = clock.now();
      const expiresAtMs = expiresInS === undefined ? undefined : nowMs + expiresInS * 1_000;
      const started = startedOf(await diagnoses.start({ id: newId(nowMs), deviceId, ...asked, expiresAtMs }));
      const diagnosis = await awaited(ctx, started, wait);
      ctx.status = diagnosis.state === "running" ? 202 : 200;
      ctx.set("Location", `/api/devices/${encodeURIComponent(deviceId)}/diagnoses/${diagnosis.id}`);
      ctx.body = showDiagnosis(diagnosis, language);
    })
    .get("/", async (ctx) => {
      const { device: deviceId } = ctx.params as { device: string };
      const query = readQuery(ctx, listQuery);
      if ((await devices.get(deviceId)) === undefined) throw new Problem("not-found", "there is no such device");
      const { rows, next } = await page(deviceId, query, diagnoses);
      ctx.body = { diagnoses: rows.map((one) => showDiagnosis(one, query.lang)), next };
    })
    .get("/:diagnosis", async (ctx) => {
      const { lang: language, wait } = readQuery(ctx, waitQuery);
      ctx.body = showDiagnosis(await awaited(ctx, await known(ctx), wait), language);
    })
    .delete("/:diagnosis", async (ctx) => {
      const { lang: language } = readQuery(ctx, shownQuery);
      const diagnosis = await canceled(await known(ctx), diagnoses);
      ctx.status = diagnosis.state === "running" ? 202 : 200;
      ctx.body = showDiagnosis(diagnosis, language);
    });
}

/** @throws {Problem} 404, 409 or 422. */
function startedOf(outcome: StartOutcome): Diagnosis {
  switch (outcome.kind) {
    case "started":
    case "known":
      return outcome.diagnosis;
    case "busy": {
      const { id, wish } = outcome.diagnosis;
      const what = wish.unit === null ? wish.test : `${wish.test} of ${wish.unit}`;
      throw new Problem("conflict", `${what} is running already: diagnosis ${id}; wait for its end, or DELETE it`);
    }
    case "refused":
      throw invalid(outcome.errors);
    case "unknown-device":
      throw new Problem("not-found", "there is no such device");
    case "too-many":
      throw new Problem("conflict", `the device has ${DIAGNOSIS_LIMITS.openPerDeviceMax} running diagnoses, or too many unfinished tasks`);
  }
}

async function page(
  deviceId: string,
  { test, line: ofLine, port, before, limit }: z.output<typeof listQuery>,
  diagnoses: DiagnosisRoutesOptions["diagnoses"],
) {
  if (ofLine !== undefined && port !== undefined) throw invalid([{ field: "port", detail: "can't be given together with line" }]);
  const ofTest = test ?? (ofLine !== undefined ? REGISTRATION_TEST : port !== undefined ? VOICE_PORT_TEST : undefined);
  const filter = {
    ...{ deviceId, limit: limit + 1 },
    ...(ofTest === undefined ? {} : { test: ofTest }),
    ...(before === undefined ? {} : { beforeId: before }),
  };
  return pageOf(await diagnoses.list(filter, ofLine ?? port), limit, ({ id }) => id);
}

async function canceled({ id, state }: Diagnosis, diagnoses: DiagnosisRoutesOptions["diagnoses"]): Promise<Diagnosis> {
  const canceledNow = await diagnoses.cancel(id);
  if (canceledNow === "unknown") throw new Problem("not-found", "this device has no such diagnosis");
  if (canceledNow === "ended") throw new Problem("conflict", `only a running diagnosis can be cancelled; this one is over (${state})`);
  return canceledNow;
}
