/**
 * Merges what a device told into its stored tree: reads the rows that were told, writes the rows that differ, and nothing else.
 * Layer: stores (sqlite, writer thread).
 */
import { oncePerWriter, type Writer } from "../../../common/sqlite/operation.js";
import { type CodedPath, codePath } from "../../devices/parameter-path.js";
import { type Cause, READ_TIME_GRANULARITY_MS, type ToldParameter, TREE_LIMITS } from "../../devices/parameter-tree.js";
import { type ParameterRow, readAttributes, readFacts, readValue, writeAttributes, writeFacts, writeValue } from "./parameter-row.js";
import { subtree } from "./subtree.js";
import { type TellingLedger, tellingLedgers } from "./telling-writer.js";

/** The counts that the device's row keeps of its tree. */
export interface TreeCounts {
  readonly number: number;
  parameters: number;
  templatesBrought: number;
  tellings: number;
}

export interface Telling {
  readonly atMs: number;
  readonly cause: Cause;
  readonly parameters: readonly ToldParameter[];
  /** "exact": each value's read time becomes `atMs`. "coarse": only where it is older than READ_TIME_GRANULARITY_MS. */
  readonly readTimes: "exact" | "coarse";
}

export interface Merged {
  changed: number;
  dropped: number;
}

/** Canonical types have 20 characters at most; what is longer is not a type. */
const TYPE_CHARACTERS_MAX = 64;
const TEMPLATES_CACHED_MAX = 200_000;
/** Names of parameters, which are the same in each Inform of a device. */
const NAMES_CACHED_MAX = 20_000;
/** Longer ones are hardly the usual. */
const CACHED_NAME_CHARACTERS_MAX = 256;

export const treeWriter = oncePerWriter((writer: Writer) => {
  const statements = prepareStatements(writer);
  const templates = templateIds(writer);
  const keysUnder = subtree(writer);
  const ledgers = tellingLedgers(writer);

  function mergeOne(counts: TreeCounts, told: ToldParameter, telling: Telling, ledger: TellingLedger): "changed" | "kept" | "dropped" {
    if (!isStorable(told)) return "dropped";
    const { template: path, instances } = codedPath(told.name);
    const template = templates.find(path);
    const row = template === undefined ? undefined : rowOf(statements.get.get(counts.number, template, instances));
    if (row === undefined) {
      const id = template ?? (hasRoom(counts) ? templates.bring(path, counts) : undefined);
      if (id === undefined || counts.parameters >= TREE_LIMITS.parametersPerDeviceMax) return "dropped";
      const { next, isChanged } = nextRow(undefined, told, telling, ledger);
      statements.insert.run(counts.number, id, instances, ...columnsOf(next));
      counts.parameters++;
      return isChanged ? "changed" : "kept";
    }
    const { next, isChanged } = nextRow(row, told, telling, ledger);
    if (!isSame(row, next)) statements.update.run(...columnsOf(next), counts.number, template ?? null, instances);
    return isChanged ? "changed" : "kept";
  }

  return {
    /** Bootstrap: the device begins anew. */
    forgetAll(counts: TreeCounts): void {
      statements.removeAll.run(counts.number);
      statements.removeTellings.run(counts.number);
      counts.parameters = 0;
    },
    /** Removes the parameters under `path` that `told` does not name. */
    forgetUntold(counts: TreeCounts, path: string, told: readonly ToldParameter[]): void {
      const names = new Set(told.map(({ name }) => name));
      const ledger = ledgers.open(counts.number);
      for (const { template, instances, name } of keysUnder(counts, path)) {
        if (names.has(name)) continue;
        const row = rowOf(statements.get.get(counts.number, template, instances));
        ledger.move(row?.read ?? null, null);
        ledger.move(row?.changed ?? null, null);
        counts.parameters -= statements.remove.run(counts.number, template, instances);
      }
      ledger.close();
    },
    merge(counts: TreeCounts, telling: Telling): Merged {
      const ledger = ledgers.open(counts.number, { atMs: telling.atMs, cause: telling.cause, number: counts.tellings + 1 });
      const merged: Merged = { changed: 0, dropped: 0 };
      for (const told of telling.parameters) {
        const outcome = mergeOne(counts, told, telling, ledger);
        if (outcome !== "kept") merged[outcome]++;
      }
      if (ledger.close()) counts.tellings++;
      return merged;
    },
  };
});

const codedPaths = new Map<string, CodedPath>();

function codedPath(name: string): CodedPath {
  const known = codedPaths.get(name);
  if (known !== undefined) return known;
  const coded = codePath(name);
  if (name.length > CACHED_NAME_CHARACTERS_MAX) return coded;
  if (codedPaths.size >= NAMES_CACHED_MAX) codedPaths.clear();
  codedPaths.set(name, coded);
  return coded;
}

