/**
 * What the system's traceroute prints, and what it means.
 * Spec: traceroute(8) for Linux, with -n; RFC 792 (codes of Destination Unreachable). Layer: device-sim, pure.
 */

export interface Hop {
  readonly number: number;
  /** The last address that answered; "": none did. */
  readonly address: string;
  /** Milliseconds of each try; undefined: no answer. */
  readonly timesMs: readonly (number | undefined)[];
  /** ICMP code with which the hop refused to go on; undefined: it did not refuse. */
  readonly refusal: number | undefined;
}

const HOP = /^ ?(\d{1,2}) {2}(\S.*)$/;
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:]*:[0-9a-f:.]*)$/i;
const TIME = /^\d{1,9}(?:\.\d{1,6})?$/;
const REFUSALS: Readonly<Record<string, number>> = { "!N": 0, "!H": 1, "!P": 2, "!S": 5, "!X": 13, "!V": 14, "!C": 15 };
const OTHER_REFUSAL = /^!(?:F-)?(\d{1,3})$/;
const FRAGMENTATION_NEEDED = 4;

/** @returns Hops in their order. A line that is not understood as a whole is none. */
export function readHops(stdout: string): readonly Hop[] {
  return stdout.split("\n").flatMap((line) => {
    const match = HOP.exec(line.trimEnd());
    return match === null ? [] : (readHop(Number(match[1]), (match[2] ?? "").split(/ +/)) ?? []);
  });
}

function readHop(number: number, words: readonly string[]): Hop | undefined {
  let address = "";
  let refusal: number | undefined;
  const timesMs: (number | undefined)[] = [];
  for (const [at, word] of words.entries()) {
    if (word === "ms" && TIME.test(words[at - 1] ?? "")) continue;
    if (word === "*") timesMs.push(undefined);
    else if (TIME.test(word) && words[at + 1] === "ms") timesMs.push(Number(word));
    else if (ADDRESS.test(word)) address = word;
    else if (word.startsWith("!")) refusal = refusalOf(word);
    else return undefined;
  }
  return { number, address, timesMs, refusal };
}

function refusalOf(word: string): number | undefined {
  if (word.startsWith("!F")) return FRAGMENTATION_NEEDED;
  return REFUSALS[word] ?? (OTHER_REFUSAL.test(word) ? Number(OTHER_REFUSAL.exec(word)?.[1]) : undefined);
}
