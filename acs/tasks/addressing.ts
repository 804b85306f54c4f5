/**
 * Aliases and wildcards in what is asked for: sent as they are to a device that takes them, else resolved by the tree.
 * Spec: TR-069 3.6.1, 3.6.2; docs/decisions/0015-aliases-and-wildcards.md. Layer: tasks, pure.
 */
import { type FieldError, fieldError } from "../../common/field-error.js";
import { aliasOf, hasAlias, hasWildcard, isPattern, rowOf, segmentsOf } from "../cwmp/path-segments.js";
import { expand, fixedPart, type KnownRows } from "../devices/path-expansion.js";
import { countFault, duplicates, nameFault } from "./check-names.js";
import type { AskedOrder, CheckedOrder } from "./check-order.js";
import { type Addressing, TASK_LIMITS, type TaskOrder } from "./task.js";

export const ADDRESS_LIMITS = {
  /** Names that those of one order may mean together. */
  meantPerOrderMax: TASK_LIMITS.namesPerTaskMax,
  /** Different subtrees of a device that are looked through for the aliases and wildcards of one order. */
  subtreesPerOrderMax: 64,
} as const;

/** What the ACS knows of how a device can be spoken to. null: not told yet. */
export interface AddressKnowledge extends KnownRows {
  /** ManagementServer.AliasBasedAddressing. */
  readonly takesAliases: boolean | null;
  /** ManagementServer.InstanceWildcardsSupported. */
  readonly takesWildcards: boolean | null;
  /** ManagementServer.AutoCreateInstances. */
  readonly createsRows: boolean | null;
  /** "Device.ManagementServer.". */
  readonly server: string;
}

export const NOTHING_KNOWN: AddressKnowledge = {
  ...{ rows: new Map(), aliases: new Map(), paths: new Set<string>() },
  ...{ takesAliases: null, takesWildcards: null, createsRows: null, server: "Device.ManagementServer." },
};

type Named = AskedOrder | TaskOrder;

/** The names and paths of an order, in its places. `[]` for kinds that have none. */
export function namesOf(order: Named): readonly string[] {
  switch (order.kind) {
    case "getParameterValues":
    case "getParameterAttributes":
      return order.names;
    case "setParameterValues":
      return order.values.map(({ name }) => name);
    case "setParameterAttributes":
      return order.attributes.map(({ name }) => name);
    case "refresh":
    case "getParameterNames":
    case "addObject":
    case "deleteObject":
      return [order.path];
    default:
      return [];
  }
}

/** The subtrees in which aliases and wildcards are to be looked up; [] when the order has neither. */
export function subtreesToKnow(names: readonly string[]): readonly string[] {
  const parts = [...new Set(names.filter(isPattern).map(fixedPart))].filter((part) => part !== "");
  return parts.filter((part) => !parts.some((other) => other !== part && part.startsWith(other)));
}

/** The name by which the tree knows what is meant; the name itself when it is not known. */
export function nameInTree(name: string, knowledge: AddressKnowledge): string {
  const found = hasWildcard(name) ? [] : expand(name, knowledge, 1);
  const [only] = found === "too-many" ? [] : found;
  return only?.path ?? name;
}

/** The order as it is stored. Never throws. */
export function addressOrder(order: TaskOrder, knowledge: AddressKnowledge): CheckedOrder {
  const asked = namesOf(order);
  if (!asked.some(isPattern)) return { order };
  if (subtreesToKnow(asked).length > ADDRESS_LIMITS.subtreesPerOrderMax) {
    const detail = `has aliases or wildcards below more than ${ADDRESS_LIMITS.subtreesPerOrderMax} different objects; make several tasks of it`;
    return { errors: [{ field: fieldOf(order), detail }] };
  }
  return asked.every((name) => isTaken(name, knowledge)) ? asItIs(order, asked, knowledge) : resolved(order, asked, knowledge);
}

/** The order with the names as they were asked for: what it means may have changed. */
export function asAsked(order: TaskOrder): TaskOrder {
  const { addressing, ...bare } = order as TaskOrder & { readonly addressing?: Addressing };
  return addressing === undefined
    ? order
    : withNames(
        bare as TaskOrder,
        addressing.asked.map((name) => [name]),
      );
}

function isTaken(name: string, { takesAliases, takesWildcards }: AddressKnowledge): boolean {
  return (takesAliases === true || !hasAlias(name)) && (takesWildcards === true || !hasWildcard(name));
}

function asItIs(order: TaskOrder, asked: readonly string[], knowledge: AddressKnowledge): CheckedOrder {
  const known = asked.filter(isPattern).map((name) => [name, nameInTree(name, knowledge)] as const);
  const inTree = Object.fromEntries(known.filter(([, path]) => knowsRows(path, knowledge)));
  const mayCreate = order.kind === "setParameterValues" && knowledge.createsRows === true ? unknownRows(asked, knowledge) : [];
  const addressing: Addressing = { by: "device", asked, inTree, ...(mayCreate.length === 0 ? {} : { mayCreate }) };
  return { order: { ...order, addressing } as TaskOrder };
}

