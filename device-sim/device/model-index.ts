/**
 * A data model made ready for look-up, and how it grows and shrinks when rows of its tables come and go.
 * Spec: TR-106 (multi-instance objects), TR-069 A.3.2.6, A.3.2.7. Layer: device, pure.
 */
import type { DataModel, ModelPlaces, ParameterDefinition, TableDefinition, TestKind } from "../../schemas/data-models/data-model.js";

/** What a device has at the moment. Devices whose rows are those of the model share one. */
export interface ModelIndex {
  readonly root: string;
  readonly places: ModelPlaces;
  readonly definitions: ReadonlyMap<string, ParameterDefinition>;
  /** All paths in the model's order: parameters, and objects with their trailing dot. */
  readonly paths: readonly string[];
  readonly objects: ReadonlySet<string>;
  /** Tables by path. */
  readonly tables: ReadonlyMap<string, Table>;
  /** Tests by their object's path, with "{i}" for numbers. */
  readonly tests: ReadonlyMap<string, Test>;
}

interface Test {
  readonly kind: TestKind;
  /** Name of the state within the object. */
  readonly stateLeaf: string;
}

/** What tables of one kind have in common, wherever they stand. */
interface Table {
  readonly definition: TableDefinition;
  /** The same for all tables of the kind: the path with "{i}" for numbers. */
  readonly kind: string;
  /** Parameters of a new row, named within it, with their initial values as samples. */
  readonly parameters: readonly ParameterDefinition[];
  /** Tables of a new row, by path within it. */
  readonly tables: readonly { readonly path: string; readonly table: Table }[];
}

/** Rows of the tables that were added to or deleted from, by the table's path; `last` is the highest number ever given. */
export type TableRows = ReadonlyMap<string, { readonly numbers: readonly number[]; readonly last: number }>;

export function indexModel(model: DataModel): ModelIndex {
  const paths = withObjects(
    "",
    model.parameters.map(({ name }) => name),
    model.tables.map(({ path }) => path),
  );
  return {
    root: model.root,
    places: model.places,
    definitions: new Map(model.parameters.map((item) => [item.name, item])),
    paths,
    objects: new Set(paths.filter((path) => path.endsWith("."))),
    tables: new Map(model.tables.map((definition) => [definition.path, describeTable(model, definition)])),
    tests: new Map(Object.entries(model.places.tests).map(([state, kind]) => describeTest(model.root + state, kind))),
  };
}

function describeTest(state: string, kind: TestKind): readonly [string, Test] {
  const dot = state.lastIndexOf(".") + 1;
  return [kindOf(state.slice(0, dot)), { kind, stateLeaf: state.slice(dot) }];
}

/** The same for objects of one kind, wherever they stand: "{i}" for numbers. */
export const kindOf = (path: string): string => path.replace(/\.\d+(?=\.)/g, ".{i}");

/** Each path after the objects that it lies in, each object once. */
function withObjects(prefix: string, names: readonly string[], tables: readonly string[]): readonly string[] {
  const paths = new Set<string>();
  for (const name of [...names, ...tables]) {
    for (let dot = name.indexOf("."); dot >= 0; dot = name.indexOf(".", dot + 1)) paths.add(prefix + name.slice(0, dot + 1));
    paths.add(prefix + name);
  }
  return [...paths];
}

function describeTable(model: DataModel, definition: TableDefinition): Table {
  const row = `${definition.path}1.`;
  const inside = model.tables.filter(({ path }) => path.startsWith(row));
  // A new row has the tables of the example row, but no rows in those that the ACS fills.
  const empty = inside.filter(({ growable }) => growable);
  const isNew = (path: string): boolean => !empty.some((table) => path.startsWith(table.path) && path !== table.path);
  const counters = new Set(empty.map(counterOf));
  const { initial = {} } = definition;
  const example = model.parameters.filter(({ name }) => name.startsWith(row) && isNew(name));
  const parameters = example.map((item) => {
    const name = item.name.slice(row.length);
    return { ...item, name, sample: counters.has(item.name) ? "0" : (initial[name] ?? item.sample) };
  });
  const tables = inside
    .filter(({ path }) => isNew(path))
    .map((table) => ({ path: table.path.slice(row.length), table: describeTable(model, table) }));
  return { definition, kind: kindOf(definition.path), parameters: definition.row ?? parameters, tables };
}

function counterOf({ path, countedBy }: TableDefinition): string | undefined {
  return countedBy === undefined ? undefined : parentOf(path) + countedBy;
}

/** "A.B.1." gives "A.B.". */
const parentOf = (object: string): string => object.slice(0, object.lastIndexOf(".", object.length - 2) + 1);

