/**
 * What operations need of a device's row: loaded once, changed in memory, saved once.
 * Layer: stores (sqlite, writer thread).
 */
import { oncePerWriter, type Writer } from "../../../common/sqlite/operation.js";
import type { Device } from "../../devices/device.js";
import { DEVICE_COLUMNS, type DeviceRow, deviceOf } from "./device-row.js";
import { deviceNumbers } from "./event-writer.js";
import type { TaskCounts } from "./task-writer.js";
import type { TreeCounts } from "./tree-writer.js";

/** The lease and the counts of one device, under way. */
export interface DeviceState extends TaskCounts, TreeCounts {
  readonly number: number;
  lease: number;
  readonly isQuarantined: boolean;
}

interface StateRow {
  readonly number: number;
  readonly lease: number;
  readonly open_tasks: number;
  readonly waking_tasks: number;
  readonly parameters: number;
  readonly templates_brought: number;
  readonly tellings: number;
  readonly is_quarantined: 0 | 1;
}

export const deviceWriter = oncePerWriter((writer: Writer) => {
  const numbers = deviceNumbers(writer);
  const get = writer.prepare<DeviceRow>(`SELECT ${DEVICE_COLUMNS} FROM devices WHERE number = ?`);
  const state = writer.prepare<StateRow>(
    `SELECT number, lease, open_tasks, waking_tasks, parameters, templates_brought, tellings, quarantine IS NOT NULL AS is_quarantined
     FROM devices WHERE number = ?`,
  );
  const save = writer.prepare(
    `UPDATE devices SET open_tasks = @openTasks, waking_tasks = @wakingTasks, parameters = @parameters,
       templates_brought = @templatesBrought, tellings = @tellings WHERE number = @number`,
  );
  return {
    get(id: string): Device | undefined {
      const row = get.get(numbers.known(id) ?? null);
      return row === undefined ? undefined : deviceOf(row);
    },
    /** undefined: not registered (any more). */
    state(id: string): DeviceState | undefined {
      const row = state.get(numbers.known(id) ?? null);
      return row === undefined ? undefined : stateOf(row);
    },
    /** The counts only. */
    save: ({ lease: _, isQuarantined: __, ...counts }: DeviceState): void => {
      save.run(counts);
    },
  };
});

const stateOf = (row: StateRow): DeviceState => ({
  number: row.number,
  lease: row.lease,
  openTasks: row.open_tasks,
  wakingTasks: row.waking_tasks,
  parameters: row.parameters,
  templatesBrought: row.templates_brought,
  tellings: row.tellings,
  isQuarantined: row.is_quarantined === 1,
});
