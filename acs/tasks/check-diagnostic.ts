/**
 * Which test a device is asked for, judged before the task is stored: the object, its arguments, how long it may take.
 * Spec: TR-106 DiagnosticsState; cwmp.md 8.1, 8.2. Layer: tasks, pure.
 */
import { type FieldError, fieldError } from "../../common/field-error.js";
import { isPattern } from "../cwmp/path-segments.js";
import type { TreeEntry } from "../devices/parameter-tree.js";
import { type DiagnosticObject, diagnosticObject } from "../diagnostics/diagnostic-objects.js";
import { TIMEOUT_S_MAX, timeoutOf } from "../diagnostics/diagnostic-outcome.js";
import { duplicates, objectFault } from "./check-names.js";
import { type AskedValue, type CheckedOrder, type Knowledge, knownEntries, valueErrors, wanted } from "./check-order.js";

export interface AskedDiagnostic {
  readonly path: string;
  /** Names within the object ("Host") or full ones; [] leaves all as the device has them. */
  readonly arguments: readonly AskedValue[];
  /** undefined: computed from the arguments. */
  readonly timeoutS?: number | undefined;
}

export const DIAGNOSTIC_ARGUMENTS_MAX = 64;

/** Arguments (for their types), and those that tell how long the test may take. */
export function namesOfDiagnostic({ path, arguments: asked }: AskedDiagnostic): readonly string[] {
  const { addendsMs = [], factors = [] } = diagnosticObject(path)?.duration ?? {};
  return [...new Set([...asked.map(({ name }) => fullName(path, name)), ...[...addendsMs, ...factors].map((name) => path + name)])];
}

export function checkDiagnostic(asked: AskedDiagnostic, knowledge: Pick<Knowledge, "entries" | "trustsWritable">): CheckedOrder {
  const { path, timeoutS } = asked;
  const object = diagnosticObject(path);
  const whyPath =
    objectFault(path) ?? aliasFault(path) ?? (object === undefined ? "has no state: it is set with setParameterValues" : undefined);
  if (object === undefined || whyPath !== undefined) return { errors: fieldError("path", whyPath) };
  const known = knownEntries(knowledge);
  const values = asked.arguments.map((value) => ({ ...value, name: fullName(path, value.name) }));
  const errors = [
    ...argumentErrors(values, path, object, known),
    ...fieldError("timeoutS", timeoutS === undefined || isTimeout(timeoutS) ? undefined : `must be an integer from 1 to ${TIMEOUT_S_MAX}`),
  ];
  if (errors.length > 0) return { errors };
  const order = values.map((value) => wanted(withType(value, path, object, known), known.get(value.name)));
  const told = new Map([...known].map(([name, { value }]) => [name, value ?? undefined]));
  const given = new Map(values.map(({ name, value }) => [name, value]));
  const seconds = timeoutS ?? timeoutOf(object, (name) => given.get(path + name) ?? told.get(path + name));
  return { order: { kind: "diagnostic", path, arguments: order, timeoutS: seconds } };
}

/** The result of a test is read by the names that the device tells: they have to be those of the order. */
function aliasFault(path: string): string | undefined {
  return isPattern(path) ? "names a row by its alias; give its number" : undefined;
}

function isTimeout(timeoutS: number): boolean {
  return Number.isInteger(timeoutS) && timeoutS >= 1 && timeoutS <= TIMEOUT_S_MAX;
}

/** What begins with a root is full as it is, if it is below the object or not. */
function fullName(path: string, name: string): string {
  return /^(?:InternetGatewayDevice|Device)\./.test(name) || name.startsWith(path) ? name : path + name;
}

function argumentErrors(
  values: readonly AskedValue[],
  path: string,
  object: DiagnosticObject,
  known: ReadonlyMap<string, TreeEntry>,
): readonly FieldError[] {
  if (values.length > DIAGNOSTIC_ARGUMENTS_MAX)
    return [{ field: "arguments", detail: `has more than ${DIAGNOSTIC_ARGUMENTS_MAX} entries` }];
  const whyName = (name: string): string | undefined => {
    if (!name.startsWith(path) || name === path) return "must be the name of a parameter of the object";
    return name === path + object.stateParameter ? "is set by the task itself" : undefined;
  };
  return [
    ...values.flatMap((value, at) => {
      const field = `arguments[${at}]`;
      const why = whyName(value.name);
      if (why !== undefined) return fieldError(`${field}.name`, why);
      return valueErrors(withType(value, path, object, known), field, known.get(value.name));
    }),
    ...duplicates(
      values.map(({ name }) => name),
      (at) => `arguments[${at}].name`,
    ),
  ];
}

/** The type given; else, where the device has told none, the standard's. */
function withType(value: AskedValue, path: string, object: DiagnosticObject, known: ReadonlyMap<string, TreeEntry>): AskedValue {
  if (value.type !== undefined || known.get(value.name)?.type != null) return value;
  return { ...value, type: object.arguments[value.name.slice(path.length)] };
}
