/**
 * Creates, lists, awaits, cancels and retries tasks. A task is on disk before its answer leaves.
 * Spec: DESIGN 4. Layer: northbound.
 */
import { Router } from "@koa/router";
import type { Context } from "koa";
import { z } from "zod";
import type { Clock } from "../../../common/clock.js";
import { newId } from "../../../common/ids.js";
import type { Device, SealedSecret } from "../../devices/device.js";
import type { Relaxation } from "../../devices/relaxations.js";
import { invalid, Problem } from "../../http/problem.js";
import { readJson, readQuery } from "../../http/read-json.js";
import { addressedEntries, addressKnowledge } from "../../stores/address-knowledge.js";
import type { DeviceStore } from "../../stores/device-store.js";
import type { ModelPolicies } from "../../stores/model-policies.js";
import type { TaskStore } from "../../stores/task-store.js";
import { addressOrder, asAsked, namesOf } from "../../tasks/addressing.js";
import type { KnownFiles } from "../../tasks/check-download.js";
import { type CheckedOrder, checkOrder, namesToKnow } from "../../tasks/check-order.js";
import { checkNmsOrder, nmsKindFault } from "../../tasks/nms-order.js";
import { sealOrder } from "../../tasks/seal-order.js";
import { FINAL_STATES, type NewTask, TASK_LIMITS, type Task, type TaskOrder, type TaskState } from "../../tasks/task.js";
import { taskChanged } from "../../tasks/task-event.js";
import type { Catalogue } from "../../upgrades/catalogue.js";
import type { ReceivedFiles } from "../../upgrades/received-files.js";
import { pageOf, queryInteger, queryList } from "./fields.js";
import { showTask } from "./show-task.js";
import { expiryErrors, expiryOf, type TaskBody, taskBody } from "./task-body.js";
import type { TaskWatch } from "./task-watch.js";

/** Told after a task is stored. The wake planner is one. */
export interface TaskListener {
  /** This device may have work: look at it. */
  taskQueued(deviceId: string): void;
  /** How to reach this device has changed. */
  addressChanged(deviceId: string): void;
}

export interface TaskRoutesOptions {
  readonly devices: DeviceStore;
  readonly tasks: TaskStore;
  readonly catalogue: Pick<Catalogue, "get">;
  readonly received: Pick<ReceivedFiles, "get">;
  readonly models: Pick<ModelPolicies, "of">;
  /** A rule was bent for the device. */
  readonly relaxed: (deviceId: string, rule: Relaxation) => void;
  readonly watch: TaskWatch;
  readonly wake: TaskListener;
  /** Encrypts a secret among the wanted values; it opens for the same owner only, the device's id. */
  readonly seal: (secret: string, owner: string) => SealedSecret;
  /** A task for a voice-signalled gateway, with its response made in advance. */
  readonly prepareForNms: (device: Device, task: NewTask) => Promise<NewTask>;
  readonly clock: Clock;
}

const WAIT_S_MAX = 60;
const TASKS_PER_PAGE = { default: 100, max: 1_000 } as const;
/** Races against the device's session that a cancel looks at before it says that the task is busy. */
const CANCEL_TRIES_MAX = 5;
const RETRYABLE: readonly TaskState[] = ["failed", "expired", "cancelled"];
const TASK_STATES: Readonly<Record<TaskState, true>> = {
  queued: true,
  sent: true,
  "awaiting-device": true,
  unknown: true,
  done: true,
  failed: true,
  expired: true,
  cancelled: true,
};

const waitQuery = z.strictObject({ wait: queryInteger(0, WAIT_S_MAX).default(0) });
const listQuery = z.strictObject({
  state: queryList(TASK_STATES).optional(),
  before: z.string().max(64).optional(),
  limit: queryInteger(1, TASKS_PER_PAGE.max).default(TASKS_PER_PAGE.default),
});

