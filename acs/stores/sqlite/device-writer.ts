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

type StateTuple = readonly [
  ...[number: number, lease: number, openTasks: number, wakingTasks: number, parameters: number, templatesBrought: number],
  ...[tellings: number, isQuarantined: 0 | 1],
];

export const deviceWriter = oncePerWriter((writer: Writer) => {
  const numbers = deviceNumbers(writer);
  const get = writer.prepare<DeviceRow>(`SELECT ${DEVICE_COLUMNS} FROM devices WHERE number = ?`);
  const state = writer.prepareTuples<StateTuple>(
    `SELECT number, lease, open_tasks, waking_tasks, parameters, templates_brought, tellings, quarantine IS NOT NULL
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
      const tuple = state.get(numbers.known(id) ?? null);
      return tuple === undefined ? undefined : stateOf(tuple);
    },
    /** The counts only. */
    save: ({ lease: _, isQuarantined: __, ...counts }: DeviceState): void => {
      save.run(counts);
    },
  };
});

const stateOf = (tuple: StateTuple): DeviceState => ({
  number: tuple[0],
  lease: tuple[1],
  openTasks: tuple[2],
  wakingTasks: tuple[3],
  parameters: tuple[4],
  templatesBrought: tuple[5],
  tellings: tuple[6],
  isQuarantined: tuple[7] === 1,
});
