/**
 * Reads parameter trees: a subtree in path order, or single entries.
 * Layer: stores (sqlite).
 */
import type { Queries } from "../../../common/sqlite/queries.js";
import { codePath, pathOrderKey } from "../../devices/parameter-path.js";
import type { Cause, TreeEntry } from "../../devices/parameter-tree.js";
import { type ParameterRow, readAttributes, readFacts, readValue } from "./parameter-row.js";
import { type ParameterKey, subtree } from "./subtree.js";

export interface TreeReader {
  list(id: string, path: string, page?: { readonly after?: string; readonly limit: number }): readonly TreeEntry[];
  names(id: string, path: string): readonly string[];
  entries(id: string, names: readonly string[]): readonly TreeEntry[];
}

interface TellingRow {
  readonly at_ms: number;
  readonly cause: Cause["kind"];
  readonly ref: string;
}

/** To be called within a snapshot: a telling may be gone a moment after the value that referred to it was read. */
export function treeReader(queries: Queries): TreeReader {
  const device = queries.prepare<{ number: number; parameters: number }>(
    "SELECT devices.number, parameters FROM device_numbers JOIN devices ON devices.number = device_numbers.number WHERE device_numbers.id = ?",
  );
  const template = queries.prepare<{ id: number }>("SELECT id FROM templates WHERE path = ?");
  const parameter = queries.prepare<ParameterRow>(
    "SELECT facts, value, read, changed, attributes FROM parameters WHERE device = ? AND template = ? AND instances = ?",
  );
  const telling = queries.prepare<TellingRow>("SELECT at_ms, cause, ref FROM tellings WHERE device = ? AND number = ?");
  const keysUnder = subtree(queries);

  function entriesOf(number: number, keys: readonly ParameterKey[]): readonly TreeEntry[] {
    const tellings = new Map<number, TellingRow | undefined>();
    const tellingOf = (telt: number | null): TellingRow | undefined => {
      if (telt === null) return undefined;
      if (!tellings.has(telt)) tellings.set(telt, telling.get(number, telt));
      return tellings.get(telt);
    };
    return keys.flatMap(({ template: id, instances, name }) => {
      const row = parameter.get(number, id, instances);
      return row === undefined ? [] : [entryOf(name, row, tellingOf(row.read), tellingOf(row.changed))];
    });
  }

  return {
    list(id, path, page) {
      const found = device.get(id);
      return found === undefined ? [] : entriesOf(found.number, inOrder(keysUnder(found, path), page));
    },
    names(id, path) {
      const found = device.get(id);
      return found === undefined ? [] : keysUnder(found, path).map(({ name }) => name);
    },
    entries(id, names) {
      const found = device.get(id);
      if (found === undefined) return [];
      const keys = names.flatMap((name) => {
        const { template: path, instances } = codePath(name);
        const known = template.get(path);
        return known === undefined ? [] : [{ template: known.id, instances, name }];
      });
      return entriesOf(found.number, keys);
    },
  };
}

function inOrder(
  keys: readonly ParameterKey[],
  page: { readonly after?: string; readonly limit: number } | undefined,
): readonly ParameterKey[] {
  const start = page?.after === undefined ? undefined : { order: pathOrderKey(page.after), name: page.after };
  const sorted = keys
    .map((key) => ({ key, name: key.name, order: pathOrderKey(key.name) }))
    .filter((candidate) => start === undefined || compare(start, candidate) < 0)
    .sort(compare);
  return sorted.slice(0, Math.max(0, page?.limit ?? sorted.length)).map(({ key }) => key);
}

interface Ordered {
  readonly order: string;
  readonly name: string;
}

function compare(a: Ordered, b: Ordered): number {
  if (a.order !== b.order) return a.order < b.order ? -1 : 1;
  return a.name < b.name ? -1 : Number(a.name > b.name);
}

function entryOf(name: string, row: ParameterRow, read: TellingRow | undefined, changed: TellingRow | undefined): TreeEntry {
  return {
    name,
    value: readValue(row.value),
    ...readFacts(row.facts),
    ...readAttributes(row.attributes),
    readAtMs: read?.at_ms ?? null,
    changedAtMs: changed?.at_ms ?? null,
    cause: changed === undefined ? null : { kind: changed.cause, ref: changed.ref },
  };
}
