/**
 * What hostile header values cost, and how that grows with their length: at four times the length it may be four times as much, not sixteen.
 * Layer: test (npm run fuzz).
 */
import { HOSTILE_FIELDS, HOSTILE_VALUES, hostileMessage } from "../../support/hostile-sip.js";
import { seededRandom } from "../../support/seeded-random.js";
import { openSipWorld } from "../../support/sip-world.js";
import { cpuMsSince } from "../million/tally.js";

export interface HostileCost {
  readonly what: string;
  /** Of one message with a value of so many octets. */
  readonly cpuMs: readonly { readonly octets: number; readonly cpuMs: number }[];
  /** From the shortest to the longest, which is four times as long. */
  readonly growth: number;
}

/** The longest is just within the limit of a line. "From: <" and 3 kB of spaces is what other parsers need seconds for. */
const OCTETS = [2_000, 4_000, 8_000];
const REPETITIONS = 40;
const ROUNDS = 4;

export async function measureHostile(): Promise<readonly HostileCost[]> {
  const costs: HostileCost[] = [];
  for (const [what, make] of Object.entries(HOSTILE_VALUES)) {
    for (const field of HOSTILE_FIELDS) {
      await cost((octets) => hostileMessage(field, make(octets)), OCTETS[0] ?? 0); // compiles
      const cpuMs: { octets: number; cpuMs: number }[] = [];
      for (const octets of [...OCTETS, 3_000]) cpuMs.push({ octets, cpuMs: await cost((n) => hostileMessage(field, make(n)), octets) });
      const at = (octets: number | undefined): number => cpuMs.find((one) => one.octets === octets)?.cpuMs ?? 0;
      costs.push({ what: `${field}: ${what}`, cpuMs, growth: at(OCTETS.at(-1)) / at(OCTETS[0]) });
    }
  }
  return costs;
}

/** CPU of one message: the least of some rounds of many. */
async function cost(make: (octets: number) => Uint8Array, octets: number): Promise<number> {
  const bytes = Buffer.from(make(octets));
  const shot = { origin: "hostile", way: "datagram", cuts: [], bytes } as const;
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const world = openSipWorld([]);
    const before = process.cpuUsage();
    for (let i = 0; i < REPETITIONS; i++) await world.play(seededRandom(1), shot);
    least = Math.min(least, cpuMsSince(before) / REPETITIONS);
  }
  return least;
}
