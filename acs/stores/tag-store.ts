/**
 * Tags of devices: names by which an operator finds them again. Adapters: sqlite/. Contract: test/contracts/tag-store.contract.ts.
 * Layer: stores (interface).
 */
export const TAG_LIMITS = { perDeviceMax: 32, charactersMax: 64 } as const;

export interface TagStore {
  /** These are the device's tags from now on; each once. */
  set(deviceId: string, tags: readonly string[]): Promise<"stored" | "unknown">;
  /** By device id, sorted; a device without tags has []. */
  of(deviceIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Ids of the devices that have the tag, in id order. */
  devices(tag: string, page: { readonly afterId?: string; readonly limit: number }): Promise<readonly string[]>;
}
