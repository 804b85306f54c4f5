/**
 * A parameter path as its segments: names, instance numbers, aliases in brackets, and "*" for every instance.
 * A dot within brackets belongs to the alias: "Device.Ethernet.Link.[eth0.7].Enable" has five segments.
 * Spec: TR-069 3.6.1 (aliases), 3.6.2 (wildcards), TR-106 (names, Alias). Layer: codec, pure.
 */

/** "cpe-" begins the aliases that devices give by themselves. */
export const DEVICE_ALIAS_PREFIX = "cpe-";
export const WILDCARD = "*";

const ALIAS_CHARACTERS_MAX = 64;
/** A whole segment: anything else in brackets is a name like any other, and its dots end segments. */
const ALIAS_AT = new RegExp(`\\[[^\\[\\]\\p{Cc}]{1,${ALIAS_CHARACTERS_MAX}}\\](?=\\.|$)`, "uy");
const ALIAS_SEGMENT = new RegExp(`^\\[([^\\[\\]\\p{Cc}]{1,${ALIAS_CHARACTERS_MAX}})\\]$`, "u");
/** Positive, no leading zero (TR-106 3.2). Longer digit runs are names. */
const INSTANCE_NUMBER = /^[1-9][0-9]{0,9}$/;

/** Total: `segmentsOf(path).join(".")` is `path` for every string. A partial path has "" as its last segment; "" has that alone. */
export function segmentsOf(path: string): readonly string[] {
  if (!path.includes("[")) return path.split(".");
  const segments: string[] = [];
  for (let at = 0; at <= path.length; at++) {
    const end = endOfSegment(path, at);
    segments.push(path.slice(at, end));
    at = end;
  }
  return segments;
}

function endOfSegment(path: string, start: number): number {
  ALIAS_AT.lastIndex = start;
  if (ALIAS_AT.test(path)) return ALIAS_AT.lastIndex;
  const dot = path.indexOf(".", start);
  return dot < 0 ? path.length : dot;
}

export function isInstanceNumber(segment: string): boolean {
  return INSTANCE_NUMBER.test(segment);
}

/** The alias without its brackets; undefined: another kind of segment. Whether the standard allows the alias, `aliasFault` says. */
export function aliasOf(segment: string): string | undefined {
  return ALIAS_SEGMENT.exec(segment)?.[1];
}

/** One row of a table, by number or by alias. */
export function isInstance(segment: string): boolean {
  return isInstanceNumber(segment) || aliasOf(segment) !== undefined;
}

/** Why it is no alias, as the end of a sentence. TR-106: not empty, begins with a letter, 64 characters at most. */
export function aliasFault(alias: string): string | undefined {
  if (alias === "") return "is empty";
  if ([...alias].length > ALIAS_CHARACTERS_MAX) return `has more than ${ALIAS_CHARACTERS_MAX} characters`;
  if (!/^[A-Za-z]/.test(alias)) return "must begin with a letter";
  return /[[\]\p{Cc}]/u.test(alias) ? "holds a bracket or a control character" : undefined;
}

/** True for a path that names instances by alias or by "*". */
export function isPattern(path: string): boolean {
  return hasAlias(path) || hasWildcard(path);
}

export function hasAlias(path: string): boolean {
  return path.includes("[") && segmentsOf(path).some((segment) => aliasOf(segment) !== undefined);
}

export function hasWildcard(path: string): boolean {
  return path.includes(WILDCARD) && segmentsOf(path).includes(WILDCARD);
}

/**
 * Whether a device may mean this path when it answers to that pattern: an alias may come back as a number or as an alias, and "*" as
 * either. A pattern that ends in a dot means the object and all below it. Without aliases and wildcards: the same path.
 */
export function means(pattern: string, path: string): boolean {
  if (!isPattern(pattern)) return pattern.endsWith(".") ? path.startsWith(pattern) : path === pattern;
  const wanted = segmentsOf(pattern);
  const segments = segmentsOf(path);
  const isPartial = wanted.at(-1) === "";
  if (isPartial ? segments.length < wanted.length : segments.length !== wanted.length) return false;
  return wanted.every((segment, at) => (isPartial && at === wanted.length - 1) || meansSegment(segment, segments[at] ?? ""));
}

function meansSegment(wanted: string, segment: string): boolean {
  if (wanted === WILDCARD) return isInstance(segment);
  if (aliasOf(wanted) === undefined) return wanted === segment;
  return wanted === segment || isInstanceNumber(segment);
}

/** The path of a row as its table and the row's segment; undefined: the path is not that of a row. */
export function rowOf(path: string): { readonly table: string; readonly segment: string } | undefined {
  const segments = segmentsOf(path);
  const segment = segments.at(-2) ?? "";
  if (segments.at(-1) !== "" || !isInstance(segment)) return undefined;
  return {
    table: segments
      .slice(0, -2)
      .map((name) => `${name}.`)
      .join(""),
    segment,
  };
}
