/**
 * Gives a device back what it once uploaded, decrypted: each piece is proved before it leaves, and a file that was tampered with ends in a
 * connection that breaks off, never in an answer that looks whole.
 * Spec: TR-069 A.3.2.8; RFC 9112 6.3 (message body length). Layer: upgrades.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import type { ReceivedFile } from "../stores/received-file-store.js";
import type { ReceivedFiles } from "./received-files.js";

/** @throws {Problem} 404: the bytes are gone. Whatever fails later ends the connection, and is thrown. */
export async function sendReceived(
  request: IncomingMessage,
  response: ServerResponse,
  file: ReceivedFile,
  received: Pick<ReceivedFiles, "read">,
): Promise<void> {
  const isCoded = file.contentCoding !== "";
  response.setHeader("Content-Type", "application/octet-stream");
  response.setHeader("Cache-Control", "private, no-store");
  response.setHeader("Accept-Ranges", "none");
  if (request.method === "HEAD") {
    response.writeHead(200, isCoded ? {} : { "Content-Length": file.sizeBytes }).end();
    return;
  }
  const bytes = Readable.from(await received.read(file));
  if (response.destroyed) return void bytes.destroy();
  // What came in a content coding goes back without: as the file that the device has written.
  response.writeHead(200, isCoded ? {} : { "Content-Length": file.sizeBytes });
  try {
    await (isCoded ? pipeline(bytes, createGunzip(), response) : pipeline(bytes, response));
  } catch (error) {
    if (!isDeparture(error)) throw error;
  }
}

/** The device broke off. */
function isDeparture(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return ["ERR_STREAM_PREMATURE_CLOSE", "ECONNRESET", "EPIPE"].includes(String(code));
}
