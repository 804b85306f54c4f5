/**
 * The bridge's HTTP side: the contract with the ACS, accounts, bindings, health. Everything but /health needs the token.
 * Layer: http.
 */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import Koa, { type Context, type Middleware } from "koa";
import type { Secret } from "../../common/config.js";
import type { Logger } from "../../common/log.js";
import { DatabaseOverloaded } from "../../common/sqlite/database.js";
import { BridgeUnreachable } from "../../schemas/wake-contract.js";
import { type AccountRoutesOptions, accountRoutes } from "./account-routes.js";
import { bearerCheck } from "./bearer.js";
import { type BindingRoutesOptions, bindingRoutes } from "./binding-routes.js";
import { type ConnectionRequestRoutesOptions, connectionRequestRoutes } from "./connection-request-routes.js";
import { healthRoute, metricsRoute, type ObservationRoutesOptions } from "./observation-routes.js";
import { type OutcomeRoutesOptions, outcomeRoutes } from "./outcome-routes.js";
import { RefusedHttpRequest, showProblem } from "./problem.js";
import { type SecurityRoutesOptions, securityRoutes } from "./security-routes.js";
import { type TraceRoutesOptions, traceRoutes } from "./trace-routes.js";
import { type WakeRoutesOptions, wakeRoutes } from "./wake-routes.js";

export const HTTP_LIMITS = {
  /** Until the header is complete, and until the body is. */
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 65_000,
  connectionsMax: 512,
} as const;

export interface BridgeHttpOptions
  extends WakeRoutesOptions,
    AccountRoutesOptions,
    BindingRoutesOptions,
    ObservationRoutesOptions,
    OutcomeRoutesOptions,
    SecurityRoutesOptions,
    TraceRoutesOptions {
  /** Numeric local address, or a name that resolves to one. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly token: Secret;
  readonly log: WakeRoutesOptions["log"];
  readonly logger: Logger;
  /** Absent: there is no Connection-Request gateway. */
  readonly connectionRequests?: ConnectionRequestRoutesOptions;
}

export interface BridgeHttp {
  readonly port: number;
  /** Ends streams and idle connections at once. */
  close(): Promise<void>;
}

/** @throws The system's error if the address cannot be bound. */
export async function openBridgeHttp(options: BridgeHttpOptions): Promise<BridgeHttp> {
  const { headersTimeoutMs, requestTimeoutMs, keepAliveTimeoutMs, connectionsMax } = HTTP_LIMITS;
  const server = createServer(
    { headersTimeout: headersTimeoutMs, requestTimeout: requestTimeoutMs, keepAliveTimeout: keepAliveTimeoutMs },
    createApp(options).callback(),
  );
  server.maxConnections = connectionsMax;
  server.listen(options.port, options.host);
  await once(server, "listening");
  const address = server.address();
  return { port: typeof address === "object" && address !== null ? address.port : options.port, close: () => closeServer(server) };
}

function createApp(options: BridgeHttpOptions): Koa {
  const app = new Koa();
  app.silent = true; // errors are answered and logged by `answerProblems`; Koa would print what the client sent
  app.use(answerProblems(options.logger));
  app.use(healthRoute(options));
  app.use(metricsRoute(options, options.token));
  app.use(requireToken(options.token));
  const { connectionRequests } = options;
  const more = connectionRequests === undefined ? [] : [connectionRequestRoutes(connectionRequests)];
  for (const router of [
    wakeRoutes(options),
    accountRoutes(options),
    bindingRoutes(options),
    outcomeRoutes(options),
    securityRoutes(options),
    traceRoutes(options),
    ...more,
  ]) {
    app.use(router.routes());
    app.use(router.allowedMethods());
  }
  return app;
}

function answerProblems(logger: Logger): Middleware {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.respond !== false && ctx.status >= 400 && ctx.body == null)
        answer(ctx, new RefusedHttpRequest(ctx.status, "no such resource"));
    } catch (error) {
      answer(ctx, refusalOf(error, logger));
      // What is left of the body is not read; the connection can't be used again.
      if (!ctx.req.complete) ctx.set("connection", "close");
    }
  };
}

function answer(ctx: Context, refusal: RefusedHttpRequest): void {
  const { status } = refusal;
  ctx.body = showProblem(refusal);
  ctx.status = status;
  ctx.type = "application/problem+json";
}

function refusalOf(error: unknown, logger: Logger): RefusedHttpRequest {
  if (error instanceof RefusedHttpRequest) return error;
  if (error instanceof DatabaseOverloaded || error instanceof BridgeUnreachable) return new RefusedHttpRequest(503, error.message);
  if (isClientFault(error)) return new RefusedHttpRequest(error.status, "the request can't be read");
  logger.error({ err: error }, "an HTTP request failed");
  return new RefusedHttpRequest(500, "the bridge failed; its log says why");
}

/** Koa and the router throw these for bad escapes in a path and the like. */
const isClientFault = (error: unknown): error is { readonly status: number } =>
  error instanceof Error && "status" in error && typeof error.status === "number" && error.status >= 400 && error.status < 500;

function requireToken(token: Secret): Middleware {
  const accepts = bearerCheck(token);
  return async (ctx, next) => {
    if (accepts(ctx.get("authorization"))) return next();
    ctx.set("www-authenticate", "Bearer");
    throw new RefusedHttpRequest(401, "a bearer token is needed");
  };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
