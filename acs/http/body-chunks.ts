/**
 * A large body piece by piece, for what is streamed to disk: each piece within its time, all within a total.
 * Spec: RFC 9110 15.5.9 (408), 15.5.14 (413). Layer: http.
 */
import type { IncomingMessage } from "node:http";
import type { Clock } from "../../common/clock.js";
import { refusedBody } from "./problem.js";

export interface ChunkLimits {
  readonly bodyBytesMax: number;
  /** From one piece to the next. */
  readonly stalledMs: number;
}

/** @throws {Problem} 408, 413, 415, or 400 when the connection ended early; the caller must then end the connection. */
export async function* bodyChunks(
  request: IncomingMessage,
  { bodyBytesMax, stalledMs }: ChunkLimits,
  clock: Clock,
): AsyncGenerator<Buffer, void> {
  if ((request.headers["content-encoding"] ?? "identity") !== "identity") throw refusedBody("unsupported-encoding");
  if (Number(request.headers["content-length"] ?? 0) > bodyBytesMax) throw refusedBody("too-large");
  // Leaving the loop early must not end the connection: the refusal is still to be sent over it.
  const chunks = request.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Buffer>;
  for (let bytes = 0; ; ) {
    const { done, value } = await within(stalledMs, chunks.next(), clock);
    if (done === true) return;
    bytes += value.length;
    if (bytes > bodyBytesMax) throw refusedBody("too-large");
    yield value;
  }
}

function within<T>(limitMs: number, work: Promise<T>, clock: Clock): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(limitMs, () => reject(refusedBody("timed-out")));
    work.then(
      (value) => {
        cancel();
        resolve(value);
      },
      () => {
        cancel();
        reject(refusedBody("cut-short"));
      },
    );
  });
}
