/**
 * How a connection ends whose request was refused before all of it was read.
 * Spec: RFC 9112 9.6 (tear-down). Layer: http.
 */
import type { IncomingMessage } from "node:http";

const LINGER_BYTES_MAX = 1_048_576;
const LINGER_TIME_MS = 1_000;

/** Closing with bytes unread resets the connection, and the answer may be lost: a little is read and thrown away first. */
export function linger(request: IncomingMessage): void {
  let left = LINGER_BYTES_MAX;
  const stop = (): void => void request.destroy();
  const timer = setTimeout(stop, LINGER_TIME_MS);
  timer.unref();
  request.once("close", () => clearTimeout(timer));
  request.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) stop();
  });
  request.resume();
}
