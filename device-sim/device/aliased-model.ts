/**
 * A data model of a device that takes aliases and wildcards: Alias in each row, and the switches in ManagementServer.
 * Spec: TR-069 3.6.1, 3.6.2; TR-106 (Alias), TR-181 (ManagementServer). Layer: device, pure.
 */
import { DEVICE_ALIAS_PREFIX } from "../../acs/cwmp/path-segments.js";
import type { DataModel, ParameterDefinition } from "../../schemas/data-models/data-model.js";
import { kindOf } from "./model-index.js";

const ALIAS_CHARACTERS_MAX = 64;
const SERVER = "ManagementServer.";

const plain = (name: string, sample: string): ParameterDefinition => ({
  ...{ name, sample, type: { base: "boolean" }, writable: true },
  ...{ forcedInform: false, activeNotification: false, forcedNotification: false, mayDenyNotification: false, hidden: false },
});

/** Parameters that the model has already stay as they are, but for AliasBasedAddressing. */
export function aliasedModel(model: DataModel): DataModel {
  const own = new Set(model.parameters.map(({ name }) => name));
  const kinds = new Set(model.tables.map(({ path }) => kindOf(path)));
  const added = new Set<string>();
  const parameters = model.parameters.flatMap((parameter) => {
    const rows = rowsOf(parameter.name, kinds).filter(({ row }) => !own.has(`${row}Alias`) && !added.has(row));
    for (const { row } of rows) added.add(row);
    return [...rows.map(({ row, number }) => aliasParameter(`${row}Alias`, number)), parameter];
  });
  const tables = model.tables.map((table) =>
    table.row === undefined || table.results === true || table.row.some(({ name }) => name === "Alias")
      ? table
      : { ...table, row: [aliasParameter("Alias", "1"), ...table.row] },
  );
  return { ...model, tables, parameters: withSwitches(model.root + SERVER, parameters) };
}

function aliasParameter(name: string, number: string): ParameterDefinition {
  return { ...plain(name, DEVICE_ALIAS_PREFIX + number), type: { base: "string", charactersMax: ALIAS_CHARACTERS_MAX } };
}

/** The rows of tables that a parameter lies in, outer ones first. */
function rowsOf(name: string, kinds: ReadonlySet<string>): readonly { readonly row: string; readonly number: string }[] {
  return [...name.matchAll(/\.(\d+)\./g)].flatMap(({ 1: number = "", index }) =>
    kinds.has(kindOf(name.slice(0, index + 1))) ? [{ row: `${name.slice(0, index + 1)}${number}.`, number }] : [],
  );
}

function withSwitches(server: string, parameters: readonly ParameterDefinition[]): readonly ParameterDefinition[] {
  const switches: readonly ParameterDefinition[] = [
    { ...plain(`${server}AliasBasedAddressing`, "1"), writable: false, forcedInform: true },
    { ...plain(`${server}InstanceMode`, "InstanceNumber"), type: { base: "string", values: ["InstanceNumber", "InstanceAlias"] } },
    plain(`${server}AutoCreateInstances`, "0"),
    { ...plain(`${server}InstanceWildcardsSupported`, "1"), writable: false },
  ];
  const names = new Set(switches.map(({ name }) => name));
  const others = parameters.filter(({ name }) => !names.has(name));
  const after = others.findLastIndex(({ name }) => name.startsWith(server)) + 1;
  return [...others.slice(0, after), ...switches, ...others.slice(after)];
}
