/**
 * The life of a test: asked for, stopped, void, ended. What each of these does to the device.
 * Spec: TR-106 (DiagnosticsState), TR-098, TR-181, TR-143, TR-104 (their diagnostics objects). Layer: device, pure.
 */
import type { ParameterType, TestKind } from "../../schemas/data-models/data-model.js";
import { type Device, raiseEvent } from "./device.js";
import { counterName, kindOf, type ModelIndex, withNewRows, withoutResultRows } from "./model-index.js";
import { currentValue, type ParameterTree, withVolatile } from "./parameter-tree.js";

/** One test of one device; there may be one in each row of a table. */
export interface DiagnosticTest {
  /** Full path of its object. */
  readonly object: string;
  readonly kind: TestKind;
  /** Full name of the parameter that says how far it is. */
  readonly state: string;
}

/** What a test found. Names are those within its object; "" as a value is a value. */
export interface TestEnd {
  /** "Complete", or an error by its standard name: what this object has no word for is told with the nearest one. */
  readonly state: string;
  readonly results: Readonly<Record<string, string>>;
  /** What went wrong, for people at the device. */
  readonly why?: string;
  /** Rows by table: "RouteHops". */
  readonly tables?: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>>;
}

/** The tests that these parameters belong to, each once. @param names Full names of parameters. */
export function testsConcerned(index: ModelIndex, names: readonly string[]): readonly DiagnosticTest[] {
  const found = names.flatMap((name) => testAround(index, name) ?? []);
  return [...new Map(found.map((test) => [test.object, test])).values()];
}

/** The test that a parameter is a part of; undefined: of none. */
function testAround(index: ModelIndex, name: string): DiagnosticTest | undefined {
  for (let dot = name.lastIndexOf("."); dot > 0; dot = name.lastIndexOf(".", dot - 1)) {
    const object = name.slice(0, dot + 1);
    const test = index.tests.get(kindOf(object));
    if (test !== undefined) return { object, kind: test.kind, state: object + test.stateLeaf };
  }
  return undefined;
}

export const isRequested = (tree: ParameterTree, { state }: DiagnosticTest): boolean => currentValue(tree, state) === "Requested";

/**
 * A new argument makes the last test, or the one that runs, void: its state is "None" again, unless the same call asks for another.
 * "Canceled" is such an end, too.
 * @param names Full names that the ACS has just set.
 */
export function withoutStaleTests(tree: ParameterTree, names: readonly string[]): ParameterTree {
  return testsConcerned(tree.index, names).reduce((left, test) => {
    const isAskedFor = names.includes(test.state) && isRequested(left, test);
    const cleared = withoutResults(left, test);
    return isAskedFor ? withVolatile(cleared, { [test.state]: "Requested" }) : cleared;
  }, tree);
}

function withoutResults(tree: ParameterTree, { object }: DiagnosticTest): ParameterTree {
  const volatile = new Map([...tree.volatile].filter(([name]) => !name.startsWith(object)));
  return { ...tree, volatile, index: withoutResultRows(tree.index, object) };
}

/** The test has ended. "8 DIAGNOSTICS COMPLETE" is due after an error, too. A test whose row was deleted has nothing to tell. */
export function testEnded(device: Device, test: DiagnosticTest, { state, results, tables = {} }: TestEnd): Device {
  const { index } = device.tree;
  const type = index.definitions.get(test.state)?.type;
  if (type === undefined) return device;
  const told = Object.entries(results).filter(([leaf]) => index.definitions.has(test.object + leaf));
  const own = Object.fromEntries(told.map(([leaf, text]) => [test.object + leaf, text]));
  const tree = withVolatile(withoutResults(device.tree, test), { ...own, [test.state]: spokenState(type, state) });
  const filled = Object.entries(tables).reduce((more, [table, rows]) => withResultRows(more, `${test.object}${table}.`, rows), tree);
  return raiseEvent({ ...device, tree: filled }, "8 DIAGNOSTICS COMPLETE");
}

/** Tables that this model does not have are passed over. */
function withResultRows(tree: ParameterTree, table: string, rows: readonly Readonly<Record<string, string>>[]): ParameterTree {
  if (!tree.index.tables.has(table) || rows.length === 0) return tree;
  const numbers = rows.map((_, at) => at + 1);
  const index = withNewRows(tree.index, table, numbers);
  const named = rows.flatMap((row, at) => Object.entries(row).map(([leaf, text]) => [`${table}${at + 1}.${leaf}`, text] as const));
  const counter = counterName(index, table);
  const counted = counter === undefined ? [] : ([[counter, String(rows.length)]] as const);
  const known = named.filter(([name]) => index.definitions.has(name));
  return withVolatile({ ...tree, index }, Object.fromEntries([...known, ...counted]));
}

/** Words for one another, where an object has not all of them; the last that it has serves for whatever is left. */
const GENERAL_ERRORS = ["Error_Other", "Error_Internal", "Error"];

/** "Completed" is TR-143's of TR-098 (field quirk 57). */
function spokenState(type: ParameterType, state: string): string {
  const values = ("values" in type ? type.values : undefined) ?? [];
  if (state === "Complete" && !values.includes(state) && values.includes("Completed")) return "Completed";
  if (!state.startsWith("Error") || values.includes(state)) return state;
  const general = GENERAL_ERRORS.find((word) => values.includes(word));
  return general ?? values.find((word) => word.startsWith("Error")) ?? state;
}
