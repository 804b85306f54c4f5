/**
 * Writes of the upgrade store.
 * Layer: stores (sqlite, writer thread).
 */
import type { Writer } from "../../../common/sqlite/operation.js";
import type { NewEvent } from "../../events/event.js";
import { TASK_LIMITS } from "../../tasks/task.js";
import { taskChanged } from "../../tasks/task-event.js";
import { UPGRADE_STATES, type Upgrade } from "../../upgrades/upgrade.js";
import type { UpgradeSave } from "../upgrade-store.js";
import { type DeviceState, deviceWriter } from "./device-writer.js";
import { eventWriter } from "./event-writer.js";
import { taskWriter } from "./task-writer.js";

export function addUpgrade(writer: Writer) {
  const devices = deviceWriter(writer);
  const append = eventWriter(writer);
  const known = writer.prepare("SELECT 1 FROM upgrades WHERE id = ?");
  const running = writer.prepare("SELECT 1 FROM upgrades WHERE device = ? AND state = 'running'");
  const insert = writer.prepare(
    `INSERT INTO upgrades (id, device, state, revision, due_ms, created_at_ms, caused_by, record)
     VALUES (@id, @device, @state, @revision, @due_ms, @created_at_ms, @caused_by, @record)`,
  );
  return ({ upgrade, events }: { readonly upgrade: Upgrade; readonly events: readonly NewEvent[] }) => {
    if (known.get(upgrade.id) !== undefined) return "exists" as const;
    const state = devices.state(upgrade.deviceId);
    if (state === undefined) return "unknown-device" as const;
    if (running.get(state.number) !== undefined) return "busy" as const;
    insert.run({ ...changing(upgrade), device: state.number, created_at_ms: upgrade.createdAtMs, caused_by: upgrade.causedBy });
    append(events);
    return "added" as const;
  };
}

export function saveUpgrade(writer: Writer) {
  const devices = deviceWriter(writer);
  const tasks = taskWriter(writer);
  const append = eventWriter(writer);
  const revisionOf = writer.prepare<{ revision: number }>("SELECT revision FROM upgrades WHERE id = ?");
  const update = writer.prepare(
    "UPDATE upgrades SET state = @state, revision = @revision, due_ms = @due_ms, record = @record WHERE id = @id",
  );

  function orderTask(task: UpgradeSave["task"], state: DeviceState): "refused" | undefined {
    if (task === null || tasks.get(task.id) !== undefined) return undefined;
    if (state.openTasks >= TASK_LIMITS.openPerDeviceMax) return "refused";
    const { id, deviceId, order, priority, createdAtMs } = tasks.add(state.number, task, state);
    append([{ atMs: createdAtMs, kind: "task-created", deviceId, data: { taskId: id, kind: order.kind, priority } }]);
    return undefined;
  }

  /** Whether it may be settled: checked before anything is written. */
  function isStale(settles: UpgradeSave["settles"]): boolean {
    return settles !== null && tasks.get(settles.id)?.revision !== settles.revision;
  }

  return ({ upgrade, task, settles, events }: UpgradeSave): Upgrade | "stale" | "refused" => {
    if (revisionOf.get(upgrade.id)?.revision !== upgrade.revision || isStale(settles)) return "stale";
    const state = devices.state(upgrade.deviceId);
    if (state === undefined && (task !== null || settles !== null)) return "refused";
    if (state !== undefined) {
      if (orderTask(task, state) === "refused") return "refused";
      const settled = settles === null ? undefined : tasks.get(settles.id);
      if (settles !== null && settled !== undefined) {
        tasks.change(settled, settles.change, state);
        append([taskChanged(settled, settles.change)]);
      }
      devices.save(state);
    }
    const next = { ...upgrade, revision: upgrade.revision + 1 };
    update.run(changing(next));
    append(events);
    return next;
  };
}

/** By their ends: one may take months. Only the oldest of each state are looked at. */
export function pruneUpgrades(writer: Writer) {
  const remove = writer.prepare(
    `DELETE FROM upgrades WHERE id IN (SELECT id FROM upgrades WHERE state = @state ORDER BY id LIMIT @limit)
       AND record ->> '$.endedAtMs' < @beforeMs`,
  );
  return ({ beforeMs, limit }: { readonly beforeMs: number; readonly limit: number }): number =>
    ENDED_STATES.reduce((removed, state) => removed + remove.run({ state, beforeMs, limit: Math.max(0, limit) }), 0);
}

const ENDED_STATES = UPGRADE_STATES.filter((state) => state !== "running");

const changing = (upgrade: Upgrade) => ({
  ...{ id: upgrade.id, state: upgrade.state, revision: upgrade.revision, due_ms: upgrade.dueAtMs, record: JSON.stringify(upgrade) },
});
