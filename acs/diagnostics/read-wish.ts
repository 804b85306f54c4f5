/**
 * What somebody asks for, judged before the device's tree is looked at: the test, its line or port, its arguments, how long it may take.
 * Spec: docs/rest-api.md, Diagnoses. Layer: diagnostics, pure.
 */
import { type FieldError, fieldError } from "../../common/field-error.js";
import { isPattern } from "../cwmp/path-segments.js";
import { objectFault } from "../tasks/check-names.js";
import type { DiagnosisWish } from "./diagnosis.js";
import { diagnosticObject } from "./diagnostic-objects.js";
import { TIMEOUT_S_MAX } from "./diagnostic-outcome.js";
import { type AskedArgument, readArguments } from "./named-arguments.js";
import { type NamedTest, namedTest, TEST_NAMES } from "./named-tests.js";

export interface AskedDiagnosis {
  /** Given by the caller: the same id again is the same diagnosis, however often it is asked for. */
  readonly id: string;
  readonly deviceId: string;
  readonly test: string;
  /** Its number among the enabled lines, or its full path. */
  readonly line?: number | string | undefined;
  /** The instance number of the port, or its full path. */
  readonly port?: number | string | undefined;
  /** Of the diagnostics object, in place of what test and line say. */
  readonly path?: string | undefined;
  readonly arguments?: Readonly<Record<string, AskedArgument>> | undefined;
  readonly timeoutS?: number | undefined;
  readonly priority?: number | undefined;
  /** undefined: a day from now. */
  readonly expiresAtMs?: number | undefined;
  readonly causedBy?: string | undefined;
}

const DEFAULT_PRIORITY = 5;
const DAY_MS = 86_400_000;

export type ReadWish = { readonly wish: DiagnosisWish } | { readonly errors: readonly FieldError[] };

/** @param root Of the device; null: it has never called in. Never throws. */
export function readWish(asked: AskedDiagnosis, root: string | null, nowMs: number): ReadWish {
  const { test, path = null, timeoutS = null, priority = DEFAULT_PRIORITY, expiresAtMs = nowMs + DAY_MS } = asked;
  const named = namedTest(test);
  if (named === undefined) return { errors: [{ field: "test", detail: `must be one of ${TEST_NAMES.join(", ")}` }] };
  const read = readArguments(test, asked.arguments ?? {}, root);
  const errors = [
    ...unitErrors(asked, named, root),
    ...fieldError("path", path === null ? undefined : pathFault(path, root)),
    ...("errors" in read ? read.errors : []),
    ...fieldError("timeoutS", timeoutS === null || isTimeout(timeoutS) ? undefined : `must be an integer from 1 to ${TIMEOUT_S_MAX}`),
  ];
  if (errors.length > 0 || "errors" in read) return { errors };
  const given = named.unit === "port" ? asked.port : asked.line;
  const unit = named.unit === "device" || given === undefined ? null : String(given);
  return { wish: { test, unit, path, arguments: read.arguments, timeoutS, priority, expiresAtMs } };
}

function isTimeout(timeoutS: number): boolean {
  return Number.isInteger(timeoutS) && timeoutS >= 1 && timeoutS <= TIMEOUT_S_MAX;
}

function unitErrors(asked: AskedDiagnosis, { unit }: NamedTest, root: string | null): readonly FieldError[] {
  const { test, line, port, path } = asked;
  const foreign = (field: "line" | "port", given: unknown): readonly FieldError[] =>
    fieldError(field, given === undefined || unit === field ? undefined : `is of no use: ${test} is a test of ${UNITS[unit]}`);
  const own = unit === "line" ? line : unit === "port" ? port : undefined;
  const isMissing = unit !== "device" && own === undefined && path === undefined;
  return [
    ...foreign("line", line),
    ...foreign("port", port),
    ...fieldError(unit, isMissing ? `is missing: give its number, like 1, or its full path` : undefined),
    ...fieldError(unit, own === undefined ? undefined : unitFault(own, root)),
  ];
}

const UNITS: Readonly<Record<NamedTest["unit"], string>> = { line: "a line", port: "a port", device: "the device itself" };

export function unitFault(unit: number | string, root: string | null): string | undefined {
  if (/^[1-9]\d{0,8}$/.test(String(unit))) return undefined;
  if (typeof unit === "string" && unit.includes(".")) return placeFault(unit, root);
  return "must be its number, 1 or more, or its full path that ends in a dot";
}

function pathFault(path: string, root: string | null): string | undefined {
  return (
    placeFault(path, root) ?? (diagnosticObject(path) === undefined ? "has no state: it is switched on and off with a task" : undefined)
  );
}

function placeFault(path: string, root: string | null): string | undefined {
  const fault = objectFault(path) ?? (isPattern(path) ? "names a row by its alias; give its number" : undefined);
  if (fault !== undefined) return fault;
  const isBelow = root === null ? /^(?:InternetGatewayDevice|Device)\./.test(path) : path.startsWith(root);
  return isBelow ? undefined : `must begin with ${root ?? "InternetGatewayDevice. or Device."}, the root of this device`;
}
