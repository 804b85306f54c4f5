/**
 * Reads what a REST request says, body or query, by a schema; what is wrong is refused field by field, unknown fields too.
 * Spec: RFC 8259 8.1 (UTF-8), RFC 9457 3.2 (errors). Layer: http.
 */
import type { Context } from "koa";
import type { z } from "zod";
import type { Clock } from "../../common/clock.js";
import type { FieldError } from "../../common/field-error.js";
import { invalid, Problem, refusedBody } from "./problem.js";
import { type BodyLimits, readBody } from "./read-body.js";

export const JSON_LIMITS: BodyLimits = { bodyBytesMax: 1_048_576, inflatedBytesMax: 1_048_576, bodyTimeoutMs: 30_000 };

/** @throws {Problem} 400, 408, 413, 415 for the body as such, 422 for what it says. */
export async function readJson<S extends z.ZodType>(
  ctx: Context,
  schema: S,
  clock: Clock,
  limits: BodyLimits = JSON_LIMITS,
): Promise<z.output<S>> {
  if (ctx.request.type !== "application/json") throw new Problem("unsupported-media-type", "send Content-Type: application/json");
  const { bytes, refused } = await readBody(ctx.req, limits, clock);
  if (refused !== undefined) throw refusedBody(refused);
  return readFields(parseJson(bytes), schema);
}

/** @throws {Problem} 422. */
export function readQuery<S extends z.ZodType>(ctx: Context, schema: S): z.output<S> {
  return readFields({ ...ctx.query }, schema);
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new Problem("malformed-json", "the body must be one JSON text in UTF-8");
  }
}

/** @throws {Problem} 422. */
export function readFields<S extends z.ZodType>(sent: unknown, schema: S): z.output<S> {
  const result = schema.safeParse(sent, { reportInput: true });
  if (result.success) return result.data;
  throw invalid(result.error.issues.flatMap(fieldErrors));
}

function fieldErrors(issue: z.core.$ZodIssue): readonly FieldError[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ field: fieldName([...issue.path, key]), detail: "is not a known field" }));
  return [{ field: fieldName(issue.path), detail: detailOf(issue) }];
}

/** ["values", 1, "name"] is "values[1].name". */
function fieldName(path: readonly PropertyKey[]): string {
  return path.map((step, at) => (typeof step === "number" ? `[${step}]` : `${at === 0 ? "" : "."}${String(step).slice(0, 64)}`)).join("");
}

/** Says what was expected, never what was sent. */
function detailOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined ? "is missing" : `must be of type ${issue.expected}`;
    case "too_small":
      return `must be at least ${issue.minimum}${unitOf(issue.origin)}`;
    case "too_big":
      return `must be at most ${issue.maximum}${unitOf(issue.origin)}`;
    case "invalid_value":
      return issue.input === undefined ? "is missing" : `must be one of ${issue.values.map(String).join(", ")}`;
    case "invalid_union":
      return "options" in issue && issue.options
        ? `must be one of ${issue.options.map(String).join(", ")}`
        : "has none of the allowed forms";
    default:
      return issue.message;
  }
}

function unitOf(origin: string): string {
  return origin === "string" ? " characters long" : origin === "array" ? " entries long" : "";
}
