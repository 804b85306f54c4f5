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
  /** From the first look to the end: a body that trickles is given up. Left out: only `bodyBytesMax` and `stalledMs` bound it. */
  readonly totalMs?: number;
}

/** @throws {Problem} 408, 413, 415, or 400 when the connection ended early; the caller must then end the connection. */
export async function* bodyChunks(request: IncomingMessage, limits: ChunkLimits, clock: Clock): AsyncGenerator<Buffer, void> {
  if ((request.headers["content-encoding"] ?? "identity") !== "identity") throw refusedBody("unsupported-encoding");
  yield* codedChunks(request, limits, clock);
}

/** The same for a body in any content coding, as it was sent. @throws {Problem} As bodyChunks, but 415. */
export async function* codedChunks(
  request: IncomingMessage,
  { bodyBytesMax, stalledMs, totalMs = Number.POSITIVE_INFINITY }: ChunkLimits,
  clock: Clock,
): AsyncGenerator<Buffer, void> {
  const endMs = clock.now() + totalMs;
  if (Number(request.headers["content-length"] ?? 0) > bodyBytesMax) throw refusedBody("too-large");
  // Leaving the loop early must not end the connection: the refusal is still to be sent over it.
  const chunks = request.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Buffer>;
  try {
    for (let bytes = 0; ; ) {
      const { done, value } = await within(Math.min(stalledMs, endMs - clock.now()), chunks.next(), clock);
      if (done === true) return;
      bytes += value.length;
      if (bytes > bodyBytesMax) throw refusedBody("too-large");
      yield value;
    }
  } finally {
    // Not awaited: a piece that was waited for in vain would be waited for again.
    chunks.return?.().catch(() => undefined);
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
