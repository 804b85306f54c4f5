/**
 * Takes the file that an Upload to us asks for: PUT (or POST of a raw body) at the signed URL of its task. The URL is the authority: no
 * credentials are asked for. Written, fsynced, recorded, then answered.
 * Spec: TR-069 A.4.1.5, 3.4.3; RFC 9110 9.3.3, 9.3.4, 10.1.1 (Expect), 15.5.12 (411), 15.5.16 (415). Layer: upgrades.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../../common/clock.js";
import { codedChunks } from "../http/body-chunks.js";
import { Problem, refusedBody } from "../http/problem.js";
import type { TaskStore } from "../stores/task-store.js";
import { awaitsFile } from "../tasks/own-upload.js";
import { noRoom, type ReceivedFiles, type UploadOrigin } from "./received-files.js";

export interface UploadLimits {
  readonly fileBytesMax: number;
  readonly uploadsMax: number;
  /** For a whole file to arrive. */
  readonly uploadMs: number;
}

export const UPLOAD_LIMITS = {
  /** Without a byte for so long it is given up. */
  stalledMs: 30_000,
  /** At once for one task: a device that tries again may not have noticed that its first connection is dead. */
  perTaskMax: 2,
} as const;

/** How an upload went, for the log. */
export interface UploadOutcome {
  readonly taskId: string;
  readonly remoteAddress: string;
  /** 200 (in place of an earlier one), 201, or that of the refusal. */
  readonly status: number;
  /** The refusal's; "" when it went well. */
  readonly why: string;
  readonly fileId?: string;
  readonly sizeBytes?: number;
}

export interface UploadReceiverOptions {
  readonly tasks: Pick<TaskStore, "get">;
  readonly received: Pick<ReceivedFiles, "receive" | "roomBytes">;
  readonly limits: UploadLimits;
  readonly clock: Clock;
  readonly onUpload: (outcome: UploadOutcome) => void;
}

export class UploadReceiver {
  readonly #options: UploadReceiverOptions;
  /** Uploads under way, by task. */
  readonly #running = new Map<string, number>();
  #runningInAll = 0;

  constructor(options: UploadReceiverOptions) {
    this.#options = options;
  }

  /**
   * @param taskId Of a link that was judged valid.
   * @throws {Problem} What is refused; nothing is kept then, and part of the body may be unread.
   */
  async take(request: IncomingMessage, response: ServerResponse, taskId: string): Promise<void> {
    const told = { taskId, remoteAddress: request.socket.remoteAddress ?? "" };
    try {
      const { file, replaced } = await this.#within(taskId, () => this.#receive(request, response, taskId));
      const status = replaced ? 200 : 201;
      this.#options.onUpload({ ...told, status, why: "", fileId: file.id, sizeBytes: file.sizeBytes });
      response.writeHead(status, { "Content-Length": "0" }).end();
    } catch (error) {
      if (error instanceof Problem) this.#options.onUpload({ ...told, status: error.status, why: error.message });
      throw error;
    }
  }

  async #within<T>(taskId: string, work: () => Promise<T>): Promise<T> {
    const ofTask = this.#running.get(taskId) ?? 0;
    if (this.#runningInAll >= this.#options.limits.uploadsMax || ofTask >= UPLOAD_LIMITS.perTaskMax)
      throw new Problem("overloaded", "too many uploads at once");
    this.#runningInAll += 1;
    this.#running.set(taskId, ofTask + 1);
    try {
      return await work();
    } finally {
      this.#runningInAll -= 1;
      const left = (this.#running.get(taskId) ?? 1) - 1;
      if (left > 0) this.#running.set(taskId, left);
      else this.#running.delete(taskId);
    }
  }

  async #receive(request: IncomingMessage, response: ServerResponse, taskId: string) {
    const { received, limits, clock } = this.#options;
    const origin = { ...(await this.#origin(taskId)), contentCoding: codingOf(request) };
    checkHeader(request, limits.fileBytesMax, received.roomBytes);
    const bounds = { bodyBytesMax: limits.fileBytesMax, stalledMs: UPLOAD_LIMITS.stalledMs, totalMs: limits.uploadMs };
    // Only now: whoever asks first (Expect: 100-continue) sends nothing that is refused by its header alone.
    if (/100-continue/i.test(request.headers.expect ?? "")) response.writeContinue();
    const kept = await received.receive(origin, wholeBody(request, codedChunks(request, bounds, clock)));
    if (kept === "over") throw over();
    return kept;
  }

  async #origin(taskId: string): Promise<Omit<UploadOrigin, "contentCoding">> {
    const task = await this.#options.tasks.get(taskId);
    if (task === undefined || task.order.kind !== "upload" || !awaitsFile(task)) throw over();
    return { deviceId: task.deviceId, taskId, fileType: task.order.fileType };
  }
}

const over = (): Problem => new Problem("link-refused", "the task of this link does not await a file (any more)");

/** Kept as sent; what we could not undo for a restore is refused. */
function codingOf({ headers }: IncomingMessage): "" | "gzip" {
  const coding = headers["content-encoding"]?.trim().toLowerCase() ?? "";
  if (coding === "" || coding === "identity") return "";
  if (coding === "gzip" || coding === "x-gzip") return "gzip";
  throw refusedBody("unsupported-encoding");
}

/** @throws {Problem} By the header alone: 411, 413, 415, 507. */
function checkHeader({ headers }: IncomingMessage, fileBytesMax: number, roomBytes: number): void {
  // The form of a web page wraps the file: what is kept would not be the file.
  if (headers["content-type"]?.trim().toLowerCase().startsWith("multipart/") === true)
    throw new Problem("unsupported-media-type", "send the file itself as the body, by PUT or POST, not as a form");
  if (headers["content-length"] === undefined && headers["transfer-encoding"] === undefined)
    throw new Problem("length-required", "send Content-Length, or chunks");
  const lengthBytes = Number(headers["content-length"] ?? 0);
  if (lengthBytes > fileBytesMax) throw refusedBody("too-large");
  if (lengthBytes > roomBytes) throw noRoom();
}

/** A body that the parser took for complete, or none. */
async function* wholeBody(request: IncomingMessage, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  yield* chunks;
  if (!request.complete) throw refusedBody("cut-short");
}
