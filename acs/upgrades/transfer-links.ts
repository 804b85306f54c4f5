/**
 * The signed URL that a task's RPC gives the device: where it fetches a file of ours, or brings one of its own.
 * Spec: TR-069 A.3.2.8, A.4.1.5, A.4.1.8. Layer: upgrades.
 */
import type { Clock } from "../../common/clock.js";
import { isOwnUpload } from "../tasks/own-upload.js";
import type { Task, TaskOrder } from "../tasks/task.js";
import type { Catalogue } from "./catalogue.js";
import type { ReceivedFiles } from "./received-files.js";
import { type LinkedFile, type LinkPurpose, signFileUrl, URL_CHARACTERS_MAX } from "./signed-url.js";

export interface TransferLinksOptions {
  readonly catalogue: Pick<Catalogue, "get" | "condition">;
  readonly received: Pick<ReceivedFiles, "get">;
  readonly publicUrl: string;
  readonly key: Buffer;
  readonly clock: Clock;
  /** Beyond the time that the order itself gives the device. */
  readonly lifetimeMs: number;
}

/** @returns null: the order names a URL itself, or its file is gone or was altered on disk, or no URL of ours is short enough. */
export function transferLinks(options: TransferLinksOptions): (task: Pick<Task, "id" | "order">) => Promise<string | null> {
  const { catalogue, received, publicUrl, key, clock, lifetimeMs } = options;
  const sign = (file: LinkedFile, purpose: LinkPurpose, order: TaskOrder): string =>
    signFileUrl(publicUrl, file, clock.now() + laterMs(order) + lifetimeMs, key, purpose);
  return async (task) => {
    const { order } = task;
    if (order.kind === "upload" && isOwnUpload(task)) {
      const url = sign({ id: task.id, name: fileNameOf(order.fileType) }, "uploads", order);
      return url.length > URL_CHARACTERS_MAX ? null : url;
    }
    if (!("file" in order)) return null;
    const { catalogueId, receivedFileId } = order.file;
    const file = catalogueId === undefined ? undefined : await catalogue.get(catalogueId);
    if (file !== undefined) return (await catalogue.condition(file.id)) === "intact" ? sign(file, "files", order) : null;
    const back = receivedFileId === undefined ? undefined : await received.get(receivedFileId);
    return back === undefined ? null : sign({ id: back.id, name: fileNameOf(back.fileType) }, "received", order);
  };
}

/** How long after the request the device may begin. */
function laterMs(order: TaskOrder): number {
  if (order.kind === "scheduleDownload") return Math.max(0, ...order.windows.map(({ endS }) => endS * 1_000));
  return order.kind === "upload" ? order.delayS * 1_000 : 0;
}

/** For links and for who saves one: told by the type alone, never by the device. */
export function fileNameOf(fileType: string): string {
  if (fileType.includes("Vendor Configuration File")) return "configuration.cfg";
  return fileType.includes("Vendor Log File") ? "log.txt" : "upload.bin";
}
