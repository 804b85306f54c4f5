/**
 * The body that asks for a task: its shape. What it means for the device is judged by acs/tasks/check-order.ts.
 * Layer: northbound.
 */
import { z } from "zod";
import { type FieldError, fieldError } from "../../../common/field-error.js";
import { DIAGNOSTIC_ARGUMENTS_MAX } from "../../tasks/check-diagnostic.js";
import { TASK_LIMITS } from "../../tasks/task.js";
import { line } from "./fields.js";

/** A hundred years: what is longer is a mistake in the unit. */
const EXPIRES_IN_S_MAX = 3_153_600_000;
const DEFAULT_PRIORITY = 5;

/** Numbers and booleans are written as CWMP wants them; fractions have no type in CWMP. */
const value = z
  .custom<string | number | boolean>(
    (given) => typeof given === "string" || typeof given === "boolean" || Number.isSafeInteger(given),
    "must be text, an integer, or true or false",
  )
  .transform(String);

const wantedValue = z.strictObject({ name: z.string(), value, type: z.string().max(64).optional() });

const common = {
  priority: z.int().min(0).max(9).default(DEFAULT_PRIORITY),
  expiresInS: z.int().min(1).max(EXPIRES_IN_S_MAX).optional(),
  expiresAt: z.iso.datetime({ offset: true, error: 'must be a time with zone, like "2030-01-01T00:00:00Z"' }).optional(),
};

const names = z.array(z.string()).max(TASK_LIMITS.namesPerTaskMax);

const file = {
  catalogueId: z.string().max(64).optional(),
  receivedFileId: z.string().max(64).optional(),
  url: z.string().optional(),
  fileType: z.string().optional(),
  fileSizeBytes: z.int().optional(),
  targetFileName: z.string().optional(),
  version: line(1, 64).optional(),
};

const timeWindow = z.strictObject({
  startS: z.int(),
  endS: z.int(),
  mode: z.string(),
  userMessage: z.string().optional(),
  maxRetries: z.int().optional(),
});

const operation = z.strictObject({
  operation: z.enum(["Install", "Update", "Uninstall"]),
  url: z.string().optional(),
  uuid: z.string().optional(),
  version: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  executionEnvRef: z.string().optional(),
});

function ofKind<K extends string, F extends z.ZodRawShape>(kind: K, fields: F) {
  return z.strictObject({ ...common, kind: z.literal(kind), ...fields });
}

export const taskBody = z.discriminatedUnion("kind", [
  ofKind("getParameterValues", { names }),
  ofKind("setParameterValues", {
    values: z.array(wantedValue).max(TASK_LIMITS.valuesPerTaskMax),
    onFault: z.enum(["fail", "set-the-rest"]).optional(),
    verify: z.boolean().optional(),
  }),
  ofKind("getParameterNames", { path: z.string(), nextLevel: z.boolean().optional() }),
  ofKind("refresh", { path: z.string() }),
  ofKind("getParameterAttributes", { names }),
  ofKind("setParameterAttributes", {
    attributes: z
      .array(z.strictObject({ name: z.string(), notification: z.int().optional(), accessList: z.array(z.string()).optional() }))
      .max(TASK_LIMITS.namesPerTaskMax),
  }),
  ofKind("addObject", { path: z.string() }),
  ofKind("deleteObject", { path: z.string() }),
  ofKind("reboot", {}),
  ofKind("factoryReset", {}),
  ofKind("rotatePassword", {}),
  ofKind("scheduleInform", { delayS: z.int() }),
  ofKind("download", { ...file, downloadMethod: z.string().max(16).optional() }),
  ofKind("scheduleDownload", { ...file, windows: z.array(timeWindow) }),
  ofKind("upload", {
    fileType: z.string(),
    url: z.string().optional(),
    username: z.string().optional(),
    password: z.string().optional(),
    delayS: z.int().optional(),
  }),
  ofKind("cancelTransfer", { commandKey: z.string() }),
  ofKind("getQueuedTransfers", {}),
  ofKind("getRpcMethods", {}),
  ofKind("diagnostic", {
    path: z.string(),
    arguments: z.array(wantedValue).max(DIAGNOSTIC_ARGUMENTS_MAX).default([]),
    timeoutS: z.int().optional(),
  }),
  ofKind("changeDUState", { operations: z.array(operation).max(TASK_LIMITS.operationsPerTaskMax) }),
]);

export type TaskBody = z.output<typeof taskBody>;

/** When the task expires; null: never. */
export function expiryOf({ expiresInS, expiresAt }: TaskBody, nowMs: number): number | null {
  if (expiresInS !== undefined) return nowMs + expiresInS * 1_000;
  return expiresAt === undefined ? null : Date.parse(expiresAt);
}

export function expiryErrors(body: TaskBody, nowMs: number): readonly FieldError[] {
  const both = body.expiresInS !== undefined && body.expiresAt !== undefined;
  const past = body.expiresAt !== undefined && Date.parse(body.expiresAt) <= nowMs;
  return [
    ...fieldError("expiresAt", both ? "can't be given together with expiresInS" : undefined),
    ...fieldError("expiresAt", past ? "has passed" : undefined),
  ];
}
