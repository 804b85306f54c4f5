/**
 * What devices have uploaded to our file server: which file, of which device, for which task. The bytes lie in a directory (upgrades/).
 * Adapters: sqlite/. Contract: test/contracts/received-file-store.contract.ts.
 * Layer: stores (interface).
 */
import type { NewEvent } from "../events/event.js";

export interface ReceivedFile {
  /** Rises with the time at which files were complete. */
  readonly id: string;
  readonly deviceId: string;
  /** The upload task that brought it: one file each. */
  readonly taskId: string;
  /** Of the Upload (TR-069 A.4.1.5). */
  readonly fileType: string;
  /** As sent, before encryption. */
  readonly sizeBytes: number;
  /** SHA-256 of the bytes as sent, 64 hex digits. */
  readonly sha256: string;
  /** Content coding in which the bytes came and are kept: "gzip", or "" for none. */
  readonly contentCoding: string;
  readonly receivedAtMs: number;
}

/** Its row is gone; its bytes are the caller's to remove. */
export type DroppedFile = Pick<ReceivedFile, "id" | "sizeBytes">;

export interface ReceivedFileStore {
  /**
   * Takes the place of what the same task brought before, and of the oldest beyond `keptMax` of the same device and file type; files of
   * tasks that are still under way are not among those.
   * "over": the task does not await a file (any more); nothing is stored.
   */
  add(
    file: ReceivedFile,
    keptMax: number,
    events: readonly NewEvent[],
  ): Promise<{ readonly replaced: boolean; readonly dropped: readonly DroppedFile[] } | "over">;
  get(id: string): Promise<ReceivedFile | undefined>;
  ofTask(taskId: string): Promise<ReceivedFile | undefined>;
  /** Newest first; `beforeId`: those before it. */
  list(deviceId: string, page: { readonly limit: number; readonly beforeId?: string }): Promise<readonly ReceivedFile[]>;
  /** All there are, of all devices, in the order of their ids. */
  all(): Promise<readonly DroppedFile[]>;
  remove(id: string, events: readonly NewEvent[]): Promise<DroppedFile | "unknown">;
  /** Removes those received before `beforeMs`, the oldest first, at most `limit`; files of tasks that are under way stay. */
  prune(beforeMs: number, limit: number): Promise<readonly DroppedFile[]>;
}
