/**
 * ReachStore on SQLite.
 * Layer: stores (sqlite).
 */
import type { Database } from "../../../common/sqlite/database.js";
import { modelOf, RUNGS, type RungRecords, type UdpBinding, UNKNOWN_REACHABILITY } from "../../devices/reachability.js";
import type { ReachStore } from "../reach-store.js";
import type { AcsOperations } from "./operations.js";

interface DeviceKey {
  readonly number: number;
  readonly oui: string;
  readonly productClass: string;
}

interface RungRow {
  readonly rung: string;
  readonly askedAtMs: number | null;
  readonly wokeAtMs: number | null;
  readonly failedAtMs: number | null;
  readonly failure: string;
}

export function sqliteReachStore(database: Database<AcsOperations>): ReachStore {
  const { queries } = database;
  const key = queries.prepare<DeviceKey>(
    `SELECT devices.number, oui, product_class AS productClass FROM device_numbers JOIN devices ON devices.number = device_numbers.number
     WHERE device_numbers.id = ?`,
  );
  const times = "rung, woke_at_ms AS wokeAtMs, failed_at_ms AS failedAtMs";
  const ofDevice = queries.prepare<RungRow>(`SELECT ${times}, asked_at_ms AS askedAtMs, failure FROM device_rungs WHERE device = ?`);
  const ofModel = queries.prepare<RungRow>(`SELECT ${times}, NULL AS askedAtMs, '' AS failure FROM model_rungs WHERE model = ?`);
  const binding = queries.prepare<UdpBinding>("SELECT host, port, at_ms AS atMs FROM udp_bindings WHERE device = ?");
  return {
    get: (deviceId) =>
      database.snapshot(() => {
        const device = key.get(deviceId);
        if (device === undefined) return UNKNOWN_REACHABILITY;
        return {
          device: recordsOf(ofDevice.all(device.number)),
          model: recordsOf(ofModel.all(modelOf({ ...device, serialNumber: "" }))),
          udpBinding: binding.get(device.number) ?? null,
        };
      }),
    note: (note, events) => database.write("noteRung", { note, events }),
    setUdpBinding: (deviceId, udpBinding, events) => database.write("setUdpBinding", { deviceId, binding: udpBinding, events }),
  };
}

function recordsOf(rows: readonly RungRow[]): RungRecords {
  const known = rows.flatMap(({ rung: name, ...record }) => {
    const rung = RUNGS.find((one) => one === name);
    return rung === undefined ? [] : [[rung, record] as const];
  });
  return Object.fromEntries(known);
}
