/**
 * Settings in SQLite.
 * Layer: stores (SQLite adapter).
 */
import type { SettingStore } from "../setting-store.js";
import type { BridgeDatabase } from "./bridge-database.js";

export function createSettingStore(database: BridgeDatabase): SettingStore {
  const one = database.queries.prepare<{ readonly value: string }>("SELECT value FROM settings WHERE name = ?");
  return {
    get: (name) => database.read(() => one.get(name)?.value),
    set: (name, value) => database.write("putSetting", { name, value }),
  };
}
