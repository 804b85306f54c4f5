/**
 * The response that was made in advance for a queued task of a voice-signalled gateway, as it lies in the store.
 * Spec: US 2012/0089717 A1 [0052], [0098]. Layer: tasks, pure.
 */
import type { SealedSecret } from "../devices/device.js";
import type { ModelPolicy } from "../devices/model-policy.js";
import type { Task } from "./task.js";

/** Sealed, since it may hold secrets and links. */
export interface Prepared {
  readonly sealed: SealedSecret;
  readonly format: ModelPolicy["nmsFormat"];
  /** null: for ever. */
  readonly goodUntilMs: number | null;
}

export function withPrepared(prepared: Prepared): unknown {
  return { prepared };
}

/** undefined: the task has none. The JSON is our own. */
export function preparedOf(progress: unknown): Prepared | undefined {
  return typeof progress === "object" && progress !== null && "prepared" in progress ? (progress.prepared as Prepared) : undefined;
}

/** @returns the same progress when it holds no secret. */
export function resealProgress(progress: unknown, reseal: (sealed: SealedSecret) => SealedSecret): unknown {
  const prepared = preparedOf(progress);
  return prepared === undefined ? progress : withPrepared({ ...prepared, sealed: reseal(prepared.sealed) });
}

/** For CWMP: the device was voice-signalled when the task was queued, and is not any more. */
export function withoutPrepared(task: Task): Task {
  return preparedOf(task.progress) === undefined ? task : { ...task, progress: null };
}
