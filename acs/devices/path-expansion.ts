/**
 * What a path with aliases or wildcards means on a device, by the tree that is remembered of it.
 * Spec: TR-069 3.6.1, 3.6.2. Layer: devices, pure.
 */
import { aliasOf, hasWildcard, isInstance, isPattern, segmentsOf, WILDCARD } from "../cwmp/path-segments.js";
import { pathOrderKey } from "./parameter-path.js";

/** The rows of a device's tables, as far as they are known. */
export interface KnownRows {
  /** Segments of the rows by the path of their table, in path order. */
  readonly rows: ReadonlyMap<string, readonly string[]>;
  /** Values of the Alias parameters by their names. */
  readonly aliases: ReadonlyMap<string, string>;
  /** Parameters and objects (with their dot). */
  readonly paths: ReadonlySet<string>;
}

/** A path without aliases in brackets but those that the tree itself has. */
export interface Expansion {
  readonly path: string;
  /** By which Alias parameters it was found: name and value. */
  readonly by: readonly (readonly [string, string])[];
}

/** The part before the first alias or wildcard: below it lies all that must be known. The whole path when it has neither. */
export function fixedPart(pattern: string): string {
  const segments = segmentsOf(pattern);
  const first = segments.findIndex((segment) => segment === WILDCARD || aliasOf(segment) !== undefined);
  return first < 0
    ? pattern
    : segments
        .slice(0, first)
        .map((segment) => `${segment}.`)
        .join("");
}

/** @param names Parameters that are known. @param aliases Values of those of them that are called Alias, by name. */
export function knownRows(names: readonly string[], aliases: ReadonlyMap<string, string>): KnownRows {
  const rows = new Map<string, Set<string>>();
  const paths = new Set<string>(names);
  for (const name of names) {
    let path = "";
    for (const segment of segmentsOf(name).slice(0, -1)) {
      const object = `${path}${segment}.`;
      if (!paths.has(object) && isInstance(segment)) rows.set(path, (rows.get(path) ?? new Set()).add(segment));
      paths.add(object);
      path = object;
    }
  }
  return { rows: new Map([...rows].map(([table, segments]) => [table, inPathOrder(segments)])), aliases, paths };
}

function inPathOrder(segments: ReadonlySet<string>): readonly string[] {
  const keyed = [...segments].map((segment) => [pathOrderKey(segment), segment] as const);
  return keyed.sort(([a], [b]) => (a < b ? -1 : Number(a > b))).map(([, segment]) => segment);
}

/**
 * All that the pattern means, in path order; a path without alias and wildcard means itself. What follows an alias need not be known;
 * what follows a wildcard must be: not each row has each parameter.
 * @returns [] when no row is known; "too-many" when there are more than `most`.
 */
export function expand(pattern: string, known: KnownRows, most: number): readonly Expansion[] | "too-many" {
  if (!isPattern(pattern)) return [{ path: pattern, by: [] }];
  let found: readonly Expansion[] = [{ path: "", by: [] }];
  for (const segment of segmentsOf(pattern)) {
    found = found.flatMap((one) => below(one, segment, known));
    if (found.length > most) return "too-many";
  }
  const whole = found.map(({ path, by }) => ({ path: path.slice(0, -1), by }));
  return hasWildcard(pattern) ? whole.filter(({ path }) => known.paths.has(path)) : whole;
}

function below({ path, by }: Expansion, segment: string, { rows, aliases }: KnownRows): readonly Expansion[] {
  const alias = aliasOf(segment);
  if (segment !== WILDCARD && alias === undefined) return [{ path: `${path}${segment}.`, by }];
  return (rows.get(path) ?? []).flatMap((row): readonly Expansion[] => {
    const object = `${path}${row}.`;
    if (alias === undefined || row === segment) return [{ path: object, by }];
    const name = `${object}Alias`;
    return aliases.get(name) === alias ? [{ path: object, by: [...by, [name, alias]] }] : [];
  });
}
