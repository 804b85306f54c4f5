/**
 * Names, paths and texts of an order, judged before it is stored.
 * Spec: TR-069 A.3.2 (argument tables), TR-106 (names). Layer: tasks, pure.
 */
import { type FieldError, fieldError } from "../../common/field-error.js";
import { lexicalFault } from "../devices/lexical.js";
import { TREE_LIMITS } from "../devices/parameter-tree.js";

/** TR-069 A.3.2.1: the name of a parameter, not of an object. */
export function leafFault(name: string): string | undefined {
  if (name.endsWith(".") || !name.includes(".")) return "must be the full name of a parameter; a partial path can't be set";
  return nameFault(name);
}

/** Full names and partial paths of TR-106: segments between single dots, 256 characters at most. */
export function nameFault(name: string): string | undefined {
  if (name === "") return "is empty";
  if (name.length > TREE_LIMITS.nameCharactersMax) return `has more than ${TREE_LIMITS.nameCharactersMax} characters`;
  if (!name.isWellFormed() || /[\s\u0000-\u001f\u007f\ufffe\uffff]/.test(name)) return "holds white space or a control character";
  if (!name.includes(".")) return "is no path: it has no dot";
  return name.startsWith(".") || name.includes("..") ? "has an empty segment" : undefined;
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
