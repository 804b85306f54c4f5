/**
 * Denies every route that is not granted by name to everyone: whoever else asks needs the administrator's token.
 * Spec: RFC 6750 2.1, 3; DESIGN 12. Layer: http.
 */
import type { Middleware } from "koa";
import type { AdminToken } from "./admin-token.js";
import { Problem } from "./problem.js";

/** A token that opens one route and nothing else. */
export interface NarrowToken {
  readonly route: string;
  accepts(token: string): boolean;
}

/** @param open Routes that need no token, as "GET /api/health". Paths that don't exist need one, too: nobody learns what exists. */
export function requireToken(admin: Pick<AdminToken, "accepts">, open: ReadonlySet<string>, narrow?: NarrowToken): Middleware {
  return async (ctx, next) => {
    if (open.has(`${ctx.method} ${ctx.path}`)) return next();
    const token = /^Bearer +([!-~]+) *$/i.exec(ctx.get("Authorization"))?.[1];
    if (token !== undefined && admin.accepts(token)) return next();
    if (token !== undefined && narrow?.route === `${ctx.method} ${ctx.path}` && narrow.accepts(token)) return next();
    ctx.set("WWW-Authenticate", 'Bearer realm="reveille"');
    throw new Problem("not-authenticated", token === undefined ? "send Authorization: Bearer <token>" : "the token is not valid");
  };
}
