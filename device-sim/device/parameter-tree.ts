/**
 * A device's parameters: what it answers to GetParameterValues, GetParameterNames and SetParameterValues.
 * Spec: TR-069 A.3.2.1-A.3.2.3, TR-106. Layer: device, pure.
 */
import { CPE_FAULTS, type ParameterFault } from "../../acs/cwmp/faults.js";
import type { ParameterValue } from "../../acs/cwmp/parameter-value.js";
import type { ParameterInfo } from "../../acs/cwmp/rpc/get-parameter-names.js";
import type { ParameterDefinition } from "../../schemas/data-models/data-model.js";
import type { StoredAttributes } from "./attributes.js";
import { isGrowable, type ModelIndex, type TableRows } from "./model-index.js";
import { readValue, typeName } from "./parameter-value.js";
import { RpcFault } from "./rpc-fault.js";

/** Values that differ from the model's samples. `stored` outlives a power cut; `volatile` (status, counters, time) goes before it. */
export interface ParameterTree {
  readonly index: ModelIndex;
  readonly stored: ReadonlyMap<string, string>;
  readonly volatile: ReadonlyMap<string, string>;
  /** What the ACS has set with SetParameterAttributes, by parameter. Outlives a power cut. */
  readonly attributes: ReadonlyMap<string, StoredAttributes>;
  /** Tables whose rows are no longer the model's; `index` has these rows. Outlives a power cut. */
  readonly rows: TableRows;
}

export interface Written {
  readonly tree: ParameterTree;
  /** Names whose value is another one than before. A hidden boolean ("reset now") counts whenever it is set to true. */
  readonly changed: readonly string[];
}

export const PARAMETER_LIMITS = { parameterKeyCharactersMax: 32 } as const;

const PARAMETER_KEY = "ManagementServer.ParameterKey";

export function newTree(index: ModelIndex, stored: ReadonlyMap<string, string>): ParameterTree {
  return { index, stored, volatile: new Map(), attributes: new Map(), rows: new Map() };
}

/** The value as the device itself uses it, passwords too. `undefined`: no such parameter. */
export function currentValue(tree: ParameterTree, name: string): string | undefined {
  return tree.volatile.get(name) ?? tree.stored.get(name) ?? tree.index.definitions.get(name)?.sample;
}

/** One parameter as an ACS may see it. @throws {RpcFault} 9005: no such parameter. */
export function tellParameter(tree: ParameterTree, name: string): ParameterValue {
  const definition = tree.index.definitions.get(name);
  if (definition === undefined) throw new RpcFault(9005, name);
  const hidden = definition.type.base === "boolean" ? "0" : "";
  return { name, type: typeName(definition.type), text: definition.hidden ? hidden : (currentValue(tree, name) ?? "") };
}

/**
 * TR-069 A.3.2.2. A name told twice is answered once. An object without parameters gives nothing.
 * @param names Parameters, or partial paths that end in "."; "" is the whole tree. `[]` gives `[]`.
 * @throws {RpcFault} 9005 if any name is unknown: there are no partial answers.
 */
export function getValues(tree: ParameterTree, names: readonly string[]): readonly ParameterValue[] {
  const wanted = new Set(names.flatMap((name) => parametersAt(tree.index, name)));
  return [...wanted].map((name) => tellParameter(tree, name));
}

/** The parameters that a full or partial path means. @throws {RpcFault} 9005: none, and no object either. */
export function parametersAt({ definitions, objects, paths }: ModelIndex, name: string): readonly string[] {
  if (definitions.has(name)) return [name];
  if (name !== "" && !objects.has(name)) throw new RpcFault(9005, name);
  return paths.filter((path) => path.startsWith(name) && !path.endsWith("."));
}

/**
 * TR-069 A.3.2.3. Writable are parameters for SetParameterValues, tables for AddObject and their rows for DeleteObject.
 * @throws {RpcFault} 9005: no such path. 9003: `nextLevel` with a parameter.
 */
export function getNames({ index }: ParameterTree, path: string, nextLevel: boolean): readonly ParameterInfo[] {
  const { definitions, objects, paths } = index;
  if (definitions.has(path)) {
    if (nextLevel) throw new RpcFault(9003, `NextLevel is true, but ${path} is a parameter`);
    return [infoOf(index, path)];
  }
  if (path !== "" && !objects.has(path)) throw new RpcFault(9005, path);
  return paths.filter((item) => item.startsWith(path) && (!nextLevel || isChild(path, item))).map((item) => infoOf(index, item));
}

