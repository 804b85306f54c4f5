/**
 * To which versions a firmware file applies: a list of versions, "*" in them standing for any characters.
 * Layer: upgrades, pure.
 */

export const APPLIES_TO_LIMITS = { patterns: 32, patternCharacters: 64 } as const;

/** @param patterns []: to any version. */
export function appliesTo(patterns: readonly string[], version: string): boolean {
  return patterns.length === 0 || patterns.some((pattern) => matches(pattern, version));
}

/** Without a regular expression, whose time a pattern could blow up: the pieces between stars, each at its first place. */
function matches(pattern: string, text: string): boolean {
  const [head = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return pattern === text;
  if (!text.startsWith(head)) return false;
  const tail = rest.at(-1) ?? "";
  let at = head.length;
  for (const piece of rest.slice(0, -1)) {
    const found = text.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return text.length - tail.length >= at && text.endsWith(tail);
}

/** Why this can't be a file's list; undefined when it can. */
export function appliesToFault(patterns: readonly string[]): string | undefined {
  const { patterns: patternsMax, patternCharacters } = APPLIES_TO_LIMITS;
  if (patterns.length > patternsMax) return `has more than ${patternsMax} versions`;
  if (patterns.some((pattern) => pattern === "")) return "has an empty version; leave it out for a file that applies to any";
  if (patterns.some((pattern) => pattern.length > patternCharacters)) return `has a version of more than ${patternCharacters} characters`;
  return patterns.some((pattern) => /[\u0000-\u001f\u007f,]/.test(pattern))
    ? "has a version with a comma or a control character"
    : undefined;
}
