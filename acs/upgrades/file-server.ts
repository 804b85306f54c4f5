/**
 * Serves files to devices by signed link: those of the catalogue with ranges for downloads that were cut, those that a device has uploaded
 * for its restore; and takes uploads (upload-receiver.ts).
 * Spec: RFC 9110 14 (ranges), 13.1.5 (If-Range), 8.8.3 (ETag); RFC 9530 (Repr-Digest); TR-069 A.3.2.8. Layer: upgrades.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { basename, dirname } from "node:path";
import type { Readable } from "node:stream";
import send from "send";
import type { Clock } from "../../common/clock.js";
import { linger } from "../http/linger.js";
import { isStorageFull, Problem, sendProblem } from "../http/problem.js";
import type { CatalogueFile } from "../stores/file-store.js";
import type { Catalogue } from "./catalogue.js";
import type { ReceivedFiles } from "./received-files.js";
import { sendReceived } from "./send-received.js";
import { judgeLink, type ReadLink, readLink } from "./signed-url.js";
import type { UploadReceiver } from "./upload-receiver.js";

export const FILE_SERVER_LIMITS = {
  /** Requests being answered; one more gets 503. Uploads have a limit of their own besides. */
  requestsMax: 1_000,
  /** A download that moves no byte for this long is cut. */
  stalledMs: 60_000,
  retryAfterS: 60,
} as const;

/** How a download goes: "started" once, then "ended" once. Requests without bytes in the answer (HEAD, 304, refusals) are none. */
export interface DownloadProgress {
  readonly phase: "started" | "ended";
  readonly fileId: string;
  readonly remoteAddress: string;
  /** 200, or 206 for a range. */
  readonly status: number;
  /** Bytes read for it from disk; the last of them may not have arrived when `complete` is false. */
  readonly sentBytes: number;
  /** Of the whole file. */
  readonly sizeBytes: number;
  /** False when the device broke off, or when it has not ended. */
  readonly complete: boolean;
}

export interface FileServerOptions {
  readonly catalogue: Pick<Catalogue, "get" | "path" | "condition">;
  readonly received: Pick<ReceivedFiles, "get" | "read">;
  readonly uploads: Pick<UploadReceiver, "take">;
  /** Of the HMAC of links. */
  readonly key: Buffer;
  readonly clock: Clock;
  readonly onDownload: (progress: DownloadProgress) => void;
  /** What failed that is no fault of the request: disk, store. */
  readonly report: (error: unknown) => void;
}

/** For createServer of node:http: an upload may take longer than Node's five minutes for a request; it has a limit of its own. */
export const FILE_SERVER_OPTIONS = { requestTimeout: 0, headersTimeout: 15_000 } as const;

/** For a node:http server of its own: devices reach it, so nothing else is served there. To be heard for "checkContinue", too. */
export function createFileServer(options: FileServerOptions): RequestListener {
  let running = 0;
  return (request, response) => {
    response.setHeader("X-Content-Type-Options", "nosniff");
    if (running >= FILE_SERVER_LIMITS.requestsMax) return refuse(request, response, new Problem("overloaded", "too many requests at once"));
    running += 1;
    response.once("close", () => {
      running -= 1;
    });
    serve(request, response, options).catch((error: unknown) => {
      if (error instanceof Problem) return refuse(request, response, error);
      options.report(error);
      const isFull = isStorageFull(error);
      refuse(
        request,
        response,
        isFull ? new Problem("storage-full", "nothing was stored") : new Problem("internal-error", "the file can't be read or stored now"),
      );
    });
  };
}

/** A body that nobody reads must not be drained for ever, and an answer that began can only be cut. */
function refuse(request: IncomingMessage, response: ServerResponse, problem: Problem): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (problem.code === "overloaded") response.setHeader("Retry-After", String(FILE_SERVER_LIMITS.retryAfterS));
  if (!request.complete) {
    response.setHeader("Connection", "close");
    response.once("finish", () => linger(request));
  }
  sendProblem(response, problem);
}

