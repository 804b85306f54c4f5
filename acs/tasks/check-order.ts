/**
 * What is asked for, judged by what the ACS knows before it is stored: names, types, read-only parameters, the file.
 * What the ACS can't know is left to the device, whose fault then fails the task.
 * Spec: TR-069 A.3.2, A.4.1; TR-106 (names). Layer: tasks, pure.
 */

import { type FieldError, fieldError } from "../../common/field-error.js";
import { aliasOf, DEVICE_ALIAS_PREFIX, rowOf } from "../cwmp/path-segments.js";
import type { ParameterAttributeChange } from "../cwmp/rpc/set-parameter-attributes.js";
import type { Protocol } from "../devices/device.js";
import { canonicalType, lexicalFault, WRITABLE_TYPES } from "../devices/lexical.js";
import { TREE_LIMITS, type TreeEntry } from "../devices/parameter-tree.js";
import { checkAttributes } from "./check-attributes.js";
import { type AskedOperation, checkOperations } from "./check-deployment.js";
import { type AskedDiagnostic, checkDiagnostic, namesOfDiagnostic } from "./check-diagnostic.js";
import { type AskedFile, checkAgreedFile, checkDownload, isAgreedFile, type KnownFiles } from "./check-download.js";
import { countFault, duplicates, leafFault, objectFault, patternFault, textFault, unsignedFault } from "./check-names.js";
import { type AskedUpload, type AskedWindow, checkUpload, checkWindows } from "./check-transfer.js";
import { type OnFault, TASK_LIMITS, type TaskOrder, type WantedValue } from "./task.js";

/** An order as somebody asks for it: types may be missing, the file may be named in two ways. */
export type AskedOrder =
  | { readonly kind: "getParameterValues" | "getParameterAttributes"; readonly names: readonly string[] }
  | {
      readonly kind: "setParameterValues";
      readonly values: readonly AskedValue[];
      readonly onFault?: OnFault | undefined;
      readonly verify?: boolean | undefined;
    }
  | { readonly kind: "setParameterAttributes"; readonly attributes: readonly AskedAttribute[] }
  | { readonly kind: "getParameterNames"; readonly path: string; readonly nextLevel?: boolean | undefined }
  | { readonly kind: "refresh" | "addObject" | "deleteObject"; readonly path: string }
  | { readonly kind: "reboot" | "factoryReset" | "rotatePassword" | "getQueuedTransfers" | "getRpcMethods" }
  | { readonly kind: "scheduleInform"; readonly delayS: number }
  | ({ readonly kind: "download" } & AskedFile)
  | ({ readonly kind: "scheduleDownload"; readonly windows: readonly AskedWindow[] } & AskedFile)
  | ({ readonly kind: "upload" } & AskedUpload)
  | { readonly kind: "cancelTransfer"; readonly commandKey: string }
  | { readonly kind: "changeDUState"; readonly operations: readonly AskedOperation[] }
  | ({ readonly kind: "diagnostic" } & AskedDiagnostic);

/** A ParameterAttributeChange whose fields may be there without a value. */
export type AskedAttribute = { readonly [K in keyof ParameterAttributeChange]: ParameterAttributeChange[K] | undefined } & {
  readonly name: string;
};

export interface AskedValue {
  readonly name: string;
  readonly value: string;
  /** Any spelling that canonicalType knows. */
  readonly type?: string | undefined;
}

/** What the ACS knows of the device and the catalogue. */
export interface Knowledge extends KnownFiles {
  /** Entries of the names that `namesToKnow` returned; those never told are absent. */
  readonly entries: readonly TreeEntry[];
  readonly productClass: string;
  /** false: the device's model tells Writable wrongly. */
  readonly trustsWritable: boolean;
  /** Default "cwmp". */
  readonly protocol?: Protocol;
}

export type CheckedOrder = { readonly order: TaskOrder } | { readonly errors: readonly FieldError[] };

/** The parameters about which `checkOrder` wants to know. */
export function namesToKnow(asked: AskedOrder): readonly string[] {
  if (asked.kind === "setParameterValues") return asked.values.map(({ name }) => name);
  return asked.kind === "diagnostic" ? namesOfDiagnostic(asked) : [];
}

/** The order that is stored, or everything that is wrong with what was asked. Never throws. */
export function checkOrder(asked: AskedOrder, knowledge: Knowledge): CheckedOrder {
  switch (asked.kind) {
    case "getParameterValues":
      return checkNames(asked.kind, asked.names, "is empty; the whole tree is read by a refresh");
    case "getParameterAttributes":
      return checkNames(asked.kind, asked.names, "is empty; give the root object to ask about the whole tree");
    case "setParameterValues":
      return checkValues(asked, knowledge);
    case "setParameterAttributes":
      return checkAttributes(asked.attributes);
    case "getParameterNames":
      return checkNamesBelow(asked);
    case "refresh":
      return checkPath(asked.path);
    case "addObject":
      return ordered(fieldError("path", objectFault(asked.path) ?? tableFault(asked.path)), { kind: asked.kind, path: asked.path });
    case "deleteObject":
      return ordered(fieldError("path", objectFault(asked.path) ?? instanceFault(asked.path)), { kind: asked.kind, path: asked.path });
    case "reboot":
    case "factoryReset":
    case "rotatePassword":
    case "getQueuedTransfers":
    case "getRpcMethods":
      return { order: { kind: asked.kind } };
    case "scheduleInform":
      return ordered(fieldError("delayS", unsignedFault(asked.delayS, 1)), { kind: asked.kind, delayS: asked.delayS });
    case "download":
      return checkFile(asked, knowledge);
    case "scheduleDownload":
      return checkScheduled(asked, knowledge);
    case "upload":
      return checkUpload(asked);
    case "cancelTransfer":
      return ordered(fieldError("commandKey", keyFault(asked.commandKey)), { kind: asked.kind, commandKey: asked.commandKey });
    case "changeDUState":
      return checkOperations(asked.operations);
    case "diagnostic":
      return checkDiagnostic(asked, knowledge);
  }
}

