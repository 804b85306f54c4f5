/**
 * The bridge's few settings that are changed while it runs, and outlive it.
 * Layer: stores (interface).
 */
export interface SettingStore {
  /** undefined: never set. */
  get(name: string): Promise<string | undefined>;
  /** On disk when it is fulfilled. */
  set(name: string, value: string): Promise<void>;
}
