/**
 * SIP messages that something happened to, from good ones and a seed.
 * Layer: test support.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "./seeded-random.js";
import { repositoryPath } from "./shared-data.js";

const BITS_OF_SYNTAX = [
  "\r\n",
  "\r",
  "\n",
  "\0",
  " ",
  "\t",
  ":",
  ";",
  ",",
  "=",
  '"',
  "\\",
  "<",
  ">",
  "@",
  "%",
  "[",
  "]",
  "?",
  "\r\n ",
  ";;",
  '"\\',
  "Via: ",
  "\xff",
];

/** Golden messages, and those of npm `sip`. */
export function sipCorpus(): readonly Buffer[] {
  const folders = [repositoryPath("test/golden/sip"), repositoryPath("node_modules/sip/test/messages")];
  return folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.endsWith(".sip") || file.endsWith(".dat"))
      .map((file) => readFileSync(join(folder, file))),
  );
}

/** One damage: something cut out, put in, doubled, crossed with another message, cut off, or one octet changed. */
export function damageSip(random: Random, bytes: Buffer, other: Buffer): Buffer {
  const at = random.int(bytes.length + 1);
  const length = random.int(20);
  switch (random.int(6)) {
    case 0:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(random.pick(BITS_OF_SYNTAX), "latin1"), bytes.subarray(at)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at)]);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), other.subarray(random.int(other.length + 1))]);
    case 4:
      return bytes.subarray(0, at);
    default: {
      const copy = Buffer.from(bytes);
      if (at < copy.length) copy[at] = random.int(256);
      return copy;
    }
  }
}
