/**
 * The files that devices upload: rows in the store, encrypted bytes in a directory under the file's id.
 * Bytes before row, row before unlink, as in the catalogue: there is no row without its bytes; bytes without a row (a broken upload, a device
 * that was removed) are removed at once, or at the next start.
 * Spec: TR-069 A.4.1.5; docs/decisions/0012-received-files.md. Layer: upgrades.
 */
import { createReadStream } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../common/clock.js";
import { newId } from "../../common/ids.js";
import type { SecretKey } from "../../common/secret-box.js";
import { openStream, sealStream } from "../../common/secret-stream.js";
import { invalid, Problem } from "../http/problem.js";
import type { DroppedFile, ReceivedFile, ReceivedFileStore } from "../stores/received-file-store.js";
import { measured, OWN_FILE, syncDirectory, writeSynced } from "./durable-file.js";

export interface ReceivedFilesLimits {
  /** Of one device and one file type; the newest stay. */
  readonly keptPerTypeMax: number;
  /** Older ones are removed by `prune`. */
  readonly retentionMs: number;
  /** Of all files together, those on their way included: they share a disk with the store. */
  readonly bytesMax: number;
}

export interface ReceivedFilesOptions {
  /** Made if it is not there. Nothing else may write into it. */
  readonly directory: string;
  readonly store: ReceivedFileStore;
  readonly key: SecretKey;
  readonly clock: Clock;
  readonly limits: ReceivedFilesLimits;
}

/** Which task a file is for. */
export type UploadOrigin = Pick<ReceivedFile, "deviceId" | "taskId" | "fileType" | "contentCoding">;

/** @returns with it, the ids of rows whose bytes are gone. @throws when the directory can't be read and written. */
export async function openReceivedFiles(
  options: ReceivedFilesOptions,
): Promise<{ readonly received: ReceivedFiles; readonly lost: readonly string[] }> {
  await mkdir(options.directory, { recursive: true, mode: 0o700 });
  const received = new ReceivedFiles(options);
  return { received, lost: await received.sweep() };
}

export class ReceivedFiles {
  readonly #options: ReceivedFilesOptions;
  /** Names in the directory that belong to an upload under way. */
  readonly #busy = new Set<string>();
  #keptBytes = 0;
  #comingBytes = 0;
  #sweeping: Promise<unknown> = Promise.resolve();

  constructor(options: ReceivedFilesOptions) {
    this.#options = options;
  }

  get(id: string): Promise<ReceivedFile | undefined> {
    return this.#options.store.get(id);
  }

  ofTask(taskId: string): Promise<ReceivedFile | undefined> {
    return this.#options.store.ofTask(taskId);
  }

  list(deviceId: string, page: { readonly limit: number; readonly beforeId?: string }): Promise<readonly ReceivedFile[]> {
    return this.#options.store.list(deviceId, page);
  }

