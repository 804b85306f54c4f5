/**
 * The request that makes a group: as JSON, or as a CSV of its devices with everything else in the query.
 * Layer: northbound.
 */
import type { Context } from "koa";
import { z } from "zod";
import type { Clock } from "../../../common/clock.js";
import { GROUP_DEFAULTS, GROUP_LIMITS } from "../../groups/group.js";
import type { AskedGroup } from "../../groups/group-service.js";
import { DEVICE_LIST_LIMITS, readDeviceList } from "../../groups/read-device-list.js";
import { invalid, Problem, refusedBody } from "../../http/problem.js";
import { type BodyLimits, readBody } from "../../http/read-body.js";
import { readFields, readJson, readQuery } from "../../http/read-json.js";
import { newDiagnosis } from "./diagnosis-routes.js";
import { line } from "./fields.js";
import { expiryErrors, taskBody } from "./task-body.js";
import { seconds, upgradeBody } from "./upgrade-routes.js";

/** A hundred thousand ids of usual length. */
const LIST_BYTES_MAX = 8_388_608;
const LIST_LIMITS: BodyLimits = { bodyBytesMax: LIST_BYTES_MAX, inflatedBytesMax: LIST_BYTES_MAX, bodyTimeoutMs: 60_000 };

const devices = z
  .strictObject({
    ids: z.array(z.string().max(DEVICE_LIST_LIMITS.fieldCharactersMax)).max(GROUP_LIMITS.membersMax).optional(),
    tag: z.string().max(DEVICE_LIST_LIMITS.fieldCharactersMax).optional(),
    csv: z.string().optional(),
  })
  .refine((given) => Object.keys(given).length === 1, "must have one of ids, tag and csv");

const common = {
  name: line(1, GROUP_LIMITS.nameCharactersMax).optional(),
  devices,
  concurrency: z.int().min(1).max(GROUP_LIMITS.concurrencyMax).default(GROUP_DEFAULTS.concurrency),
  ratePerMinute: z.int().min(1).max(GROUP_LIMITS.ratePerMinuteMax).nullable().default(null),
  paused: z.boolean().default(false),
};

const groupBody = z.discriminatedUnion("kind", [
  z.strictObject({ ...common, kind: z.literal("task"), order: taskBody }),
  z.strictObject({
    ...{ ...common, kind: z.literal("upgrade") },
    order: upgradeBody.extend({ callInWithinS: seconds(GROUP_DEFAULTS.expiresInS * 1_000) }),
  }),
  z.strictObject({ ...common, kind: z.literal("diagnosis"), order: newDiagnosis }),
]);

type GroupBody = z.output<typeof groupBody>;

/** Numbers and truth values are written as in JSON, and so is the order. */
const csvQuery = z.strictObject({
  name: z.string().optional(),
  kind: z.string(),
  order: z.string().max(GROUP_LIMITS.orderBytesMax).transform(fromJson),
  concurrency: z.string().max(16).transform(fromJson).optional(),
  ratePerMinute: z.string().max(16).transform(fromJson).optional(),
  paused: z.string().max(16).transform(fromJson).optional(),
});

/** What is no JSON stays text, and is refused as the wrong type. */
function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** @throws {Problem} 400, 408, 413, 415, 422. */
export async function readGroup(ctx: Context, clock: Clock): Promise<AskedGroup> {
  const isCsv = ctx.request.type === "text/csv";
  const body = isCsv ? await readCsvRequest(ctx, clock) : await readJson(ctx, groupBody, clock, LIST_LIMITS);
  const { name = nameOf(body), kind, order, concurrency, ratePerMinute, paused } = body;
  const errors = body.kind === "task" ? expiryErrors(body.order, clock.now()) : [];
  if (errors.length > 0) throw invalid(errors.map(({ field, detail }) => ({ field: `order.${field}`, detail })));
  return { name, kind, order, concurrency, ratePerMinute, paused, ...devicesOf(body.devices, isCsv ? "" : "devices.csv") };
}

async function readCsvRequest(ctx: Context, clock: Clock): Promise<GroupBody> {
  const query = readQuery(ctx, csvQuery);
  const { bytes, refused } = await readBody(ctx.req, LIST_LIMITS, clock);
  if (refused !== undefined) throw refusedBody(refused);
  return readFields({ ...query, devices: { csv: readText(bytes) } }, groupBody);
}

/** What it does, for a group without a name. */
function nameOf(body: GroupBody): string {
  switch (body.kind) {
    case "task":
      return body.order.kind;
    case "upgrade":
      return `upgrade to ${body.order.version ?? body.order.fileId ?? "nothing"}`;
    case "diagnosis":
      return body.order.test;
  }
}

function readText(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Problem("invalid", "the list of devices must be text in UTF-8");
  }
}

function devicesOf({ ids, tag, csv }: z.output<typeof devices>, csvField: string): Pick<AskedGroup, "devices" | "devicesField"> {
  if (tag !== undefined) return { devices: { tag }, devicesField: "devices.tag" };
  if (csv === undefined) return { devices: { ids: ids ?? [] }, devicesField: "devices.ids" };
  const list = readDeviceList(csv, csvField);
  if ("errors" in list) throw invalid(list.errors);
  return { devices: { ids: list.ids }, devicesField: csvField };
}
