/**
 * What is asked for, judged by what the ACS knows before it is stored: names, types, read-only parameters, the file.
 * What the ACS can't know is left to the device, whose fault then fails the task.
 * Spec: TR-069 A.3.2.1, A.3.2.2, A.3.2.8; TR-106 (names). Layer: tasks, pure.
 */

import { type FieldError, fieldError } from "../../common/field-error.js";
import { canonicalType, lexicalFault, WRITABLE_TYPES } from "../devices/lexical.js";
import { TREE_LIMITS, type TreeEntry } from "../devices/parameter-tree.js";
import { type AskedFile, checkDownload, type KnownFile } from "./check-download.js";
import { TASK_LIMITS, type TaskOrder, type WantedValue } from "./task.js";

/** An order as somebody asks for it: types may be missing, the file may be named in two ways. */
export type AskedOrder =
  | { readonly kind: "getParameterValues"; readonly names: readonly string[] }
  | { readonly kind: "setParameterValues"; readonly values: readonly AskedValue[] }
  | { readonly kind: "refresh"; readonly path: string }
  | { readonly kind: "reboot" }
  | ({ readonly kind: "download" } & AskedFile);

export interface AskedValue {
  readonly name: string;
  readonly value: string;
  /** Any spelling that canonicalType knows. */
  readonly type?: string | undefined;
}

/** What the ACS knows of the device and the catalogue. */
export interface Knowledge {
  /** Entries of the names that `namesToKnow` returned; those never told are absent. */
  readonly entries: readonly TreeEntry[];
  readonly productClass: string;
  /** The file that `catalogueId` names, if there is one. */
  readonly file?: KnownFile | undefined;
}

export type CheckedOrder = { readonly order: TaskOrder } | { readonly errors: readonly FieldError[] };

/** The parameters about which `checkOrder` wants to know. */
export function namesToKnow(asked: AskedOrder): readonly string[] {
  return asked.kind === "setParameterValues" ? asked.values.map(({ name }) => name) : [];
}

/** The order that is stored, or everything that is wrong with what was asked. Never throws. */
export function checkOrder(asked: AskedOrder, knowledge: Knowledge): CheckedOrder {
  switch (asked.kind) {
    case "getParameterValues":
      return checkNames(asked.names);
    case "setParameterValues":
      return checkValues(asked.values, knowledge.entries);
    case "refresh":
      return checkPath(asked.path);
    case "reboot":
      return { order: { kind: "reboot" } };
    case "download":
      return checkFile(asked, knowledge);
  }
}

function checkFile(asked: AskedFile, { file, productClass }: Knowledge): CheckedOrder {
  const checked = checkDownload(asked, file, productClass);
  return "errors" in checked ? checked : { order: { kind: "download", file: checked.file } };
}

function checkNames(names: readonly string[]): CheckedOrder {
  const count = countFault("names", names.length, TASK_LIMITS.namesPerTaskMax);
  if (count !== undefined) return { errors: count };
  const errors = [
    ...names.flatMap((name, at) =>
      fieldError(`names[${at}]`, name === "" ? "is empty; the whole tree is read by a refresh" : nameFault(name)),
    ),
    ...duplicates(names, (at) => `names[${at}]`),
  ];
  return errors.length > 0 ? { errors } : { order: { kind: "getParameterValues", names } };
}

function checkPath(path: string): CheckedOrder {
  const why = path !== "" && !path.endsWith(".") ? "must be empty or a partial path that ends in a dot" : nameFault(path);
  return path !== "" && why !== undefined ? { errors: [{ field: "path", detail: why }] } : { order: { kind: "refresh", path } };
}

function checkValues(values: readonly AskedValue[], entries: readonly TreeEntry[]): CheckedOrder {
  const count = countFault("values", values.length, TASK_LIMITS.valuesPerTaskMax);
  if (count !== undefined) return { errors: count };
  const known = new Map(entries.map((entry) => [entry.name, entry]));
  const names = values.map(({ name }) => name);
  const errors = [
    ...values.flatMap((value, at) => valueErrors(value, `values[${at}]`, known.get(value.name))),
    // TR-069 A.3.2.1: a parameter twice in one call is the device's fault 9003.
    ...duplicates(names, (at) => `values[${at}].name`),
  ];
  if (errors.length > 0) return { errors };
  return { order: { kind: "setParameterValues", values: values.map((value) => wanted(value, known.get(value.name))) } };
}

/** The type given, else the one that the device told, else xsd:string. */
function wanted({ name, value, type }: AskedValue, known: TreeEntry | undefined): WantedValue {
  return { name, value, type: canonicalType(type ?? writableType(known) ?? "xsd:string") };
}

function valueErrors({ name, value, type }: AskedValue, field: string, known: TreeEntry | undefined): readonly FieldError[] {
  const told = writableType(known);
  const given = type === undefined ? undefined : canonicalType(type);
  if (given !== undefined && !WRITABLE_TYPES.includes(given))
    return fieldError(`${field}.type`, `must be one of ${WRITABLE_TYPES.join(", ")}`);
  const typeFault =
    given !== undefined && told !== undefined && given !== told ? `contradicts the type that the device told, ${told}` : undefined;
  return [
    ...fieldError(`${field}.name`, leafFault(name) ?? (known?.writable === false ? "is read-only on this device" : undefined)),
    ...fieldError(`${field}.type`, typeFault),
    ...fieldError(`${field}.value`, valueFault(value, told ?? given)),
  ];
}

/** A type that says nothing ("xsd:anySimpleType") counts as not told. */
function writableType(known: TreeEntry | undefined): string | undefined {
  const type = known?.type == null ? undefined : canonicalType(known.type);
  return type !== undefined && WRITABLE_TYPES.includes(type) ? type : undefined;
}

function valueFault(value: string, type: string | undefined): string | undefined {
  if (value.length > TREE_LIMITS.valueCharactersMax) return `has more than ${TREE_LIMITS.valueCharactersMax} characters`;
  const why = lexicalFault(type ?? "xsd:string", value);
  return why === undefined || type === undefined ? why : `${why} (${type})`;
}

/** TR-069 A.3.2.1: the name of a parameter, not of an object. */
function leafFault(name: string): string | undefined {
  if (name.endsWith(".") || !name.includes(".")) return "must be the full name of a parameter; a partial path can't be set";
  return nameFault(name);
}

/** Full names and partial paths of TR-106: segments between single dots, 256 characters at most. */
function nameFault(name: string): string | undefined {
  if (name === "") return "is empty";
  if (name.length > TREE_LIMITS.nameCharactersMax) return `has more than ${TREE_LIMITS.nameCharactersMax} characters`;
  if (!name.isWellFormed() || /[\s\u0000-\u001f\u007f\ufffe\uffff]/.test(name)) return "holds white space or a control character";
  if (!name.includes(".")) return "is no path: it has no dot";
  return name.startsWith(".") || name.includes("..") ? "has an empty segment" : undefined;
}

function countFault(field: string, count: number, max: number): readonly FieldError[] | undefined {
  if (count > 0 && count <= max) return undefined;
  return [{ field, detail: count === 0 ? "is empty" : `has more than ${max} entries` }];
}

function duplicates(names: readonly string[], field: (at: number) => string): readonly FieldError[] {
  const first = new Map<string, number>();
  return names.flatMap((name, at) => {
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, at);
    return fieldError(field(at), earlier === undefined ? undefined : `is the same as ${field(earlier)}`);
  });
}