  /**
   * Fulfilled when bytes and row are on disk. Whatever `bytes` throws is thrown on, and nothing is kept.
   * @returns "over": the task does not await a file (any more).
   * @throws {Problem} 422 there was no byte, 507 no room left.
   */
  async receive(
    origin: UploadOrigin,
    bytes: AsyncIterable<Buffer>,
  ): Promise<{ readonly file: ReceivedFile; readonly replaced: boolean } | "over"> {
    const part = `${newId(this.#options.clock.now())}.part`;
    let passedBytes = 0;
    const measure = measured(bytes, (sizeBytes) => {
      this.#comingBytes += sizeBytes - passedBytes;
      passedBytes = sizeBytes;
      if (this.roomBytes < 0) throw noRoom();
    });
    this.#busy.add(part);
    try {
      await writeSynced(this.#path(part), sealStream(this.#options.key, measure.bytes, ownerOf(origin)));
      const written = measure.end();
      if (written.sizeBytes === 0) throw invalid([{ field: "", detail: "is empty" }]);
      return await this.#keep(part, { ...origin, ...written });
    } finally {
      await rm(this.#path(part), { force: true });
      this.#busy.delete(part);
      this.#comingBytes -= passedBytes;
    }
  }

  /** Octets that may still be kept. */
  get roomBytes(): number {
    return this.#options.limits.bytesMax - this.#keptBytes - this.#comingBytes;
  }

  /** If the store fails, the bytes stay: the row may be on disk. The next sweep knows. */
  async #keep(part: string, told: Omit<ReceivedFile, "id" | "receivedAtMs">): Promise<{ file: ReceivedFile; replaced: boolean } | "over"> {
    const { store, clock, directory, limits } = this.#options;
    const receivedAtMs = clock.now();
    const file: ReceivedFile = { ...told, id: newId(receivedAtMs), receivedAtMs };
    this.#busy.add(file.id);
    try {
      await rename(this.#path(part), this.#path(file.id));
      await syncDirectory(directory);
      const { id: fileId, deviceId, taskId, fileType, sizeBytes, sha256, contentCoding } = file;
      const data = { fileId, taskId, fileType, sizeBytes, sha256, contentCoding };
      const added = await store.add(file, limits.keptPerTypeMax, [{ atMs: receivedAtMs, kind: "file-received", deviceId, data }]);
      if (added === "over") {
        await rm(this.#path(file.id), { force: true });
        return "over";
      }
      this.#keptBytes += sizeBytes;
      await this.#unlink(added.dropped);
      return { file, replaced: added.replaced };
    } finally {
      this.#busy.delete(file.id);
    }
  }

  /**
   * The bytes as they were sent, each piece proved before it is given; the first one before this is fulfilled.
   * @throws {Problem} 404: the bytes are gone. {SecretBoxError}: they were changed; also later, while they are read.
   */
  async read(file: ReceivedFile): Promise<AsyncIterable<Buffer>> {
    try {
      return await primed(openStream(this.#options.key, createReadStream(this.#path(file.id)), ownerOf(file)));
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT")
        throw new Problem("not-found", "the bytes of the file are gone");
      throw error;
    }
  }

  async remove({ id, deviceId }: ReceivedFile): Promise<"removed" | "unknown"> {
    const event = { atMs: this.#options.clock.now(), kind: "received-file-removed", deviceId, data: { fileId: id } } as const;
    const removed = await this.#options.store.remove(id, [event]);
    if (removed === "unknown") return removed;
    await this.#unlink([removed]);
    return "removed";
  }

  /** Removes what is older than the retention, at most `limit`. Returns how many. */
  async prune(limit: number): Promise<number> {
    const { store, clock, limits } = this.#options;
    const dropped = await store.prune(clock.now() - limits.retentionMs, limit);
    await this.#unlink(dropped);
    return dropped.length;
  }

  /** Removes bytes that no row knows, and counts anew. Returns the ids of rows whose bytes are gone: somebody else removed them. */
  sweep(): Promise<readonly string[]> {
    const swept = this.#sweeping.then(() => this.#sweep());
    this.#sweeping = swept.catch(() => undefined);
    return swept;
  }

  async #sweep(): Promise<readonly string[]> {
    const { directory, store } = this.#options;
    const before = new Set(this.#busy);
    const present = (await readdir(directory)).filter((name) => OWN_FILE.test(name));
    const rows = await store.all(); // after the directory: what was kept meanwhile is among them
    const known = new Set(rows.map(({ id }) => id));
    const orphans = present.filter((name) => !known.has(name) && !before.has(name) && !this.#busy.has(name));
    this.#keptBytes = rows.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    await Promise.all(orphans.map((name) => rm(this.#path(name), { force: true })));
    const there = new Set(present);
    return rows.map(({ id }) => id).filter((id) => !there.has(id));
  }

  async #unlink(dropped: readonly DroppedFile[]): Promise<void> {
    for (const { id, sizeBytes } of dropped) {
      this.#keptBytes -= sizeBytes;
      await rm(this.#path(id), { force: true });
    }
  }

  /** @param name One that we made: never text from outside. */
  #path(name: string): string {
    return join(this.#options.directory, name);
  }
}

/** A file that somebody puts in the place of another device's, or another task's, does not open. */
export function ownerOf({ deviceId, taskId }: Pick<ReceivedFile, "deviceId" | "taskId">): string {
  return `${deviceId}/${taskId}`;
}

export const noRoom = (): Problem => new Problem("storage-full", "there is no room left for received files");

/** The same, with its first piece read. To be read to its end, or ended with `return`. */
async function primed(stream: AsyncGenerator<Buffer, void>): Promise<AsyncIterable<Buffer>> {
  let first: IteratorResult<Buffer, void> | undefined = await stream.next();
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        const result = first;
        first = undefined;
        return result === undefined ? stream.next() : Promise.resolve(result);
      },
      return: () => stream.return(),
    }),
  };
}
