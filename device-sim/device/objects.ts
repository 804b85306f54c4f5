/**
 * Rows of tables come and go: what the device does on AddObject and DeleteObject.
 * Spec: TR-069 A.3.2.6, A.3.2.7. Layer: device, pure.
 */
import { DEVICE_ALIAS_PREFIX } from "../../acs/cwmp/path-segments.js";
import { counterName, hasRoom, isGrowable, rowAt, rowNumbers, withoutRow, withRow } from "./model-index.js";
import { checkParameterKey, type ParameterTree, withParameterKey, withStored } from "./parameter-tree.js";
import { RpcFault } from "./rpc-fault.js";

/**
 * @param objectName The table, with its trailing dot. @param alias Of the new row, judged already; undefined: the device's own.
 * @throws {RpcFault} 9003: ParameterKey too long. 9004: no room. 9005: no such table. 9001: the standard allows no rows to be added.
 */
export function addObject(
  tree: ParameterTree,
  objectName: string,
  parameterKey: string,
  alias?: string,
): { readonly tree: ParameterTree; readonly instanceNumber: number } {
  checkParameterKey(parameterKey);
  if (!tree.index.tables.has(objectName)) throw new RpcFault(9005, `${objectName} is no table`);
  if (!isGrowable(tree.index, objectName)) throw new RpcFault(9001, `the rows of ${objectName} are the device's own`);
  if (!hasRoom(tree.index, objectName)) throw new RpcFault(9004, `no more rows in ${objectName}`);
  const added = addRow(tree, objectName, alias);
  return { tree: withParameterKey(added.tree, parameterKey), instanceNumber: added.instanceNumber };
}

/** @throws {RpcFault} 9003: ParameterKey too long. 9005: no such row. 9001: it is the device's own. */
export function deleteObject(tree: ParameterTree, objectName: string, parameterKey: string): ParameterTree {
  checkParameterKey(parameterKey);
  const row = rowAt(tree.index, objectName);
  if (row === undefined) throw new RpcFault(9005, `${objectName} is no row of a table`);
  if (!isGrowable(tree.index, objectName)) throw new RpcFault(9001, `${objectName} is the device's own`);
  return withParameterKey(deleteRow(tree, row.table, row.number), parameterKey);
}

/** A row with its initial values. Its number is one that no row of the table ever had. @param given Alias; undefined: the device's own. */
export function addRow(
  tree: ParameterTree,
  table: string,
  given?: string,
): { readonly tree: ParameterTree; readonly instanceNumber: number } {
  const numbers = rowNumbers(tree.index, table);
  const instanceNumber = 1 + (tree.rows.get(table)?.last ?? Math.max(0, ...numbers));
  const rows = new Map(tree.rows).set(table, { numbers: [...numbers, instanceNumber], last: instanceNumber });
  const grown = { ...tree, rows, index: withRow(tree.index, table, instanceNumber) };
  const alias = `${table}${instanceNumber}.Alias`;
  const named = grown.index.definitions.has(alias) ? withStored(grown, alias, given ?? DEVICE_ALIAS_PREFIX + instanceNumber) : grown;
  return { tree: withCounter(named, table), instanceNumber };
}

export function deleteRow(tree: ParameterTree, table: string, number: number): ParameterTree {
  const row = `${table}${number}.`;
  const numbers = rowNumbers(tree.index, table);
  const last = tree.rows.get(table)?.last ?? Math.max(0, ...numbers);
  const left = { numbers: numbers.filter((other) => other !== number), last };
  return withCounter(
    {
      index: withoutRow(tree.index, table, number),
      stored: outside(row, tree.stored),
      volatile: outside(row, tree.volatile),
      attributes: outside(row, tree.attributes),
      rows: outside(row, tree.rows).set(table, left),
    },
    table,
  );
}

const outside = <V>(row: string, entries: ReadonlyMap<string, V>): Map<string, V> =>
  new Map([...entries].filter(([name]) => !name.startsWith(row)));

function withCounter(tree: ParameterTree, table: string): ParameterTree {
  const counter = counterName(tree.index, table);
  return counter === undefined ? tree : withStored(tree, counter, String(rowNumbers(tree.index, table).length));
}
