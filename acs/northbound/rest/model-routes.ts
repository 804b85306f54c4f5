/**
 * How the devices of a model want to be spoken to, and what they taught.
 * Spec: cwmp.md 12 rows 13-15, 21, 23, 25, 31, 38, 48, 53, 54. Layer: northbound.
 */
import { Router } from "@koa/router";
import { z } from "zod";
import type { Clock } from "../../../common/clock.js";
import { restartsDevice, wakeProfile } from "../../../schemas/wake-contract.js";
import { WAKE_PROFILE_NAMES } from "../../../schemas/wake-profiles.js";
import { LORE_LIMITS, type ModelLore, NO_LORE } from "../../devices/model-lore.js";
import { DEFAULT_MODEL_POLICY } from "../../devices/model-policy.js";
import { Problem } from "../../http/problem.js";
import { readJson } from "../../http/read-json.js";
import type { ModelLores } from "../../stores/model-lores.js";
import type { ModelPolicies } from "../../stores/model-policies.js";
import { TASK_LIMITS } from "../../tasks/task.js";
import { showTime } from "./fields.js";

export interface ModelRoutesOptions {
  readonly models: ModelPolicies;
  readonly lores: ModelLores;
  readonly clock: Clock;
}

/** Six hex digits, a dash, a product class of TR-069 A.3.3.1 (it may be empty). */
const MODEL = /^[0-9A-F]{6}-.{0,64}$/;
const NAMES_PER_GET_MAX = 1_000;
const LEAVES_MAX = 100_000;
const NMS_SIGNAL_INTERVAL_S_MAX = 86_400;
const NMS_SIGNAL_REGISTRATIONS_MAX = 1_000;

const wakeBody = z
  .strictObject({ profile: z.enum(WAKE_PROFILE_NAMES).optional(), ...wakeProfile.omit({ requestsReceived: true }).shape })
  .refine(({ allowsReboot = false, events = [] }) => allowsReboot || !events.some(restartsDevice), {
    path: ["events"],
    error: "has a value that restarts devices; that needs allowsReboot: true",
  });

/** What is left out takes its default again. */
const policyBody = z.strictObject({
  namesPerGetMax: z.int().min(1).max(NAMES_PER_GET_MAX).default(DEFAULT_MODEL_POLICY.namesPerGetMax),
  valuesPerSetMax: z.int().min(1).max(TASK_LIMITS.valuesPerTaskMax).default(DEFAULT_MODEL_POLICY.valuesPerSetMax),
  leavesPerSubtreeMax: z.int().min(0).max(LEAVES_MAX).default(DEFAULT_MODEL_POLICY.leavesPerSubtreeMax),
  trustsWritable: z.boolean().default(DEFAULT_MODEL_POLICY.trustsWritable),
  booleans: z.enum(["digits", "words"]).default(DEFAULT_MODEL_POLICY.booleans),
  dateTimeFractions: z.boolean().default(DEFAULT_MODEL_POLICY.dateTimeFractions),
  xmlDeclaration: z.boolean().default(DEFAULT_MODEL_POLICY.xmlDeclaration),
  asksEmptyPath: z.boolean().default(DEFAULT_MODEL_POLICY.asksEmptyPath),
  nonceReuse: z.enum(["never", "on-connection", "always"]).default(DEFAULT_MODEL_POLICY.nonceReuse),
  basicConnectionRequests: z.enum(["as-configured", "never", "tls", "always"]).default(DEFAULT_MODEL_POLICY.basicConnectionRequests),
  downloadEndsAtBoot: z.boolean().default(DEFAULT_MODEL_POLICY.downloadEndsAtBoot),
  nmsFormat: z.enum(["document", "extended"]).default(DEFAULT_MODEL_POLICY.nmsFormat),
  nmsSignal: z.enum(["immediately", "interval", "registrations"]).default(DEFAULT_MODEL_POLICY.nmsSignal),
  nmsSignalIntervalS: z.int().min(1).max(NMS_SIGNAL_INTERVAL_S_MAX).default(DEFAULT_MODEL_POLICY.nmsSignalIntervalS),
  nmsSignalRegistrations: z.int().min(1).max(NMS_SIGNAL_REGISTRATIONS_MAX).default(DEFAULT_MODEL_POLICY.nmsSignalRegistrations),
  wake: wakeBody.default({}),
});

export function modelRoutes({ models, lores, clock }: ModelRoutesOptions): Router {
  return new Router({ prefix: "/models/:model" })
    .get("/policy", async (ctx) => {
      ctx.body = await models.get(modelIn(ctx.params));
    })
    .put("/policy", async (ctx) => {
      const model = modelIn(ctx.params);
      const policy = await readJson(ctx, policyBody, clock);
      await models.set(model, policy);
      ctx.body = policy;
    })
    .get("/learnt", async (ctx) => {
      ctx.body = showLore(await lores.get(modelIn(ctx.params)));
    })
    .delete("/learnt", async (ctx) => {
      await lores.change(modelIn(ctx.params), () => NO_LORE);
      ctx.status = 204;
    });
}

function showLore({ types, methods }: ModelLore) {
  return {
    types: types.map(({ path, type, deviceId, atMs }) => ({ path, type, device: deviceId, at: showTime(atMs) })),
    missingMethods: methods.map(({ method, softwareVersion, witnesses }) => ({
      method,
      softwareVersion,
      toldBy: witnesses.map(({ deviceId, atMs }) => ({ device: deviceId, at: showTime(atMs) })),
      believedOfAll: witnesses.length >= LORE_LIMITS.witnesses,
    })),
  };
}

function modelIn(params: unknown): string {
  const { model } = params as { readonly model: string };
  if (!MODEL.test(model)) throw new Problem("not-found", "a model is named OUI-ProductClass, like 00D09E-HG1");
  return model;
}