async function serve(request: IncomingMessage, response: ServerResponse, options: FileServerOptions): Promise<void> {
  const target = readLink(request.url ?? "");
  checkMethod(request, response, target?.purpose === "uploads" ? ["PUT", "POST"] : ["GET", "HEAD"]);
  if (target === undefined) throw new Problem("not-found", "there is no file at this address");
  checkLink(target, options);
  if (target.purpose === "uploads") return options.uploads.take(request, response, target.id);
  if (target.purpose === "received") return restore(request, response, target, options);
  const file = await options.catalogue.get(target.id);
  if (file === undefined || file.name !== target.name) throw new Problem("not-found", "the file is no longer in the catalogue");
  if ((await options.catalogue.condition(file.id)) === "altered")
    throw new Problem("not-found", "the bytes of the file are not those that were added");
  if (!response.destroyed) await sendFile(request, response, file, options);
}

function checkMethod({ method = "" }: IncomingMessage, response: ServerResponse, allowed: readonly string[]): void {
  if (allowed.includes(method)) return;
  response.setHeader("Allow", allowed.join(", "));
  throw new Problem("method-not-allowed", `allowed here: ${allowed.join(" and ")}`);
}

/** @throws {Problem} 403 for a link that is forged or over. */
function checkLink({ link }: ReadLink, { key, clock }: FileServerOptions): void {
  const verdict = judgeLink(link, clock.now(), key);
  if (verdict !== "valid")
    throw new Problem("link-refused", verdict === "expired" ? "the link has expired" : "the link's signature is wrong");
}

async function restore(request: IncomingMessage, response: ServerResponse, { id }: ReadLink, options: FileServerOptions): Promise<void> {
  const file = await options.received.get(id);
  if (file === undefined) throw new Problem("not-found", "the file is no longer kept");
  response.setTimeout(FILE_SERVER_LIMITS.stalledMs, () => response.destroy());
  await sendReceived(request, response, file, options.received);
}

/** Fulfilled when the answer has ended, sent or broken off; rejected when it can't be given. */
function sendFile(request: IncomingMessage, response: ServerResponse, file: CatalogueFile, options: FileServerOptions): Promise<void> {
  const path = options.catalogue.path(file.id);
  // The checksum makes a strong entity tag: If-Range holds across restarts and copies of the directory.
  response.setHeader("ETag", `"${file.sha256}"`);
  response.setHeader("Repr-Digest", `sha-256=:${Buffer.from(file.sha256, "hex").toString("base64")}:`);
  response.setHeader("Content-Type", "application/octet-stream");
  response.setHeader("Cache-Control", "private");
  response.setTimeout(FILE_SERVER_LIMITS.stalledMs, () => response.destroy());
  return new Promise((resolve, reject) => {
    response.once("close", resolve);
    const sending = send(request, basename(path), { root: dirname(path), index: false, dotfiles: "deny", cacheControl: false });
    sending.on("stream", (bytes: Readable) => tellProgress(request, response, file, bytes, options.onDownload));
    sending.on("directory", () => reject(new Error(`the bytes of file ${file.id} are a directory`)));
    sending.on("error", (error: Error & { readonly status?: number }) => reject(readFault(error)));
    sending.pipe(response);
  });
}

function tellProgress(
  request: IncomingMessage,
  response: ServerResponse,
  file: CatalogueFile,
  bytes: Readable,
  tell: FileServerOptions["onDownload"],
): void {
  const told = {
    fileId: file.id,
    remoteAddress: request.socket.remoteAddress ?? "",
    status: response.statusCode,
    sizeBytes: file.sizeBytes,
  };
  let sentBytes = 0;
  bytes.on("data", (chunk: Buffer) => {
    sentBytes += chunk.length;
  });
  response.once("close", () => tell({ ...told, phase: "ended", sentBytes, complete: response.writableFinished }));
  tell({ ...told, phase: "started", sentBytes: 0, complete: false });
}

/** What `send` refuses, in our words; the rest is a fault of disk or code. */
function readFault(error: Error & { readonly status?: number }): Error {
  switch (error.status) {
    case 404:
      return new Problem("not-found", "the bytes of the file are gone");
    case 412:
      return new Problem("precondition-failed", "the file is not the one that the request wants");
    case 416:
      return new Problem("range-not-satisfiable", "the range begins behind the end of the file");
    default:
      return error;
  }
}
