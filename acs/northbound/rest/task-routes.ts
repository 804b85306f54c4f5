/**
 * Creates, lists, awaits, cancels and retries tasks. A task is on disk before its answer leaves.
 * Spec: DESIGN 4. Layer: northbound.
 */
import { Router } from "@koa/router";
import type { Context } from "koa";
import { z } from "zod";
import { newId } from "../../../common/ids.js";
import { invalid, Problem } from "../../http/problem.js";
import { readJson, readQuery } from "../../http/read-json.js";
import { cancelTask, makeTask, type OrderTaskOptions, storeTask } from "../../order-task.js";
import { addressKnowledge } from "../../stores/address-knowledge.js";
import type { DeviceStore } from "../../stores/device-store.js";
import type { TaskStore } from "../../stores/task-store.js";
import { addressOrder, asAsked, namesOf } from "../../tasks/addressing.js";
import { nmsKindFault } from "../../tasks/nms-order.js";
import { FINAL_STATES, type NewTask, TASK_LIMITS, type Task, type TaskOrder, type TaskState } from "../../tasks/task.js";
import type { EndWatch } from "./end-watch.js";
import { pageOf, queryInteger, queryList, waitS } from "./fields.js";
import { showTask } from "./show-task.js";
import { expiryErrors, expiryOf, type TaskBody, taskBody } from "./task-body.js";

/** Told after a task is stored. The wake planner is one. */
export interface TaskListener {
  /** This device may have work: look at it. */
  taskQueued(deviceId: string): void;
  /** How to reach this device has changed. */
  addressChanged(deviceId: string): void;
}

export interface TaskRoutesOptions extends OrderTaskOptions {
  readonly watch: Pick<EndWatch<Task>, "untilEnded">;
  readonly wake: TaskListener;
}

const TASKS_PER_PAGE = { default: 100, max: 1_000 } as const;
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

const waitQuery = z.strictObject({ wait: waitS });
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
      ctx.body = showTask(await cancelled(ctx, options));
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
  const device = await options.devices.get(deviceId);
  if (device === undefined) throw new Problem("not-found", "there is no such device");
  const nowMs = options.clock.now();
  const { priority } = body;
  const task = { id: newId(nowMs), priority, createdAtMs: nowMs, expiresAtMs: expiryOf(body, nowMs) };
  const made = await makeTask(device, body, task, options);
  const errors = [...("errors" in made ? made.errors : []), ...expiryErrors(body, nowMs)];
  if (errors.length > 0 || "errors" in made) throw invalid(errors);
  return made;
}

/** @throws {Problem} 404, 409. */
async function addTask(task: NewTask, options: TaskRoutesOptions): Promise<Task> {
  const added = await storeTask(task, options);
  if (added === "unknown-device") throw new Problem("not-found", "there is no such device");
  if (added === "too-many") throw new Problem("conflict", `the device has ${TASK_LIMITS.openPerDeviceMax} unfinished tasks already`);
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

/** @throws {Problem} 404, 409: once its RPC is on its way, nobody can take it back. */
async function cancelled(ctx: Context, options: TaskRoutesOptions): Promise<Task> {
  const { id, state } = await knownTask(ctx, options.tasks);
  const task = state === "queued" ? await cancelTask(id, "cancelled over REST", options) : await options.tasks.get(id);
  if (task === "busy") throw new Problem("conflict", "the task keeps changing; ask again");
  if (task === undefined) throw new Problem("not-found", "there is no such task");
  if (state !== "queued" || task.state !== "cancelled")
    throw new Problem("conflict", `only a queued task can be cancelled; this one is ${task.state}`);
  return task;
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
