/**
 * Lists cut into pieces that a device takes, and cut in two to find what it does not take.
 * Spec: cwmp.md 12 row 53. Layer: planning, pure.
 */

/** Pieces of at most `most` items, in order. `[]` gives `[]`. */
export function batchesOf<T>(items: readonly T[], most: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / most) }, (_, i) => items.slice(i * most, (i + 1) * most));
}

/** Two pieces, neither of them empty. @throws {RangeError} fewer than two items: our bug. */
export function halvesOf<T>(items: readonly T[]): readonly [readonly T[], readonly T[]] {
  if (items.length < 2) throw new RangeError(`${items.length} items have no halves`);
  const middle = Math.ceil(items.length / 2);
  return [items.slice(0, middle), items.slice(middle)];
}
