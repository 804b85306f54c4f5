/**
 * Turns what routes throw, and what no route answered, into problem documents.
 * Spec: RFC 9457; RFC 9110 15.5.6 (405 names the allowed methods). Layer: http.
 */
import type { Context, Middleware } from "koa";
import { DatabaseOverloaded } from "../../common/sqlite/database.js";
import { isStorageFull, PROBLEM_TYPE, Problem, showProblem } from "./problem.js";

/** Tells us of a failure that is our own. */
export type ReportFailure = (
  error: unknown,
  request: { readonly requestId: string; readonly method: string; readonly path: string },
) => void;

export function answerProblems(report: ReportFailure): Middleware {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.respond !== false) refuseUnanswered(ctx);
    } catch (error) {
      answer(
        ctx,
        readProblem(error, (failure) => report(failure, requestOf(ctx))),
      );
    }
    // A body that nobody read must not be drained for ever: the connection ends with this answer.
    if (!ctx.req.complete && !ctx.headerSent) ctx.set("Connection", "close");
  };
}

function requestOf(ctx: Context): Parameters<ReportFailure>[1] {
  return { requestId: String(ctx.response.get("X-Request-Id")), method: ctx.method, path: ctx.path };
}

/** The router leaves 404, 405 (with Allow) and 501 without a body. */
function refuseUnanswered(ctx: Context): void {
  if (ctx.body != null) return;
  if (ctx.status === 404) throw new Problem("not-found", "there is nothing at this address");
  if (ctx.status === 405 || ctx.status === 501) throw new Problem("method-not-allowed", `allowed here: ${ctx.response.get("Allow")}`);
}

function readProblem(error: unknown, report: (error: unknown) => void): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof DatabaseOverloaded) return new Problem("overloaded", "too many writes wait; nothing was stored");
  report(error);
  if (isStorageFull(error)) return new Problem("storage-full", "nothing was stored");
  return new Problem("internal-error", "the log names this request by its X-Request-Id");
}

function answer(ctx: Context, problem: Problem): void {
  if (ctx.headerSent) {
    ctx.res.destroy();
    return;
  }
  ctx.status = problem.status;
  ctx.body = JSON.stringify(showProblem(problem));
  ctx.type = PROBLEM_TYPE;
}
