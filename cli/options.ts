/**
 * Options that several commands share, and how their values are read.
 * Layer: command line.
 */
import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { InvalidArgumentError, Option } from "commander";
import { CommandFailed, EXIT } from "./exit-codes.js";

export interface WaitOptions {
  readonly json?: true;
  /** Seconds. */
  readonly timeout?: number;
  readonly wait: boolean;
}

export interface TargetOptions {
  readonly devicesFile?: string;
  readonly tag?: string;
  readonly name?: string;
  readonly concurrency?: number;
  readonly rate?: number;
  readonly paused?: true;
}

/** As long as a timer can be: 24 days. A longer one would end at once. */
const WAIT_S_MAX = 2_147_483;
/** As the ACS takes it. */
const LIST_BYTES_MAX = 8_388_608;

export const jsonOption = (): Option => new Option("--json", "print lines of JSON, for programs");

/** For commands that wait for the end of the work. */
export const waitOptions = (): readonly Option[] => [
  jsonOption(),
  new Option("--timeout <seconds>", "stop waiting after so long; the work goes on").argParser(whole(1, WAIT_S_MAX)),
  new Option("--no-wait", "order it, and do not wait for its end"),
];

/** For commands that take many devices in place of one. */
export const targetOptions = (): readonly Option[] => [
  new Option(
    "--devices-file <file>",
    "many devices: a CSV with a device id on each line, or in the column headed device; - is standard input",
  ),
  new Option("--tag <tag>", "many devices: those that have this tag now"),
  new Option("--name <text>", "name of the group of these devices"),
  new Option("--concurrency <number>", "so many devices at once (default: 20)").argParser(whole(1, 500)),
  new Option("--rate <number>", "devices that begin in a minute (default: as many as --concurrency lets)").argParser(whole(1, 60_000)),
  new Option("--paused", "make the group, and begin when it is resumed"),
];

export function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d{1,15}$/.test(text) || number < min || number > max)
      throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}.`);
    return number;
  };
}

/** What a group is made of, but for its kind and order. undefined: one device is meant. @throws {CommandFailed} */
export async function readTargets(device: string | undefined, options: TargetOptions) {
  const { devicesFile, tag, name, concurrency, rate, paused } = options;
  const given = [device, devicesFile, tag].filter((one) => one !== undefined).length;
  if (given !== 1) throw new CommandFailed("give one of: a device, --devices-file, --tag", EXIT.usage);
  if (device !== undefined) {
    const foreign = Object.entries({ name, concurrency, rate, paused }).find(([, value]) => value !== undefined)?.[0];
    if (foreign !== undefined)
      throw new CommandFailed(`--${foreign} is for many devices: give --devices-file or --tag with it`, EXIT.usage);
    return undefined;
  }
  return {
    devices: devicesFile === undefined ? { tag } : { csv: await readList(devicesFile) },
    ...(name === undefined ? {} : { name }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(rate === undefined ? {} : { ratePerMinute: rate }),
    ...(paused === undefined ? {} : { paused }),
  };
}

async function readList(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = path === "-" ? await buffer(process.stdin) : await readFile(path);
  } catch (error) {
    throw new CommandFailed(`--devices-file: ${path} can't be read (${(error as NodeJS.ErrnoException).code ?? error})`, EXIT.usage);
  }
  if (bytes.length > LIST_BYTES_MAX) throw new CommandFailed(`--devices-file: ${path} has more than ${LIST_BYTES_MAX} bytes`, EXIT.usage);
  return bytes.toString("utf8");
}
