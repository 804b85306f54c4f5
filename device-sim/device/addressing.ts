/**
 * Rows of tables by alias and by "*": what the ACS means by a path, and how the device tells its own.
 * Spec: TR-069 3.6.1, 3.6.2, A.3.2.1 (auto-create). Layer: device, pure.
 */
import { aliasOf, hasAlias, hasWildcard, isPattern, segmentsOf, WILDCARD } from "../../acs/cwmp/path-segments.js";
import { hasRoom, isGrowable, rowNumbers } from "./model-index.js";
import { addRow } from "./objects.js";
import { currentValue, type ParameterTree } from "./parameter-tree.js";
import { RpcFault } from "./rpc-fault.js";

const isSet = (tree: ParameterTree, name: string, value = "1"): boolean =>
  currentValue(tree, `${tree.index.root}ManagementServer.${name}`) === value;

export const takesAliases = (tree: ParameterTree): boolean => isSet(tree, "AliasBasedAddressing");

/** A path that means one thing: aliases become numbers. What is unknown stays, and is unknown to whoever looks it up. */
export function meantPath(tree: ParameterTree, path: string): string {
  if (!hasAlias(path) || !takesAliases(tree)) return path;
  return segmentsOf(path).reduce((prefix, segment, at) => {
    const alias = aliasOf(segment);
    const number = alias === undefined ? undefined : numberOf(tree, prefix, alias);
    return `${prefix}${number ?? segment}${at === segmentsOf(path).length - 1 ? "" : "."}`;
  }, "");
}

function numberOf(tree: ParameterTree, table: string, alias: string): number | undefined {
  if (!tree.index.tables.has(table)) return undefined;
  return rowNumbers(tree.index, table).find((number) => currentValue(tree, `${table}${number}.Alias`) === alias);
}

/**
 * All that a path means, in the model's order. `[]`: a table without rows.
 * @throws {RpcFault} 9005: a wildcard that does not stand for the rows of a table, or from a device that takes none.
 */
export function meantPaths(tree: ParameterTree, path: string): readonly string[] {
  if (!isPattern(path)) return [path];
  const meant = meantPath(tree, path);
  if (!hasWildcard(meant)) return [meant];
  if (!isSet(tree, "InstanceWildcardsSupported")) throw new RpcFault(9005, path);
  const segments = segmentsOf(meant);
  return segments.reduce<readonly string[]>(
    (prefixes, segment, at) => {
      const end = at === segments.length - 1 ? "" : ".";
      return prefixes.flatMap((prefix) => rowsLike(tree, prefix, segment).map((row) => `${prefix}${row}${end}`));
    },
    [""],
  );
}

function rowsLike(tree: ParameterTree, table: string, segment: string): readonly string[] {
  const alias = aliasOf(segment); // below a wildcard, aliases are those of each row's own table
  if (segment !== WILDCARD && alias === undefined) return [segment];
  if (!tree.index.tables.has(table)) throw new RpcFault(9005, `${table} is no table`);
  if (alias === undefined) return rowNumbers(tree.index, table).map(String);
  const number = takesAliases(tree) ? numberOf(tree, table, alias) : undefined;
  return number === undefined ? [] : [String(number)];
}

/** As `meantPath`; with AutoCreateInstances, rows of unknown aliases are added where the ACS may add any. */
export function withMeantRows(tree: ParameterTree, path: string): { readonly tree: ParameterTree; readonly path: string } {
  const segments = segmentsOf(path);
  if (!hasAlias(path) || !takesAliases(tree) || !isSet(tree, "AutoCreateInstances")) return { tree, path: meantPath(tree, path) };
  let grown = tree;
  let meant = "";
  for (const [at, segment] of segments.entries()) {
    const alias = aliasOf(segment);
    if (alias !== undefined && mayCreate(grown, meant, alias)) grown = addRow(grown, meant, alias).tree;
    meant += `${alias === undefined ? segment : (numberOf(grown, meant, alias) ?? segment)}${at === segments.length - 1 ? "" : "."}`;
  }
  return { tree: grown, path: meant };
}

function mayCreate(tree: ParameterTree, table: string, alias: string): boolean {
  return numberOf(tree, table, alias) === undefined && isGrowable(tree.index, table) && hasRoom(tree.index, table);
}

/** As InstanceMode has it: by number, or each row by its alias. */
export function toldPath(tree: ParameterTree, path: string): string {
  if (!takesAliases(tree) || !isSet(tree, "InstanceMode", "InstanceAlias")) return path;
  let prefix = "";
  const segments = path.split(".").map((segment) => {
    const alias = tree.index.tables.has(prefix) ? currentValue(tree, `${prefix}${segment}.Alias`) : undefined;
    prefix += `${segment}.`;
    return alias === undefined ? segment : `[${alias}]`;
  });
  return segments.join(".");
}
