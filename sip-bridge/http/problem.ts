/**
 * What is wrong with an HTTP request, as an error inside and as application/problem+json outside. Never repeats a value that was sent.
 * Spec: RFC 9457. Layer: http.
 */
import { STATUS_CODES } from "node:http";
import type { z } from "zod";
import type { FieldError } from "../../common/field-error.js";

/** The request can't be done; `status` and `errors` go to the client. */
export class RefusedHttpRequest extends Error {
  override readonly name = "RefusedHttpRequest";
  readonly status: number;
  readonly errors: readonly FieldError[];

  constructor(status: number, detail: string, errors: readonly FieldError[] = []) {
    super(detail);
    this.status = status;
    this.errors = errors;
  }
}

export function showProblem({ status, message, errors }: RefusedHttpRequest) {
  return { type: "about:blank", title: STATUS_CODES[status] ?? "Error", status, detail: message, ...(errors.length > 0 ? { errors } : {}) };
}

/** @throws {RefusedHttpRequest} 400 that names each wrong field. */
export function readShape<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.map(({ path, message }) => ({ field: path.join("."), detail: message }));
  throw new RefusedHttpRequest(400, "the request does not have the expected shape", errors);
}
