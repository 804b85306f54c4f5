/**
 * Devices that existing ACSs wake by a URL of ours.
 * Adapters: sqlite/. Contract: test/contracts/connection-request-store.contract.ts. A write is on disk when its promise is fulfilled.
 * Spec: TR-069 3.2.2. Layer: stores (interface).
 */
import type { ConnectionRequestTarget, TargetChange } from "../connection-requests/target.js";

export interface ConnectionRequestStore {
  /** Adds the device, or changes what is given. "taken", "full": it would be new, but its id is another device's, or too many are known; nothing changes. */
  change(change: TargetChange): Promise<"added" | "changed" | "taken" | "full">;
  get(id: string): Promise<ConnectionRequestTarget | undefined>;
  ofDevice(device: string): Promise<ConnectionRequestTarget | undefined>;
  /** Devices that have this target, at most `limit`. */
  withTarget(targetKey: string, limit: number): Promise<readonly ConnectionRequestTarget[]>;
  /** By id, those after `after`. */
  list(page: { readonly after?: string; readonly limit: number }): Promise<readonly ConnectionRequestTarget[]>;
  count(): Promise<number>;
  remove(id: string): Promise<"removed" | "unknown">;
}