export function taskRoutes(options: TaskRoutesOptions): Router {
  const { devices, tasks, clock } = options;
  return new Router()
    .post("/devices/:device/tasks", async (ctx) => {
      const { wait } = readQuery(ctx, waitQuery);
      const task = await newTask(paramOf(ctx, "device"), await readJson(ctx, taskBody, clock), options);
      await answerNew(ctx, await addTask(task, options), wait, options);
    })
    .get("/devices/:device/tasks", async (ctx) => {
      const deviceId = paramOf(ctx, "device");
      if ((await devices.get(deviceId)) === undefined) throw new Problem("not-found", "there is no such device");
      ctx.body = await listTasks(readQuery(ctx, listQuery), tasks, { deviceId });
    })
    .get("/tasks", async (ctx) => {
      ctx.body = await listTasks(readQuery(ctx, listQuery), tasks, {});
    })
    .get("/tasks/:task", async (ctx) => {
      const { wait } = readQuery(ctx, waitQuery);
      ctx.body = showTask(await awaited(ctx, await knownTask(ctx, tasks), wait, options));
    })
    .post("/tasks/:task/cancel", async (ctx) => {
      ctx.body = showTask(await cancelTask(ctx, options));
    })
    .post("/tasks/:task/retry", async (ctx) => {
      const { wait } = readQuery(ctx, waitQuery);
      const again = await newAttempt(await knownTask(ctx, tasks), options);
      await answerNew(ctx, await addTask(again, options), wait, options);
    });
}

function paramOf(ctx: Context, name: "device" | "task"): string {
  return (ctx["params"] as Readonly<Record<string, string>>)[name] ?? "";
}

async function knownTask(ctx: Context, tasks: TaskStore): Promise<Task> {
  const task = await tasks.get(paramOf(ctx, "task"));
  if (task === undefined) throw new Problem("not-found", "there is no such task");
  return task;
}

/** @throws {Problem} 404 unknown device, 422 an order that can't be right. */
async function newTask(deviceId: string, body: TaskBody, options: TaskRoutesOptions): Promise<NewTask> {
  const { devices, clock, seal } = options;
  const device = await devices.get(deviceId);
  if (device === undefined) throw new Problem("not-found", "there is no such device");
  const nowMs = clock.now();
  const addressed = await checked(body, device, options);
  const errors = [...("errors" in addressed ? addressed.errors : []), ...expiryErrors(body, nowMs)];
  if (errors.length > 0 || "errors" in addressed) throw invalid(errors);
  const { priority } = body;
  const order = sealOrder(addressed.order, (secret) => seal(secret, deviceId));
  const task = { id: newId(nowMs), deviceId, order, priority, createdAtMs: nowMs, expiresAtMs: expiryOf(body, nowMs) };
  return device.protocol === "nms" ? options.prepareForNms(device, task) : task;
}

/** What a device has uploaded is known for that device only. */
async function knownFiles(deviceId: string, body: TaskBody, { catalogue, received }: TaskRoutesOptions): Promise<KnownFiles> {
  const { catalogueId, receivedFileId } = { catalogueId: undefined, receivedFileId: undefined, ...body };
  const back = receivedFileId === undefined ? undefined : await received.get(receivedFileId);
  return {
    file: catalogueId === undefined ? undefined : await catalogue.get(catalogueId),
    received: back?.deviceId === deviceId ? back : undefined,
  };
}

/** The order by what the ACS knows, its aliases and wildcards dealt with; or what is wrong with it. */
async function checked(body: TaskBody, device: Device, options: TaskRoutesOptions): Promise<CheckedOrder> {
  const kindFault = device.protocol === "nms" ? nmsKindFault(body.kind) : undefined;
  if (kindFault !== undefined) return { errors: [{ field: "kind", detail: kindFault }] };
  const { devices, models, relaxed } = options;
  const knowledge = await addressKnowledge(devices, device, namesOf(body));
  const entries = await addressedEntries(devices, device.id, namesToKnow(body), knowledge);
  const { trustsWritable } = await models.of(device.identity);
  if (!trustsWritable && entries.some(({ writable }) => writable === false)) relaxed(device.id, "writable-not-trusted");
  const { protocol, identity } = device;
  const files = await knownFiles(device.id, body, options);
  const order = checkOrder(body, { entries, productClass: identity.productClass, trustsWritable, protocol, ...files });
  const addressed = "order" in order ? addressOrder(order.order, knowledge) : order;
  return "order" in addressed && protocol === "nms" ? checkNmsOrder(addressed.order) : addressed;
}

/** Fulfilled when the task is on disk; the wake planner knows of it then. */
async function addTask(task: NewTask, { tasks, wake }: TaskRoutesOptions): Promise<Task> {
  const data = { taskId: task.id, kind: task.order.kind, priority: task.priority };
  const added = await tasks.add(task, [{ atMs: task.createdAtMs, kind: "task-created", deviceId: task.deviceId, data }]);
  if (added === "unknown-device") throw new Problem("not-found", "there is no such device");
  if (added === "too-many") throw new Problem("conflict", `the device has ${TASK_LIMITS.openPerDeviceMax} unfinished tasks already`);
  wake.taskQueued(task.deviceId);
  return added;
}

