/**
 * 8 DIAGNOSTICS COMPLETE says that a test has ended, not which: those that were asked for without a task of their own are read.
 * Spec: cwmp.md 1.11 row 27. Layer: stores (sqlite, writer thread).
 */
import type { Writer } from "../../../common/sqlite/operation.js";
import { joinPath } from "../../devices/parameter-path.js";
import { objectOfState, REQUEST_VALUES } from "../../diagnostics/diagnostic-objects.js";
import type { NewEvent } from "../../events/event.js";
import { isDiagnostic } from "../../tasks/kind-traits.js";
import type { Task } from "../../tasks/task.js";
import { endTold, isEndTold } from "../../tasks/test-marks.js";
import type { InformRecord } from "../device-store.js";
import type { TaskCounts } from "./task-writer.js";
import { taskAdder, taskWriter } from "./task-writer.js";

type DeviceCounts = TaskCounts & { readonly number: number };

/** Before all that an operator can ask for, which could make the results void. */
const READ_PRIORITY = 10;
/** Parameters whose value happens to be the word. */
const ROWS_MAX = 64;

/**
 * Marks the awaited diagnostics for being read. Adds a task for each object whose state is stored as requested and that no open task is about to read, at most as many as there are ids.
 * To be called before the Inform is merged, which may tell the new state. Returns the events of those added.
 */
export function diagnosticReads(writer: Writer) {
  const tasks = taskWriter(writer);
  const add = taskAdder(writer);
  const requested = writer.prepare<{ path: string; instances: string }>(
    `SELECT path, instances FROM parameters JOIN templates ON templates.id = parameters.template
     WHERE device = ? AND value = ? LIMIT ?`,
  );
  /** The event is not told again: it must outlive this session. */
  const markAwaited = (device: DeviceCounts, atMs: number): void => {
    const awaited = tasks.inState(device.number, "awaiting-device").filter((task) => isDiagnostic(task) && !isEndTold(task));
    for (const task of awaited) tasks.change(task, endTold(atMs), device);
  };
  return (device: DeviceCounts, { endsTests, diagnosticReadIds, deviceId, atMs }: InformRecord): readonly NewEvent[] => {
    if (endsTests === true && device.openTasks > 0) markAwaited(device, atMs);
    if (diagnosticReadIds.length === 0) return [];
    const rows = REQUEST_VALUES.flatMap((value) => requested.all(device.number, value, ROWS_MAX));
    const objects = rows.flatMap(({ path, instances }) => objectOfState(joinPath({ template: path, instances })) ?? []);
    const open = objects.length === 0 ? [] : tasks.open(device.number);
    const unread = objects.filter((object) => !open.some((task) => willRead(task, object)));
    return diagnosticReadIds.slice(0, unread.length).flatMap((id, place) => {
      const order = { kind: "getParameterValues", names: [unread[place] ?? ""] } as const;
      return add(device, { id, deviceId, order, priority: READ_PRIORITY, createdAtMs: atMs, expiresAtMs: null });
    });
  };
}

function willRead({ order, state }: Task, object: string): boolean {
  switch (order.kind) {
    case "diagnostic":
      return order.path === object && state !== "queued"; // one that has not begun is of another test
    case "getParameterValues":
      return order.names.some((name) => name.endsWith(".") && object.startsWith(name));
    case "refresh":
      return object.startsWith(order.path);
    default:
      return false;
  }
}
