/**
 * UpgradeStore on SQLite: a row per upgrade, with what is asked for in columns and the record as JSON.
 * Layer: stores (sqlite).
 */
import type { Database } from "../../../common/sqlite/database.js";
import type { Queries } from "../../../common/sqlite/queries.js";
import { UPGRADE_STATES, type Upgrade } from "../../upgrades/upgrade.js";
import type { UpgradeFilter, UpgradeStore } from "../upgrade-store.js";
import type { AcsOperations } from "./operations.js";

/** Greater than every id: ids are ASCII. */
const AFTER_ALL_IDS = "\uffff";
const DEVICE_NUMBER = "(SELECT number FROM device_numbers WHERE id = @deviceId)";

interface Row {
  readonly record: string;
}

const upgradeOf = ({ record }: Row): Upgrade => JSON.parse(record) as Upgrade;

export function sqliteUpgradeStore(database: Database<AcsOperations>): UpgradeStore {
  const { queries } = database;
  const get = queries.prepare<Row>("SELECT record FROM upgrades WHERE id = ?");
  const running = queries.prepare<Row>(`SELECT record FROM upgrades WHERE device = ${DEVICE_NUMBER} AND state = 'running'`);
  const due = queries.prepare<Row>("SELECT record FROM upgrades WHERE due_ms <= ? ORDER BY due_ms, id LIMIT ?");
  const nextDue = queries.prepare<{ due_ms: number }>("SELECT due_ms FROM upgrades WHERE due_ms > ? ORDER BY due_ms LIMIT 1");
  const allRunning = queries.prepare<Row>("SELECT record FROM upgrades WHERE state = 'running' AND id > ? ORDER BY id LIMIT ?");
  const list = upgradeLists(queries);
  const one = (row: Row | undefined): Upgrade | undefined => (row === undefined ? undefined : upgradeOf(row));
  return {
    add: (upgrade, events) => database.write("addUpgrade", { upgrade, events }),
    save: (save) => database.write("saveUpgrade", save),
    prune: (beforeMs, limit) => database.write("pruneUpgrades", { beforeMs, limit }),
    get: (id) => database.read(() => one(get.get(id))),
    running: (deviceId) => database.read(() => one(running.get({ deviceId }))),
    list: (filter) => database.snapshot(() => list(filter)),
    due: (nowMs, limit) => database.read(() => due.all(nowMs, Math.max(0, limit)).map(upgradeOf)),
    nextDueMs: (nowMs) => database.read(() => nextDue.get(nowMs)?.due_ms),
    allRunning: (afterId, limit) => database.read(() => allRunning.all(afterId, Math.max(0, limit)).map(upgradeOf)),
  };
}

/** The newest of each state come from an index, already in order, and are merged. */
function upgradeLists(queries: Queries): (filter: UpgradeFilter) => readonly Upgrade[] {
  const newest = "state = @state AND id < @beforeId ORDER BY id DESC LIMIT @limit";
  const ofAll = queries.prepare<Row>(`SELECT record FROM upgrades WHERE ${newest}`);
  const ofDevice = queries.prepare<Row>(`SELECT record FROM upgrades WHERE device = ${DEVICE_NUMBER} AND ${newest}`);
  return ({ deviceId, states = UPGRADE_STATES, beforeId = AFTER_ALL_IDS, limit: limitAsked }) => {
    const limit = Math.max(0, limitAsked);
    const rows = [...new Set(states)].flatMap((state) =>
      deviceId === undefined ? ofAll.all({ state, beforeId, limit }) : ofDevice.all({ state, beforeId, limit, deviceId }),
    );
    return rows
      .map(upgradeOf)
      .sort((a, b) => (a.id < b.id ? 1 : -1))
      .slice(0, limit);
  };
}
