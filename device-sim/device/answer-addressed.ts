/**
 * Requests that name rows by alias or wildcard, brought to numbers, and answers as InstanceMode wants them told.
 * Spec: TR-069 3.6.1, 3.6.2, A.3.2. Layer: device, pure.
 */

import type { AcsRequest, DeviceResponse, UnknownMethod } from "../../acs/cwmp/messages.js";
import type { ParameterValue } from "../../acs/cwmp/parameter-value.js";
import { aliasFault, aliasOf, DEVICE_ALIAS_PREFIX, rowOf } from "../../acs/cwmp/path-segments.js";
import { meantPath, meantPaths, toldPath, withMeantRows } from "./addressing.js";
import { rowNumbers } from "./model-index.js";
import { currentValue, type ParameterTree } from "./parameter-tree.js";
import { RpcFault } from "./rpc-fault.js";

export interface Meant {
  /** With the rows that the request creates by naming them. */
  readonly tree: ParameterTree;
  readonly request: AcsRequest | UnknownMethod;
  /** The names as they came, by the names that they mean. */
  readonly asked: ReadonlyMap<string, string>;
}

/** @throws {RpcFault} 9003: SetParameterValues with aliases that can't be. 9005: a wildcard that means no table. */
export function meantRequest(tree: ParameterTree, request: AcsRequest | UnknownMethod): Meant {
  const same = (meant: AcsRequest): Meant => ({ tree, request: meant, asked: new Map() });
  switch (request.kind) {
    case "GetParameterValues":
    case "GetParameterAttributes":
      return same({ ...request, names: request.names.flatMap((name) => meantPaths(tree, name)) });
    case "SetParameterAttributes":
      return same({ ...request, parameters: request.parameters.map((change) => ({ ...change, name: meantPath(tree, change.name) })) });
    case "SetParameterValues":
      return meantValues(tree, request);
    case "AddObject":
      return same({ ...request, objectName: meantTable(tree, request.objectName) });
    case "DeleteObject":
      return same({ ...request, objectName: meantPath(tree, request.objectName) });
    default:
      return { tree, request, asked: new Map() };
  }
}

/** The alias at the end is the new row's: it stays. */
function meantTable(tree: ParameterTree, objectName: string): string {
  const row = rowOf(objectName);
  if (row === undefined || aliasOf(row.segment) === undefined) return meantPath(tree, objectName);
  return `${meantPath(tree, row.table)}${row.segment}.`;
}

function meantValues(before: ParameterTree, request: AcsRequest & { readonly kind: "SetParameterValues" }): Meant {
  let tree = before;
  const asked = new Map<string, string>();
  const values = request.values.map((value) => {
    const meant = withMeantRows(tree, value.name);
    tree = meant.tree;
    asked.set(meant.path, value.name);
    return { ...value, name: meant.path };
  });
  const faults = values.flatMap((value) => {
    const why = aliasRefused(tree, value);
    return why === undefined ? [] : [{ name: asked.get(value.name) ?? value.name, faultCode: 9007 as const, faultString: why }];
  });
  if (faults.length > 0) throw new RpcFault(9003, "no parameter was set", faults);
  return { tree, request: { ...request, values }, asked };
}

/** Why a row can't be called so; undefined: it can, or the value is no alias. */
function aliasRefused(tree: ParameterTree, { name, text }: ParameterValue): string | undefined {
  const row = name.endsWith(".Alias") ? rowOf(name.slice(0, -"Alias".length)) : undefined;
  if (row === undefined || currentValue(tree, name) === undefined || currentValue(tree, name) === text) return undefined;
  return aliasRefusal(tree, row.table, text);
}

/** Why the ACS can't give this alias to a row of the table. TR-106: unique in its table; "cpe-" is the device's. */
export function aliasRefusal(tree: ParameterTree, table: string, alias: string): string | undefined {
  const why = aliasFault(alias);
  if (why !== undefined) return `the alias ${why}`;
  if (alias.startsWith(DEVICE_ALIAS_PREFIX)) return `aliases that begin with ${DEVICE_ALIAS_PREFIX} are the device's own`;
  const isTaken = rowNumbers(tree.index, table).some((number) => currentValue(tree, `${table}${number}.Alias`) === alias);
  return isTaken ? "another row has this alias" : undefined;
}

/** The answer with paths as the device tells them. */
export function toldResponse(tree: ParameterTree, response: DeviceResponse): DeviceResponse {
  const told = <T extends { readonly name: string }>(items: readonly T[]): readonly T[] =>
    items.map((item) => ({ ...item, name: toldPath(tree, item.name) }));
  switch (response.kind) {
    case "GetParameterValuesResponse":
      return { ...response, values: told(response.values) };
    case "GetParameterNamesResponse":
      return { ...response, parameters: told(response.parameters) };
    case "GetParameterAttributesResponse":
      return { ...response, attributes: told(response.attributes) };
    default:
      return response;
  }
}

/** A fault names parameters as the ACS did. */
export function askedFault(fault: RpcFault["fault"], asked: ReadonlyMap<string, string>): RpcFault["fault"] {
  const parameters = fault.setParameterValuesFaults.map((one) => ({ ...one, name: asked.get(one.name) ?? one.name }));
  return { ...fault, setParameterValuesFaults: parameters };
}

/** "A.B.[mine]." gives the table and the alias; a table alone has none. */
export function tableAndAlias(objectName: string): { readonly table: string; readonly alias?: string } {
  const row = rowOf(objectName);
  const alias = row === undefined ? undefined : aliasOf(row.segment);
  return row === undefined || alias === undefined ? { table: objectName } : { table: row.table, alias };
}