/** What a row says after this was told. Uses of tellings are moved in the ledger. */
function nextRow(
  row: ParameterRow | undefined,
  { value, writable, notification, accessList }: ToldParameter,
  telling: Telling,
  ledger: TellingLedger,
): { readonly next: ParameterRow; readonly isChanged: boolean } {
  const old = row ?? { facts: 0, value: null, read: null, changed: null, attributes: null };
  const known = readFacts(old.facts);
  // Row 12 of cwmp.md 12: a value without a type takes none away.
  const type = value === undefined || value.untyped === true ? known.type : value.type;
  const facts = writeFacts({ type, writable: writable ?? known.writable });
  const attributes = nextAttributes(old, notification, accessList);
  if (value === undefined) return { next: { ...old, facts, attributes }, isChanged: false };
  const text = value.text.toWellFormed();
  const isChanged = readValue(old.value) !== text;
  if (isChanged)
    return { next: { facts, attributes, value: text, read: ledger.use(old.read), changed: ledger.use(old.changed) }, isChanged };
  const isReadKept = telling.readTimes === "coarse" && telling.atMs - ledger.atMs(old.read) < READ_TIME_GRANULARITY_MS;
  return { next: { ...old, facts, attributes, read: isReadKept ? old.read : ledger.use(old.read) }, isChanged };
}

/** Most tellings tell no attributes: then the stored ones are not even read. */
function nextAttributes(old: ParameterRow, notification: number | undefined, accessList: readonly string[] | undefined) {
  if (notification === undefined && accessList === undefined) return old.attributes;
  const known = readAttributes(old.attributes);
  return writeAttributes({ notification: notification ?? known.notification, accessList: accessList ?? known.accessList });
}

type ParameterTuple = readonly [
  facts: ParameterRow["facts"],
  value: ParameterRow["value"],
  read: ParameterRow["read"],
  changed: ParameterRow["changed"],
  attributes: ParameterRow["attributes"],
];

const rowOf = (tuple: ParameterTuple | undefined): ParameterRow | undefined =>
  tuple === undefined ? undefined : { facts: tuple[0], value: tuple[1], read: tuple[2], changed: tuple[3], attributes: tuple[4] };

const columnsOf = (row: ParameterRow) => [row.facts, toSql(row.value), row.read, row.changed, row.attributes] as const;

/** The value of a row is text here until it is written. */
const toSql = (value: ParameterRow["value"]) => (typeof value === "string" ? writeValue(value) : value === null ? null : BigInt(value));

const isSame = (a: ParameterRow, b: ParameterRow): boolean =>
  a.read === b.read &&
  a.changed === b.changed &&
  a.facts === b.facts &&
  a.attributes === b.attributes &&
  readValue(a.value) === readValue(b.value);

const hasRoom = (counts: TreeCounts): boolean =>
  counts.parameters < TREE_LIMITS.parametersPerDeviceMax && counts.templatesBrought < TREE_LIMITS.newTemplatesPerDeviceMax;

/** A name that would not come back exactly, or anything of absurd size, is not stored. */
function isStorable({ name, value, accessList }: ToldParameter): boolean {
  if (name === "" || name.length > TREE_LIMITS.nameCharactersMax || !name.isWellFormed()) return false;
  if (accessList !== undefined && !isStorableList(accessList)) return false;
  return (
    value === undefined ||
    (value.text.length <= TREE_LIMITS.valueCharactersMax && value.type.length <= TYPE_CHARACTERS_MAX && value.type.isWellFormed())
  );
}

function isStorableList(accessList: readonly string[]): boolean {
  const isEntry = (entry: string): boolean => entry.length <= TREE_LIMITS.accessListEntryCharactersMax && entry.isWellFormed();
  return accessList.length <= TREE_LIMITS.accessListEntriesMax && accessList.every(isEntry);
}

function prepareStatements(writer: Writer) {
  const where = "WHERE device = ? AND template = ? AND instances = ?";
  return {
    get: writer.prepareTuples<ParameterTuple>(`SELECT facts, value, read, changed, attributes FROM parameters ${where}`),
    insert: writer.prepare(
      "INSERT INTO parameters (device, template, instances, facts, value, read, changed, attributes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    ),
    update: writer.prepare(`UPDATE parameters SET facts = ?, value = ?, read = ?, changed = ?, attributes = ? ${where}`),
    remove: writer.prepare(`DELETE FROM parameters ${where}`),
    removeAll: writer.prepare("DELETE FROM parameters WHERE device = ?"),
    removeTellings: writer.prepare("DELETE FROM tellings WHERE device = ?"),
  };
}

/** The dictionary of names. Other devices' templates cost a device nothing; its own new ones are counted against it. */
function templateIds(writer: Writer) {
  const find = writer.prepare<{ id: number }>("SELECT id FROM templates WHERE path = ?");
  const insert = writer.prepare("INSERT INTO templates (path) VALUES (?)");
  const cached = new Map<string, number>();
  writer.onRollback(() => cached.clear());
  const keep = (path: string, id: number): number => {
    if (cached.size >= TEMPLATES_CACHED_MAX) cached.clear();
    cached.set(path, id);
    return id;
  };
  return {
    find(path: string): number | undefined {
      const id = cached.get(path);
      if (id !== undefined) return id;
      const row = find.get(path);
      return row === undefined ? undefined : keep(path, row.id);
    },
    bring(path: string, counts: TreeCounts): number {
      counts.templatesBrought++;
      return keep(path, insert.insert(path));
    },
  };
}