function ordered(errors: readonly FieldError[], order: TaskOrder): CheckedOrder {
  return errors.length > 0 ? { errors } : { order };
}

/** TR-069 A.3.2.6: the table without an instance number; with alias addressing, the alias of the instance wanted. */
function tableFault(path: string): string | undefined {
  if (/\.\d+\.$/.test(path)) return "names an instance; give the path of its table";
  const isDevices = aliasOf(rowOf(path)?.segment ?? "")?.startsWith(DEVICE_ALIAS_PREFIX) === true;
  return isDevices ? `gives an alias that begins with ${DEVICE_ALIAS_PREFIX}: those are the device's own to give` : undefined;
}

function instanceFault(path: string): string | undefined {
  return rowOf(path) === undefined ? "must name an instance, like Device.Hosts.Host.1. or Device.Hosts.Host.[cpe-1]." : undefined;
}

const COMMAND_KEY_CHARACTERS_MAX = 32;

function keyFault(key: string): string | undefined {
  return key === "" ? "is empty" : textFault(key, COMMAND_KEY_CHARACTERS_MAX);
}

function checkFile(asked: AskedFile, known: Knowledge): CheckedOrder {
  const isAgreed = known.protocol === "nms" && isAgreedFile(asked);
  if (!isAgreed && asked.downloadMethod !== undefined)
    return { errors: [{ field: "downloadMethod", detail: "is for NMS-managed devices, and files whose place is agreed in advance" }] };
  const checked = isAgreed ? checkAgreedFile(asked) : checkDownload(asked, known, known.productClass);
  return "errors" in checked ? checked : { order: { kind: "download", file: checked.file } };
}

function checkScheduled(asked: AskedFile & { readonly windows: readonly AskedWindow[] }, known: Knowledge): CheckedOrder {
  const checked = checkDownload(asked, known, known.productClass);
  const checkedWindows = checkWindows(asked.windows);
  const errors = [...("errors" in checked ? checked.errors : []), ...("errors" in checkedWindows ? checkedWindows.errors : [])];
  if ("errors" in checked || "errors" in checkedWindows) return { errors };
  return { order: { kind: "scheduleDownload", file: checked.file, windows: checkedWindows.windows } };
}

function checkNames(kind: "getParameterValues" | "getParameterAttributes", names: readonly string[], whyEmpty: string): CheckedOrder {
  const count = countFault("names", names.length, TASK_LIMITS.namesPerTaskMax);
  if (count !== undefined) return { errors: count };
  const errors = [
    ...names.flatMap((name, at) => fieldError(`names[${at}]`, name === "" ? whyEmpty : patternFault(name))),
    ...duplicates(names, (at) => `names[${at}]`),
  ];
  return errors.length > 0 ? { errors } : { order: { kind, names } };
}

/** TR-069 A.3.2.3: with NextLevel there must be a next level, so that the path of a parameter is fault 9003. */
function checkNamesBelow({ path, nextLevel = true }: AskedOrder & { readonly kind: "getParameterNames" }): CheckedOrder {
  const isLeaf = path !== "" && !path.endsWith(".");
  const why =
    isLeaf && nextLevel ? "must be empty or a partial path that ends in a dot; a parameter has no next level" : patternFault(path);
  return ordered(fieldError("path", path === "" ? undefined : why), { kind: "getParameterNames", path, nextLevel });
}

function checkPath(path: string): CheckedOrder {
  const why = path !== "" && !path.endsWith(".") ? "must be empty or a partial path that ends in a dot" : patternFault(path);
  return path !== "" && why !== undefined ? { errors: [{ field: "path", detail: why }] } : { order: { kind: "refresh", path } };
}

function checkValues(
  { values, onFault, verify }: AskedOrder & { readonly kind: "setParameterValues" },
  { entries, trustsWritable }: Knowledge,
): CheckedOrder {
  const count = countFault("values", values.length, TASK_LIMITS.valuesPerTaskMax);
  if (count !== undefined) return { errors: count };
  const known = knownEntries({ entries, trustsWritable });
  const names = values.map(({ name }) => name);
  const errors = [
    ...values.flatMap((value, at) => valueErrors(value, `values[${at}]`, known.get(value.name))),
    // TR-069 A.3.2.1: a parameter twice in one call is the device's fault 9003.
    ...duplicates(names, (at) => `values[${at}].name`),
  ];
  if (errors.length > 0) return { errors };
  const wantedValues = values.map((value) => wanted(value, known.get(value.name)));
  const options = { ...(onFault === undefined ? {} : { onFault }), ...(verify === true ? { verify } : {}) };
  return { order: { kind: "setParameterValues", values: wantedValues, ...options } };
}

export function knownEntries({ entries, trustsWritable }: Pick<Knowledge, "entries" | "trustsWritable">): ReadonlyMap<string, TreeEntry> {
  return new Map(entries.map((entry) => [entry.name, trustsWritable ? entry : { ...entry, writable: null }]));
}

/** The type given, else the one that the device told, else xsd:string. */
export function wanted({ name, value, type }: AskedValue, known: TreeEntry | undefined): WantedValue {
  return { name, value, type: canonicalType(type ?? writableType(known) ?? "xsd:string") };
}

export function valueErrors({ name, value, type }: AskedValue, field: string, known: TreeEntry | undefined): readonly FieldError[] {
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