/** No alias is left in it, or only such as the tree itself has. */
function knowsRows(path: string, { paths }: AddressKnowledge): boolean {
  return !isPattern(path) || (!hasWildcard(path) && paths.has(path));
}

/** Rows named by an alias that the tree does not have, outer ones first. */
function unknownRows(names: readonly string[], knowledge: AddressKnowledge): readonly string[] {
  const objects = names.flatMap((name) => {
    const segments = segmentsOf(name);
    const ends = segments.flatMap((segment, at) => (aliasOf(segment) === undefined ? [] : [at + 1]));
    return ends.map((end) =>
      segments
        .slice(0, end)
        .map((segment) => `${segment}.`)
        .join(""),
    );
  });
  return [...new Set(objects)].filter((object) => expand(object, knowledge, 1).length === 0);
}

function resolved(order: TaskOrder, asked: readonly string[], knowledge: AddressKnowledge): CheckedOrder {
  const places = asked.map((name, at) => resolve(order, name, fieldOf(order, at), knowledge));
  const errors = places.flatMap((place) => ("errors" in place ? place.errors : []));
  if (errors.length > 0) return { errors };
  const names = places.map((place) => ("names" in place ? place.names : []));
  const meant = names.flat();
  const fault = countFault(fieldOf(order), meant.length, ADDRESS_LIMITS.meantPerOrderMax);
  if (fault !== undefined) return { errors: fault };
  const twice = "names" in order ? [] : duplicates(meant, (at) => fieldOf(order, at));
  if (twice.length > 0) return { errors: twice };
  const aliases = Object.fromEntries(places.flatMap((place) => ("aliases" in place ? place.aliases : [])));
  const addressing: Addressing = { by: "tree", asked, aliases };
  return { order: { ...withNames(order, names), addressing } as TaskOrder };
}

type Resolved =
  | { readonly names: readonly string[]; readonly aliases: readonly (readonly [string, string])[] }
  | { readonly errors: readonly FieldError[] };

function resolve(order: TaskOrder, name: string, field: string, knowledge: AddressKnowledge): Resolved {
  const refuse = (detail: string): Resolved => ({ errors: [{ field, detail }] });
  if (!isPattern(name)) return { names: [name], aliases: [] };
  if (order.kind === "addObject" && aliasOf(rowOf(name)?.segment ?? "") !== undefined) {
    return refuse(`gives the new instance an alias, but ${whyNot(name, knowledge)}; add to the table and set Alias of what it made`);
  }
  const found = expand(name, knowledge, ADDRESS_LIMITS.meantPerOrderMax);
  if (found === "too-many") return refuse(`means more than ${ADDRESS_LIMITS.meantPerOrderMax} names; make several tasks of it`);
  const [only, ...others] = found;
  if (only === undefined)
    return refuse(`means nothing that the tree shows, and ${whyNot(name, knowledge)}: refresh ${fixedPart(name)} first`);
  if (others.length > 0 && !("names" in order)) {
    const paths = found.slice(0, PATHS_TOLD_MAX).map(({ path }) => path);
    return refuse(`means several: ${paths.join(", ")}${found.length > PATHS_TOLD_MAX ? ", …" : ""}; make a task of each`);
  }
  const errors = found.flatMap(({ path }) => fieldError(field, nameFault(path)));
  return errors.length > 0 ? { errors } : { names: found.map(({ path }) => path), aliases: found.flatMap(({ by }) => by) };
}

const PATHS_TOLD_MAX = 3;

/** Why the device is not sent the name as it is. */
function whyNot(name: string, { takesAliases, takesWildcards, server }: AddressKnowledge): string {
  const state = (told: boolean | null): string => (told === null ? "is not known" : "is false");
  if (hasAlias(name) && takesAliases !== true) return `${server}AliasBasedAddressing ${state(takesAliases)}`;
  return `${server}InstanceWildcardsSupported ${state(takesWildcards)}`;
}

function fieldOf(order: TaskOrder, at?: number): string {
  if ("names" in order) return at === undefined ? "names" : `names[${at}]`;
  if ("values" in order) return at === undefined ? "values" : `values[${at}].name`;
  if ("attributes" in order) return at === undefined ? "attributes" : `attributes[${at}].name`;
  return "path";
}

/** @param names Per place what its name became: one, or for a read any number. */
function withNames(order: TaskOrder, names: readonly (readonly string[])[]): TaskOrder {
  const nameAt = (at: number, otherwise: string): string => names[at]?.[0] ?? otherwise;
  if ("names" in order) return { ...order, names: [...new Set(names.flat())] };
  if ("values" in order) return { ...order, values: order.values.map((value, at) => ({ ...value, name: nameAt(at, value.name) })) };
  if ("attributes" in order) {
    return { ...order, attributes: order.attributes.map((change, at) => ({ ...change, name: nameAt(at, change.name) })) };
  }
  return "path" in order ? { ...order, path: nameAt(0, order.path) } : order;
}
