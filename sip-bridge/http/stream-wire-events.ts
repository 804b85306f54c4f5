/**
 * GET /wire-events: a line of JSON per event, `{"position":…,"event":…}`, for as long as the client listens.
 * The first line has a position alone; an empty line now and then shows that the bridge lives. A client that comes back names the last
 * position it saw (`?after=`); `"missed":true` in the first line says that events between are lost.
 * A slow client costs no memory: it reads from the log at its own speed, and skips what the log has forgotten.
 * Layer: http.
 */
import type { ServerResponse } from "node:http";
import type { Clock } from "../../common/clock.js";
import type { WireEventLog } from "./wire-event-log.js";

export const HEARTBEAT_MS = 15_000;

/** @param after Position to go on from; undefined: from now on. */
export function streamWireEvents(
  log: Pick<WireEventLog<unknown>, "head" | "locate" | "oldest" | "read" | "onAppend">,
  response: ServerResponse,
  after: string | undefined,
  clock: Clock,
): void {
  const head = log.head();
  const located = log.locate(after ?? head);
  let number = located ?? log.oldest();
  let isBlocked = false;
  let cancelHeartbeat: (() => void) | undefined;

  response.writeHead(200, { "content-type": "application/x-ndjson", "cache-control": "no-store", "x-content-type-options": "nosniff" });
  response.write(`${JSON.stringify({ position: after ?? head, ...(located === undefined ? { missed: true } : {}) })}\n`);

  function pump(): void {
    for (let item = log.read(number); item !== undefined && !isBlocked; item = log.read(number)) {
      const { event, position, next } = item;
      const hasMissed = next - 1 > number;
      number = next;
      isBlocked = !response.write(`${JSON.stringify({ position, event, ...(hasMissed ? { missed: true } : {}) })}\n`);
    }
  }

  function beat(): void {
    if (!isBlocked) isBlocked = !response.write("\n");
    cancelHeartbeat = clock.after(HEARTBEAT_MS, beat);
  }

  const stopListening = log.onAppend(pump);
  response.on("drain", () => {
    isBlocked = false;
    pump();
  });
  response.on("close", () => {
    stopListening();
    cancelHeartbeat?.();
  });
  response.on("error", () => undefined); // a client that went away; "close" follows
  cancelHeartbeat = clock.after(HEARTBEAT_MS, beat);
  pump();
}
