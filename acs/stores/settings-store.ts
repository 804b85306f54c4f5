/**
 * Small facts that outlive a restart, by name: the hash of the administrator's token, keys that were made at first start.
 * Adapters: sqlite/. Layer: stores (interface).
 */
export interface SettingsStore {
  get(name: string): Promise<string | undefined>;
  /** Keeps the first value: returns what is stored now, the given one or an earlier one. */
  setOnce(name: string, value: string): Promise<string>;
  set(name: string, value: string): Promise<void>;
}
