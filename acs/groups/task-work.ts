/**
 * A plain task as the work of a group: the order of POST /devices/{id}/tasks, for each member.
 * Layer: groups (shell).
 */
import { type FieldError, fieldError } from "../../common/field-error.js";
import type { StoredEvent } from "../events/event.js";
import { cancelTask, makeTask, type OrderTaskOptions, storeTask } from "../order-task.js";
import type { AskedOrder } from "../tasks/check-order.js";
import { FINAL_STATES, TASK_LIMITS, type Task, type TaskState } from "../tasks/task.js";
import { GROUP_DEFAULTS } from "./group.js";
import type { GroupWork, MemberWork, WorkState } from "./group-work.js";

/** As it was asked for; the time to expire counts from when the member begins. */
export type GroupTaskOrder = AskedOrder & {
  readonly priority: number;
  readonly expiresInS?: number | undefined;
  readonly expiresAt?: string | undefined;
};

const ENDS: ReadonlySet<unknown> = new Set(FINAL_STATES);

export function taskWork(options: OrderTaskOptions): GroupWork {
  return {
    check: (order) => checkFile(order as GroupTaskOrder, options),
    start: (work) => begin(work, options),
    state: async (id) => {
      const task = await options.tasks.get(id);
      return task === undefined ? undefined : stateOf(task);
    },
    abort: async (id) => void (await cancelTask(id, "its group was aborted", options)),
    toldBy,
  };
}

/** The rest of an order can be judged by what is known of a device only, and is when the member begins. */
async function checkFile(order: GroupTaskOrder, { catalogue }: OrderTaskOptions): Promise<readonly FieldError[]> {
  const { catalogueId, receivedFileId } = { catalogueId: undefined, receivedFileId: undefined, ...order };
  const isLost = catalogueId !== undefined && (await catalogue.get(catalogueId)) === undefined;
  const isOfOne = receivedFileId === undefined ? undefined : "is a file of one device; a group takes catalogueId or url";
  return [...fieldError("catalogueId", isLost ? "names no file of the catalogue" : undefined), ...fieldError("receivedFileId", isOfOne)];
}

async function begin({ id, deviceId, order }: MemberWork, options: OrderTaskOptions): ReturnType<GroupWork["start"]> {
  const { devices, tasks, clock } = options;
  if ((await tasks.get(id)) !== undefined) return "started";
  const device = await devices.get(deviceId);
  if (device === undefined) return { refused: REMOVED };
  const createdAtMs = clock.now();
  const { priority, expiresInS = GROUP_DEFAULTS.expiresInS, expiresAt, ...asked } = order as GroupTaskOrder;
  const expiresAtMs = expiresAt === undefined ? createdAtMs + expiresInS * 1_000 : Date.parse(expiresAt);
  const task = await makeTask(device, asked as AskedOrder, { id, priority, createdAtMs, expiresAtMs }, options);
  if ("errors" in task) return { refused: task.errors.map(({ field, detail }) => `${field} ${detail}`).join("; ") };
  const added = await storeTask(task, options);
  if (added === "unknown-device") return { refused: REMOVED };
  return added === "too-many" ? { refused: `the device has ${TASK_LIMITS.openPerDeviceMax} unfinished tasks already` } : "started";
}

const REMOVED = "the device was removed";

function stateOf({ state, failure, transitions }: Task): WorkState {
  const reason = transitions.at(-1)?.reason ?? "";
  switch (state) {
    case "done":
      return { is: "done", reason };
    case "failed":
      return { is: "failed", reason: failure === null ? reason : `${failure.code}: ${failure.detail}` };
    case "expired":
      return { is: "failed", reason: "expired: the device did not call in within the time that the task had" };
    case "cancelled":
      return { is: "aborted", reason };
    default:
      return { is: "running", step: STEPS[state] };
  }
}

const STEPS: Readonly<Record<Exclude<TaskState, "done" | "failed" | "expired" | "cancelled">, string>> = {
  queued: "waits for the device to call in",
  sent: "is with the device",
  "awaiting-device": "waits for the device to complete it",
  unknown: "its session died: the device will be asked",
};

function toldBy({ kind, data }: StoredEvent): string | undefined {
  return kind === "task-changed" && ENDS.has(data["to"]) ? String(data["taskId"]) : undefined;
}
