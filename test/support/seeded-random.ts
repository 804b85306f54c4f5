/**
 * Random numbers that a seed repeats: for laws and fuzz. A failing test prints the seed.
 * Layer: test support.
 */

export interface Random {
  readonly seed: number;
  /** 0 up to, not including, `below`. */
  int(below: number): number;
  bool(): boolean;
  /** One of a list that is not empty. */
  pick<T>(items: readonly T[]): T;
  /** From 0 up to `countMax` items. */
  list<T>(countMax: number, item: () => T): readonly T[];
}

/** Mulberry32: small, and good enough to spread tests. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const int = (below: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
  return {
    seed,
    int,
    bool: () => int(2) === 1,
    pick: <T>(items: readonly T[]): T => {
      const picked = items[int(items.length)];
      if (picked === undefined) throw new RangeError("nothing to pick from");
      return picked;
    },
    list: (countMax, item) => Array.from({ length: int(countMax + 1) }, item),
  };
}

/** The seed of a run: SEED of the environment repeats an earlier one, else a new one each time. */
export function runSeed(): number {
  const given = process.env["SEED"];
  return given === undefined ? Math.floor(Math.random() * 4_294_967_296) : Number(given);
}
