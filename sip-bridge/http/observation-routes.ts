/**
 * What monitors ask: /metrics with a token (the bridge's, or one that opens nothing else), /health without.
 * Layer: http.
 */
import type { Middleware } from "koa";
import type { Secret } from "../../common/config.js";
import type { Observation } from "../../common/open-observation.js";
import { bearerCheck } from "./bearer.js";

export interface ObservationRoutesOptions {
  readonly observation: Pick<Observation, "metrics" | "health">;
  /** Opens /metrics and nothing else. */
  readonly metricsToken?: Secret;
}

/** 503 while something is wrong, so that who only looks at the status learns it, too. */
export function healthRoute({ observation }: ObservationRoutesOptions): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== "/health") return next();
    const report = await observation.health();
    ctx.status = report.status === "ready" ? 200 : 503;
    ctx.body = report;
  };
}

/** For the monitor's own token; who shows the bridge's comes by the routes. */
export function metricsRoute({ observation, metricsToken }: ObservationRoutesOptions, token: Secret): Middleware {
  const accepted = [token, ...(metricsToken === undefined ? [] : [metricsToken])].map(bearerCheck);
  return async (ctx, next) => {
    const isAllowed = accepted.some((accepts) => accepts(ctx.get("authorization")));
    if (ctx.path !== "/metrics" || ctx.method !== "GET" || !isAllowed) return next();
    ctx.body = await observation.metrics.show();
    ctx.set("content-type", observation.metrics.contentType);
  };
}