/** 202 while the task is unfinished; 200 when it ended while the caller waited. */
async function answerNew(ctx: Context, task: Task, waitS: number, options: TaskRoutesOptions): Promise<void> {
  const now = await awaited(ctx, task, waitS, options);
  ctx.status = FINAL_STATES.includes(now.state) ? 200 : 202;
  ctx.set("Location", `/api/tasks/${task.id}`);
  ctx.body = showTask(now);
}

async function awaited(ctx: Context, task: Task, waitS: number, { watch }: TaskRoutesOptions): Promise<Task> {
  const gone = new AbortController();
  ctx.res.once("close", () => gone.abort());
  const now = await watch.untilEnded(task, waitS * 1_000, gone.signal);
  if (now === undefined) throw new Problem("not-found", "the device was removed, and the task with it");
  return now;
}

async function listTasks(query: z.output<typeof listQuery>, tasks: TaskStore, whose: { readonly deviceId?: string }) {
  const { state, before, limit } = query;
  const found = await tasks.list({
    ...whose,
    limit: limit + 1,
    ...(state === undefined ? {} : { states: state }),
    ...(before === undefined ? {} : { beforeId: before }),
  });
  const { rows, next } = pageOf(found, limit, ({ id }) => id);
  return { tasks: rows.map(showTask), next };
}

/** Only a queued task can be taken back: once its RPC is on its way, nobody can. A race with the session is told as it ended. */
async function cancelTask(ctx: Context, { tasks, clock }: TaskRoutesOptions): Promise<Task> {
  for (let tries = 0; tries < CANCEL_TRIES_MAX; tries++) {
    const task = await knownTask(ctx, tasks);
    if (task.state !== "queued") throw new Problem("conflict", `only a queued task can be cancelled; this one is ${task.state}`);
    const change = { to: "cancelled", reason: "cancelled over REST", atMs: clock.now() } as const;
    const changed = await tasks.change(task.id, task.revision, change, { events: [taskChanged(task, change)] });
    if (typeof changed === "object") return changed;
  }
  throw new Problem("conflict", "the task keeps changing; ask again");
}

/** The same order again as a new task, with as much time as the first one had. What aliases and wildcards mean is looked up anew. */
async function newAttempt(task: Task, options: TaskRoutesOptions): Promise<NewTask> {
  if (!RETRYABLE.includes(task.state)) throw new Problem("conflict", `only a task that failed can be retried; this one is ${task.state}`);
  await checkFileExists(task.order, options);
  const order = await addressAgain(task, options.devices);
  const device = await options.devices.get(task.deviceId);
  const kindFault = device?.protocol === "nms" ? nmsKindFault(order.kind) : undefined;
  if (kindFault !== undefined) throw new Problem("conflict", `${order.kind} ${kindFault}`);
  const nowMs = options.clock.now();
  const expiresAtMs = task.expiresAtMs === null ? null : nowMs + task.expiresAtMs - task.createdAtMs;
  const again = { id: newId(nowMs), deviceId: task.deviceId, order, priority: task.priority, createdAtMs: nowMs, expiresAtMs };
  return device?.protocol === "nms" ? options.prepareForNms(device, again) : again;
}

/** @throws {Problem} 409: what its names mean is not known any more. */
async function addressAgain({ deviceId, order }: Task, devices: DeviceStore): Promise<TaskOrder> {
  const asked = asAsked(order);
  const device = asked === order ? undefined : await devices.get(deviceId);
  if (device === undefined) return order;
  const addressed = addressOrder(asked, await addressKnowledge(devices, device, namesOf(asked)));
  if ("order" in addressed) return addressed.order;
  const [{ field, detail } = { field: "", detail: "" }] = addressed.errors;
  throw new Problem("conflict", `${field} ${detail}`);
}

async function checkFileExists(order: TaskOrder, { catalogue, received }: TaskRoutesOptions): Promise<void> {
  if (!("file" in order)) return;
  const { catalogueId, receivedFileId } = order.file;
  if (catalogueId !== undefined && (await catalogue.get(catalogueId)) === undefined)
    throw new Problem("conflict", "its file is no longer in the catalogue");
  if (receivedFileId !== undefined && (await received.get(receivedFileId)) === undefined)
    throw new Problem("conflict", "its received file is no longer kept");
}
