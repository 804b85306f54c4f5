/**
 * Transcripts as files, so that a restart does not forget why sessions failed. Written behind the session, one after another, without
 * fsync: a crash may lose the newest, and never holds a device up. What is dropped before its turn came is not written at all.
 * Layer: http.
 */
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { z } from "zod";
import type { Transcript, TranscriptKeeper, TranscriptLimits } from "./transcripts.js";

export interface TranscriptFolderOptions {
  /** Made if it is not there. Nothing else may write into it. */
  readonly directory: string;
  readonly limits: Pick<TranscriptLimits, "keptMax" | "keptCharactersMax">;
  /** Told once of a series of failures: transcripts are kept in memory meanwhile. */
  readonly onTrouble: (error: unknown) => void;
}

/** Larger files are none of ours: a character is at most six octets of JSON. */
const FILE_BYTES_MAX = 8_388_608;
const FILE_NAME = /^[0-9a-z]{26}\.json$/;

const storedTranscript = z.strictObject({
  id: z.string(),
  deviceId: z.string(),
  atMs: z.number(),
  kept: z.enum(["failed", "asked"]),
  outcome: z.string(),
  characters: z.int(),
  text: z.string(),
});

export class TranscriptFolder implements TranscriptKeeper {
  readonly #options: TranscriptFolderOptions;
  /** What is to be written, or removed (null), by id. Those to be written are in memory anyway: their owner has the same ones. */
  readonly #pending = new Map<string, Transcript | null>();
  #working: Promise<void> | undefined;
  #isInTrouble = false;

  constructor(options: TranscriptFolderOptions) {
    this.#options = options;
  }

  /**
   * What an earlier run has left, oldest first, within the limits; the rest, and what can't be read, is removed.
   * @param isKnown Whether a device is registered: with the others go their transcripts.
   * @throws when the folder can't be made or read.
   */
  async load(isKnown: (deviceId: string) => Promise<boolean>): Promise<readonly Transcript[]> {
    const { directory, limits } = this.#options;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const names = (await readdir(directory)).filter((name) => FILE_NAME.test(name)).sort();
    const found: Transcript[] = [];
    let room = limits.keptCharactersMax;
    for (const name of names.reverse()) {
      const transcript = found.length < limits.keptMax && room > 0 ? await this.#read(name) : undefined;
      const isKept = transcript !== undefined && transcript.text.length <= room && (await isKnown(transcript.deviceId));
      if (!isKept) {
        await rm(join(directory, name), { force: true });
        continue;
      }
      room -= transcript.text.length;
      found.push(transcript);
    }
    return found.reverse();
  }

  async #read(name: string): Promise<Transcript | undefined> {
    const path = join(this.#options.directory, name);
    if ((await stat(path)).size > FILE_BYTES_MAX) return undefined;
    const { success, data } = storedTranscript.safeParse(parsed(await readFile(path, "utf8")));
    return success && `${data.id}.json` === name && data.characters === data.text.length ? data : undefined;
  }

  keep(transcript: Transcript): void {
    this.#pending.set(transcript.id, transcript);
    this.#work();
  }

  drop(id: string): void {
    // What still waits was never written.
    if (!this.#pending.delete(id)) this.#pending.set(id, null);
    this.#work();
  }

  /** Fulfilled when nothing waits. */
  async settled(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  #work(): void {
    this.#working ??= this.#writeAll().then(() => {
      this.#working = undefined;
      if (this.#pending.size > 0) this.#work(); // came after the last look
    });
  }

  async #writeAll(): Promise<void> {
    await nextTurn(); // the session's answer goes first
    for (let next = this.#take(); next !== undefined; next = this.#take()) {
      try {
        await this.#perform(...next);
        this.#isInTrouble = false;
      } catch (error) {
        if (!this.#isInTrouble) this.#options.onTrouble(error);
        this.#isInTrouble = true;
      }
    }
  }

  #take(): readonly [string, Transcript | null] | undefined {
    const [first] = this.#pending;
    if (first !== undefined) this.#pending.delete(first[0]);
    return first;
  }

  async #perform(id: string, transcript: Transcript | null): Promise<void> {
    const path = join(this.#options.directory, `${id}.json`);
    if (transcript === null) await rm(path, { force: true });
    else await writeFile(path, JSON.stringify(transcript), { mode: 0o600 });
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined; // cut short by a crash
  }
}
