/**
 * Reads a JSON body within its limits.
 * Layer: http.
 */
import type { IncomingMessage } from "node:http";
import { RefusedHttpRequest } from "./problem.js";

/** The largest body that we expect is an account with a few dozen addresses. */
const BODY_BYTES_MAX = 65_536;

/** @throws {RefusedHttpRequest} 400, 413 or 415. How long a body may take is bounded by the server's `requestTimeout`. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const mediaType = (request.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase();
  if (mediaType !== "application/json") throw new RefusedHttpRequest(415, "the body must be application/json");
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Not destroyed when we stop early: the refusal still has to leave by this connection.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new RefusedHttpRequest(413, `the body has more than ${BODY_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks)));
  } catch {
    throw new RefusedHttpRequest(400, "the body is not JSON");
  }
}
