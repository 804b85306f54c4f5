/**
 * From an order as somebody asks for it to a task on disk: judged by what is known of the device, its secrets sealed, the planner told.
 * Spec: DESIGN 4. Layer: acs (shell).
 */
import type { Clock } from "../common/clock.js";
import type { FieldError } from "../common/field-error.js";
import type { Device, SealedSecret } from "./devices/device.js";
import type { Relaxation } from "./devices/relaxations.js";
import { addressedEntries, addressKnowledge } from "./stores/address-knowledge.js";
import type { DeviceStore } from "./stores/device-store.js";
import type { ModelPolicies } from "./stores/model-policies.js";
import type { TaskStore } from "./stores/task-store.js";
import { addressOrder, namesOf } from "./tasks/addressing.js";
import type { KnownFiles } from "./tasks/check-download.js";
import { type AskedOrder, type CheckedOrder, checkOrder, namesToKnow } from "./tasks/check-order.js";
import { checkNmsOrder, nmsKindFault } from "./tasks/nms-order.js";
import { sealOrder } from "./tasks/seal-order.js";
import type { NewTask, Task } from "./tasks/task.js";
import { taskChanged } from "./tasks/task-event.js";
import type { Catalogue } from "./upgrades/catalogue.js";
import type { ReceivedFiles } from "./upgrades/received-files.js";

export interface OrderTaskOptions {
  readonly devices: DeviceStore;
  readonly tasks: TaskStore;
  readonly catalogue: Pick<Catalogue, "get">;
  readonly received: Pick<ReceivedFiles, "get">;
  readonly models: Pick<ModelPolicies, "of">;
  /** A rule was bent for the device. */
  readonly relaxed: (deviceId: string, rule: Relaxation) => void;
  /** Told after a task is stored: this device may have work. */
  readonly wake: { taskQueued(deviceId: string): void };
  /** Encrypts a secret among the wanted values; it opens for the same owner only, the device's id. */
  readonly seal: (secret: string, owner: string) => SealedSecret;
  /** A task for a voice-signalled gateway, with its response made in advance. */
  readonly prepareForNms: (device: Device, task: NewTask) => Promise<NewTask>;
  readonly clock: Clock;
}

/** Races against the device's session that a cancel looks at before it says that the task is busy. */
const CANCEL_TRIES_MAX = 5;

/** The task, ready to be stored; or everything that is wrong with the order. */
export async function makeTask(
  device: Device,
  asked: AskedOrder,
  task: Pick<NewTask, "id" | "priority" | "createdAtMs" | "expiresAtMs">,
  options: OrderTaskOptions,
): Promise<NewTask | { readonly errors: readonly FieldError[] }> {
  const checked = await judged(asked, device, options);
  if ("errors" in checked) return checked;
  const made = { ...task, deviceId: device.id, order: sealOrder(checked.order, (secret) => options.seal(secret, device.id)) };
  return device.protocol === "nms" ? options.prepareForNms(device, made) : made;
}

/** Fulfilled when the task is on disk; the wake planner knows of it then. */
export async function storeTask(
  task: NewTask,
  { tasks, wake }: Pick<OrderTaskOptions, "tasks" | "wake">,
): Promise<Task | "unknown-device" | "too-many"> {
  const data = { taskId: task.id, kind: task.order.kind, priority: task.priority };
  const added = await tasks.add(task, [{ atMs: task.createdAtMs, kind: "task-created", deviceId: task.deviceId, data }]);
  if (typeof added === "object") wake.taskQueued(task.deviceId);
  return added;
}

/**
 * Takes a queued task back: once its RPC is on its way, nobody can. A race with the session is told as it ended.
 * @returns The cancelled task; the task as it is when it is not queued; "busy": it keeps changing. undefined: there is none.
 */
export async function cancelTask(
  id: string,
  reason: string,
  { tasks, clock }: Pick<OrderTaskOptions, "tasks" | "clock">,
): Promise<Task | "busy" | undefined> {
  for (let tries = 0; tries < CANCEL_TRIES_MAX; tries++) {
    const task = await tasks.get(id);
    if (task?.state !== "queued") return task;
    const change = { to: "cancelled", reason, atMs: clock.now() } as const;
    const changed = await tasks.change(task.id, task.revision, change, { events: [taskChanged(task, change)] });
    if (typeof changed === "object") return changed;
  }
  return "busy";
}

/** The order by what the ACS knows, its aliases and wildcards dealt with; or what is wrong with it. */
async function judged(asked: AskedOrder, device: Device, options: OrderTaskOptions): Promise<CheckedOrder> {
  const kindFault = device.protocol === "nms" ? nmsKindFault(asked.kind) : undefined;
  if (kindFault !== undefined) return { errors: [{ field: "kind", detail: kindFault }] };
  const { devices, models, relaxed } = options;
  const knowledge = await addressKnowledge(devices, device, namesOf(asked));
  const entries = await addressedEntries(devices, device.id, namesToKnow(asked), knowledge);
  const { trustsWritable } = await models.of(device.identity);
  if (!trustsWritable && entries.some(({ writable }) => writable === false)) relaxed(device.id, "writable-not-trusted");
  const { protocol, identity } = device;
  const files = await knownFiles(device.id, asked, options);
  const order = checkOrder(asked, { entries, productClass: identity.productClass, trustsWritable, protocol, ...files });
  const addressed = "order" in order ? addressOrder(order.order, knowledge) : order;
  return "order" in addressed && protocol === "nms" ? checkNmsOrder(addressed.order) : addressed;
}

/** What a device has uploaded is known for that device only. */
async function knownFiles(deviceId: string, asked: AskedOrder, { catalogue, received }: OrderTaskOptions): Promise<KnownFiles> {
  const { catalogueId, receivedFileId } = { catalogueId: undefined, receivedFileId: undefined, ...asked };
  const back = receivedFileId === undefined ? undefined : await received.get(receivedFileId);
  return {
    file: catalogueId === undefined ? undefined : await catalogue.get(catalogueId),
    received: back?.deviceId === deviceId ? back : undefined,
  };
}
