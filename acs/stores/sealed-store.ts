/**
 * Replaces sealed secrets by the same ones sealed with another key. They are read where they belong (devices, tasks, rules, groups).
 * Adapters: sqlite/. Contract: test/contracts/sealed-store.contract.ts. Layer: stores (interface).
 */
import type { SealedSecret } from "../devices/device.js";
import type { TaskOrder } from "../tasks/task.js";

export interface Resealed {
  readonly devices: readonly {
    readonly id: string;
    readonly password: SealedSecret;
    readonly connectionPassword: SealedSecret;
    readonly pendingPassword: SealedSecret | null;
    readonly factoryPassword: SealedSecret | null;
  }[];
  /** A task keeps its revision: what it orders is the same. */
  readonly tasks: readonly { readonly id: string; readonly order: TaskOrder; readonly progress: unknown }[];
  readonly rules: readonly { readonly id: string; readonly password: SealedSecret }[];
  readonly groups: readonly { readonly id: string; readonly order: SealedSecret }[];
}

export interface SealedStore {
  /** All of it or nothing; what is gone meanwhile is left out. For the start, before anybody else writes. */
  replace(resealed: Resealed): Promise<void>;
}