/** Name of the parameter that counts the rows of a table. */
export function counterName({ tables }: ModelIndex, table: string): string | undefined {
  const countedBy = tables.get(table)?.definition.countedBy;
  return countedBy === undefined ? undefined : parentOf(table) + countedBy;
}

/** The table that this object is a row of, and its number there. */
export function rowAt({ tables, objects }: ModelIndex, path: string): { readonly table: string; readonly number: number } | undefined {
  const table = parentOf(path);
  const number = path.slice(table.length, -1);
  return objects.has(path) && tables.has(table) && /^\d+$/.test(number) ? { table, number: Number(number) } : undefined;
}

/** Numbers of the rows that a table has, in the model's order. */
export function rowNumbers(index: ModelIndex, table: string): readonly number[] {
  return index.paths.flatMap((path) => {
    const row = path.startsWith(table) ? rowAt(index, path) : undefined;
    return row?.table === table ? [row.number] : [];
  });
}

/** Whether the ACS may add to this table, or delete this row. */
export function isGrowable(index: ModelIndex, path: string): boolean {
  const table = index.tables.has(path) ? path : rowAt(index, path)?.table;
  return table !== undefined && index.tables.get(table)?.definition.growable === true;
}

/** Whether the device has room for one more row in this table. */
export function hasRoom(index: ModelIndex, table: string): boolean {
  const found = index.tables.get(table);
  const alike = [...index.tables].filter(([, { kind }]) => kind === found?.kind);
  const rows = alike.reduce((sum, [path]) => sum + rowNumbers(index, path).length, 0);
  return rows < (found?.definition.rowsMax ?? 0);
}

/** @throws {RangeError} No such table: our bug. */
export function withRow(index: ModelIndex, table: string, number: number): ModelIndex {
  return withNewRows(index, table, [number]);
}

/** @param numbers None of which the table has. @throws {RangeError} No such table: our bug. */
export function withNewRows(index: ModelIndex, table: string, numbers: readonly number[]): ModelIndex {
  const found = index.tables.get(table);
  if (found === undefined) throw new RangeError(`no table ${table}`);
  const rows = numbers.map((number) => `${table}${number}.`);
  const names = found.parameters.map(({ name }) => name);
  const inner = found.tables.map(({ path }) => path);
  const added = rows.flatMap((row) => [row, ...withObjects(row, names, inner)]);
  const definitions = rows.flatMap((row) => found.parameters.map((item) => [row + item.name, { ...item, name: row + item.name }] as const));
  const tables = rows.flatMap((row) => found.tables.map((item) => [row + item.path, item.table] as const));
  const after = index.paths.findLastIndex((path) => path.startsWith(table)) + 1;
  return {
    ...index,
    definitions: new Map([...index.definitions, ...definitions]),
    paths: [...index.paths.slice(0, after), ...added, ...index.paths.slice(after)],
    objects: new Set([...index.objects, ...added.filter((path) => path.endsWith("."))]),
    tables: new Map([...index.tables, ...tables]),
  };
}

export function withoutRow(index: ModelIndex, table: string, number: number): ModelIndex {
  const row = `${table}${number}.`;
  return keeping(index, (path) => !path.startsWith(row));
}

/** Tables of results stay, and are empty. @param within Path of an object; "": everywhere. */
export function withoutResultRows(index: ModelIndex, within: string): ModelIndex {
  const isFull = (table: string): boolean => table.startsWith(within) && index.objects.has(`${table}1.`); // numbered from 1 each time
  const full = [...index.tables].filter(([path, { definition }]) => definition.results === true && isFull(path)).map(([path]) => path);
  if (full.length === 0) return index;
  return keeping(index, (path) => !full.some((table) => path.startsWith(table) && path !== table));
}

function keeping(index: ModelIndex, stays: (path: string) => boolean): ModelIndex {
  return {
    ...index,
    definitions: new Map([...index.definitions].filter(([name]) => stays(name))),
    paths: index.paths.filter(stays),
    objects: new Set([...index.objects].filter(stays)),
    tables: new Map([...index.tables].filter(([path]) => stays(path))),
  };
}

/** The model with the rows that a device remembers. Tables that it no longer has are passed over. */
export function withRows(model: ModelIndex, rows: TableRows): ModelIndex {
  // A table within a row has a longer path than the table of that row.
  const outermostFirst = [...rows].toSorted(([a], [b]) => a.length - b.length);
  return outermostFirst.reduce((index, [table, { numbers }]) => {
    if (!index.tables.has(table)) return index;
    const present = rowNumbers(index, table);
    const reduced = present.filter((number) => !numbers.includes(number)).reduce((less, number) => withoutRow(less, table, number), index);
    return numbers.filter((number) => !present.includes(number)).reduce((more, number) => withRow(more, table, number), reduced);
  }, model);
}
