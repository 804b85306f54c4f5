/**
 * Gives each request an id that its answer carries and our log names; a caller may bring its own.
 * Layer: http.
 */
import type { Middleware } from "koa";
import type { Clock } from "../../common/clock.js";
import { newId } from "../../common/ids.js";

const WELL_FORMED = /^[A-Za-z0-9._-]{1,64}$/;

export function requestId(clock: Clock): Middleware {
  return (ctx, next) => {
    const brought = ctx.get("X-Request-Id");
    ctx.set("X-Request-Id", WELL_FORMED.test(brought) ? brought : newId(clock.now()));
    return next();
  };
}
