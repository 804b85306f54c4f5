/**
 * Names, paths and texts of an order, judged before it is stored.
 * Spec: TR-069 A.3.2 (argument tables), 3.6.1, 3.6.2, TR-106 (names). Layer: tasks, pure.
 */
import { type FieldError, fieldError } from "../../common/field-error.js";
import { aliasFault, aliasOf, isInstance, segmentsOf, WILDCARD } from "../cwmp/path-segments.js";
import { lexicalFault } from "../devices/lexical.js";
import { TREE_LIMITS } from "../devices/parameter-tree.js";

/** TR-069 A.3.2.1: the name of a parameter, not of an object. */
export function leafFault(name: string): string | undefined {
  if (name.endsWith(".") || !name.includes(".")) return "must be the full name of a parameter; a partial path can't be set";
  return nameFault(name);
}

/** Full names and partial paths of TR-106: segments between single dots, 256 characters at most. Rows may be named by alias. */
export function nameFault(name: string): string | undefined {
  return patternFault(name) ?? (segmentsOf(name).includes(WILDCARD) ? "has a wildcard; only what is read may have one" : undefined);
}

/** As `nameFault`, with "*" for any row of a table. */
export function patternFault(name: string): string | undefined {
  if (name === "") return "is empty";
  if (name.length > TREE_LIMITS.nameCharactersMax) return `has more than ${TREE_LIMITS.nameCharactersMax} characters`;
  if (!name.isWellFormed() || /[\s\u0000-\u001f\u007f\ufffe\uffff]/.test(name)) return "holds white space or a control character";
  if (!name.includes(".")) return "is no path: it has no dot";
  const segments = segmentsOf(name);
  return segments.slice(0, -1).includes("") ? "has an empty segment" : rowsFault(segments);
}

/** Aliases and wildcards stand for rows of tables: below a name, and above one. */
function rowsFault(segments: readonly string[]): string | undefined {
  const isRow = (segment: string): boolean => segment === WILDCARD || aliasOf(segment) !== undefined;
  const brackets = segments.find((segment) => /[[\]]/.test(segment) && aliasOf(segment) === undefined);
  if (brackets !== undefined) return "has a bracket that is no alias: an alias is a whole segment, like [cpe-1], of at most 64 characters";
  const why = segments.map((segment) => aliasFault(aliasOf(segment) ?? "x")).find((fault) => fault !== undefined);
  if (why !== undefined) return `has an alias that ${why}`;
  if (isRow(segments.at(-1) ?? "")) return "ends in a row of a table: the path of an object ends in a dot";
  const misplaced = segments.some(
    (segment, at) => isRow(segment) && (at === 0 || isInstance(segments[at - 1] ?? "") || segments[at - 1] === WILDCARD),
  );
  return misplaced ? "has an alias or a wildcard that does not follow the name of a table" : undefined;
}

export function countFault(field: string, count: number, max: number): readonly FieldError[] | undefined {
  if (count > 0 && count <= max) return undefined;
  return [{ field, detail: count === 0 ? "is empty" : `has more than ${max} entries` }];
}

export function duplicates(names: readonly string[], field: (at: number) => string): readonly FieldError[] {
  const first = new Map<string, number>();
  return names.flatMap((name, at) => {
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, at);
    return fieldError(field(at), earlier === undefined ? undefined : `is the same as ${field(earlier)}`);
  });
}

/** A partial path that ends in a dot. */
export function objectFault(path: string): string | undefined {
  return path.endsWith(".") ? nameFault(path) : "must be the path of an object and end in a dot";
}

/** Text that XML can carry, of at most that many characters. */
export function textFault(text: string, charactersMax: number): string | undefined {
  return [...text].length > charactersMax ? `has more than ${charactersMax} characters` : lexicalFault("xsd:string", text);
}

export const UNSIGNED_INT_MAX = 4_294_967_295;

export function unsignedFault(value: number, least = 0): string | undefined {
  const legal = Number.isInteger(value) && value >= least && value <= UNSIGNED_INT_MAX;
  return legal ? undefined : `must be an integer from ${least} to ${UNSIGNED_INT_MAX}`;
}
