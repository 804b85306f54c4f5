/**
 * The wake contract over HTTP: POST /wakes, GET /wire-events. The other end is acs/wake/http-wake-bridge.ts.
 * Layer: http.
 */
import Router from "@koa/router";
import type { Clock } from "../../common/clock.js";
import { type WakeBridge, wakeRequest } from "../../schemas/wake-contract.js";
import { RefusedHttpRequest, readShape } from "./problem.js";
import { readJson } from "./read-json.js";
import { streamWireEvents } from "./stream-wire-events.js";
import type { WireEventLog } from "./wire-event-log.js";

/** Open streams. An ACS needs one. */
export const STREAMS_MAX = 32;

export interface WakeRoutesOptions {
  readonly bridge: WakeBridge;
  readonly log: WireEventLog;
  readonly clock: Clock;
}

export function wakeRoutes({ bridge, log, clock }: WakeRoutesOptions): Router {
  let streams = 0;
  return new Router()
    .post("/wakes", async (ctx) => {
      ctx.body = await bridge.wake(readShape(wakeRequest, await readJson(ctx.req)));
    })
    .get("/wire-events", (ctx) => {
      if (streams >= STREAMS_MAX) throw new RefusedHttpRequest(503, `${STREAMS_MAX} streams are open already`);
      const { after } = ctx.query;
      if (Array.isArray(after))
        throw new RefusedHttpRequest(400, "one position only", [{ field: "after", detail: "must not be repeated" }]);
      streams++;
      ctx.res.on("close", () => {
        streams--;
      });
      ctx.respond = false; // the stream writes for itself
      streamWireEvents(log, ctx.res, after, clock);
    });
}