function isChild(parent: string, path: string): boolean {
  const dot = path.indexOf(".", parent.length);
  return path !== parent && (dot < 0 || dot === path.length - 1);
}

function infoOf(index: ModelIndex, name: string): ParameterInfo {
  return { name, writable: index.definitions.get(name)?.writable ?? isGrowable(index, name) };
}

/**
 * TR-069 A.3.2.1: all values are set, or none. `parameterKey` is stored with them.
 * @throws {RpcFault} 9003, with a fault per parameter that was refused.
 */
export function setValues(tree: ParameterTree, values: readonly ParameterValue[], parameterKey: string): Written {
  checkParameterKey(parameterKey);
  const twice = values.find(({ name }, at) => values.findIndex((other) => other.name === name) !== at);
  if (twice !== undefined) throw new RpcFault(9003, `${twice.name} is set twice`);
  const results = values.map((value) => checkWrite(tree.index, value));
  const faults = results.filter((result) => "faultCode" in result);
  if (faults.length > 0) throw new RpcFault(9003, "no parameter was set", faults);
  const accepted = results.filter((result) => "text" in result);
  const changed = accepted.filter(({ name, text }) => differs(tree, name, text)).map(({ name }) => name);
  const stored = new Map(tree.stored);
  const volatile = new Map(tree.volatile);
  for (const { name, text } of accepted) (isDiagnosis(tree.index.definitions.get(name)) ? volatile : stored).set(name, text);
  return { tree: withParameterKey({ ...tree, stored, volatile }, parameterKey), changed };
}

/** @throws {RpcFault} 9003: longer than the parameter that keeps it. */
export function checkParameterKey(parameterKey: string): void {
  const { parameterKeyCharactersMax } = PARAMETER_LIMITS;
  if ([...parameterKey].length > parameterKeyCharactersMax)
    throw new RpcFault(9003, `ParameterKey is longer than ${parameterKeyCharactersMax}`);
}

/** A change of configuration has succeeded: the ACS's mark of it is kept. */
export function withParameterKey(tree: ParameterTree, parameterKey: string): ParameterTree {
  return withStored(tree, tree.index.root + PARAMETER_KEY, parameterKey);
}

function checkWrite(index: ModelIndex, value: ParameterValue): ParameterFault | { readonly name: string; readonly text: string } {
  const { name } = value;
  const definition = index.definitions.get(name);
  if (definition === undefined) return { name, faultCode: 9005, faultString: CPE_FAULTS[9005] };
  if (!definition.writable) return { name, faultCode: 9008, faultString: CPE_FAULTS[9008] };
  const read = readValue(definition.type, value.type, value.text);
  return read.ok ? { name, text: read.text } : { name, faultCode: read.faultCode, faultString: read.why };
}

/** The state of a test, of whose values the ACS may set few. A restart forgets it. */
const isDiagnosis = (definition: ParameterDefinition | undefined): boolean =>
  definition?.type.base === "string" && "writableValues" in definition.type;

function differs(tree: ParameterTree, name: string, text: string): boolean {
  const definition = tree.index.definitions.get(name);
  if (definition?.hidden && definition.type.base === "boolean") return text === "1";
  if (isDiagnosis(definition)) return true; // asking again is another test
  return currentValue(tree, name) !== text;
}

/** The device itself changes a value that it keeps. */
export function withStored(tree: ParameterTree, name: string, text: string): ParameterTree {
  return { ...tree, stored: new Map(tree.stored).set(name, text) };
}

/** The device itself changes values that it forgets when it loses power. */
export function withVolatile(tree: ParameterTree, entries: Readonly<Record<string, string>>): ParameterTree {
  return { ...tree, volatile: new Map([...tree.volatile, ...Object.entries(entries)]) };
}

/** Names of the parameters that every Inform tells (TR-098: "forced inform"). */
export function forcedInformNames({ definitions }: ModelIndex): readonly string[] {
  return [...definitions.values()].filter((item) => item.forcedInform).map((item) => item.name);
}
