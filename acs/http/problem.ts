/**
 * How we say no over HTTP: a problem document that programs can tell by its type and people by its detail.
 * Spec: RFC 9457; RFC 9110 15.5 (statuses). Layer: http.
 */
import type { ServerResponse } from "node:http";
import type { FieldError } from "../../common/field-error.js";
import { BODY_REFUSAL_STATUS, type BodyRefusal } from "./read-body.js";

/** Status and title by code; the code is the end of the problem's type, `urn:reveille:problem:<code>`. */
const PROBLEMS = {
  "malformed-json": [400, "The body is no JSON"],
  "body-undecodable": [BODY_REFUSAL_STATUS.undecodable, "The body is not of the coding that Content-Encoding names"],
  "body-cut-short": [BODY_REFUSAL_STATUS["cut-short"], "The body ended too early"],
  "not-authenticated": [401, "A valid token is needed"],
  "link-refused": [403, "This link is not valid, or no longer"],
  "not-found": [404, "There is no such thing"],
  "method-not-allowed": [405, "The method is not allowed here"],
  "body-timed-out": [BODY_REFUSAL_STATUS["timed-out"], "The body came too slowly"],
  conflict: [409, "The state of things does not allow it"],
  "length-required": [411, "The length of the body is not told"],
  "precondition-failed": [412, "The thing is not as the request wants it"],
  "body-too-large": [BODY_REFUSAL_STATUS["too-large"], "The body is too large"],
  "body-unsupported-encoding": [BODY_REFUSAL_STATUS["unsupported-encoding"], "The content coding of the body is not supported"],
  "unsupported-media-type": [415, "The media type of the body is not supported"],
  "range-not-satisfiable": [416, "The range lies outside the file"],
  invalid: [422, "What was sent is not valid"],
  "internal-error": [500, "Something failed on our side"],
  overloaded: [503, "Too many at once"],
  "storage-full": [507, "The disk is full"],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof PROBLEMS;

/** Fields reported in one answer; a body can have more that are wrong. */
const ERRORS_MAX = 100;

/** A request that we refuse. Thrown by whoever notices; one middleware turns it into an answer. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly code: ProblemCode;
  readonly status: number;
  readonly errors: readonly FieldError[];

  /** @param detail A sentence for people, without secrets. */
  constructor(code: ProblemCode, detail: string, errors: readonly FieldError[] = []) {
    super(detail);
    this.code = code;
    this.status = PROBLEMS[code][0];
    this.errors = errors.slice(0, ERRORS_MAX);
  }
}

export function invalid(errors: readonly FieldError[]): Problem {
  const first = errors[0];
  const detail = first === undefined ? "" : first.field === "" ? `the body ${first.detail}` : `${first.field} ${first.detail}`;
  return new Problem("invalid", errors.length > 1 ? `${detail}, and ${errors.length - 1} more` : detail, errors);
}

export function refusedBody(refused: BodyRefusal): Problem {
  return new Problem(`body-${refused}`, PROBLEMS[`body-${refused}`][1]);
}

export const PROBLEM_TYPE = "application/problem+json";

/** RFC 9457 3.1. */
export function showProblem({ code, status, message, errors }: Problem): Readonly<Record<string, unknown>> {
  const shown = { type: `urn:reveille:problem:${code}`, title: PROBLEMS[code][1], status, detail: message };
  return errors.length > 0 ? { ...shown, errors } : shown;
}

/** The disk, or what we allow ourselves of it, is full. */
export function isStorageFull(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && ["ENOSPC", "EDQUOT", "EFBIG", "SQLITE_FULL"].includes(code);
}

/** For what is served without Koa. Does nothing when an answer is on its way already. */
export function sendProblem(response: ServerResponse, problem: Problem): void {
  if (response.headersSent) return;
  const body = JSON.stringify(showProblem(problem));
  response.writeHead(problem.status, { "Content-Type": PROBLEM_TYPE, "Content-Length": Buffer.byteLength(body) }).end(body);
}
