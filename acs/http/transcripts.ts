/**
 * What devices and the ACS said to each other, as text without secrets: the last sessions that failed, and all of a device for which an
 * operator asked. Kept in memory, within limits; a keeper may have a copy for the next start.
 * Spec: cwmp.md 1.11 row 31, quirk 34 (bytes of malformed messages); DESIGN 12. Layer: http, pure but for its own tables.
 */
import type { IncomingMessage } from "node:http";
import type { Clock } from "../../common/clock.js";
import { newId } from "../../common/ids.js";
import { decodeBody } from "../cwmp/decode-body.js";
import { redactField, redactMessage, secretsIn, withoutEchoes } from "./redact-message.js";

/** A character takes one byte, or two when the text is not Latin. */
export interface TranscriptLimits {
  /** Failed sessions kept; 0: only what was asked for is recorded. */
  readonly failedMax: number;
  /** Of one session while it goes on; more is left out, and said so. */
  readonly sessionCharactersMax: number;
  /** Of all sessions that go on. */
  readonly liveCharactersMax: number;
  /** Of all transcripts kept; the oldest go first. */
  readonly keptCharactersMax: number;
  /** Transcripts kept in all; the oldest go first. */
  readonly keptMax: number;
  /** Transcripts of one device; its oldest go first. */
  readonly perDeviceMax: number;
  /** Of all transcripts of one device; its oldest go first. */
  readonly deviceCharactersMax: number;
  /** Devices asked for at once. */
  readonly askedMax: number;
}

export const TRANSCRIPT_LIMITS = {
  sessionCharactersMax: 262_144,
  liveCharactersMax: 16_777_216,
  keptCharactersMax: 33_554_432,
  keptMax: 2_000,
  perDeviceMax: 20,
  deviceCharactersMax: 2_097_152,
  askedMax: 100,
} as const satisfies Omit<TranscriptLimits, "failedMax">;

export interface TranscriptSummary {
  readonly id: string;
  readonly deviceId: string;
  readonly atMs: number;
  /** "failed": kept because of it; "asked": its device was asked for. */
  readonly kept: "failed" | "asked";
  /** Why it failed, or "done". */
  readonly outcome: string;
  readonly characters: number;
}

export interface Transcript extends TranscriptSummary {
  readonly text: string;
}

/** What REST needs. */
export interface TranscriptShelf {
  /** Sessions that end from now on until the time are kept. @returns undefined: too many devices are asked for. */
  ask(deviceId: string, durationMs: number): { readonly untilMs: number } | undefined;
  /** Newest first. */
  list(deviceId: string): readonly TranscriptSummary[];
  get(deviceId: string, id: string): Transcript | undefined;
}

/** Has a copy of what is kept, in its own time: neither call may wait or throw. */
export interface TranscriptKeeper {
  keep(transcript: Transcript): void;
  drop(id: string): void;
}

/** Bytes that we could not read, shown as text: what is not printable is "\xNN". */
export interface RawBody {
  readonly raw: Buffer;
  /** They are of a content coding, so secrets can't be found in them: only their first are shown. */
  readonly isCoded: boolean;
}

/** Text as it came: it is decoded (cwmp/decode-body.ts) only if it is kept. */
export interface SentText {
  readonly bytes: Buffer;
  /** Its Content-Type. */
  readonly type: string | undefined;
}

/** One session as it goes on. What it keeps counts until it ends. */
export interface Recording {
  heard(request: IncomingMessage, body: string | RawBody | SentText): void;
  told(status: number, fields: Readonly<Record<string, string>>, body: string): void;
  /** Keeps it, or forgets it. What is said afterwards begins another transcript. */
  end(outcome: "done" | "failed", why: string): void;
}

/** As it came, with its secrets: most sessions end well, and their lines are dropped without having been made readable. */
interface Line {
  readonly atMs: number;
  readonly head: Head;
  readonly body: string | RawBody | SentText;
  readonly left: number;
}

type Head =
  | { readonly isHeard: true; readonly request: Pick<IncomingMessage, "method" | "url" | "httpVersion" | "rawHeaders"> }
  | { readonly isHeard: false; readonly status: number; readonly fields: Readonly<Record<string, string>> };

/** What our own header fields are counted as. */
const TOLD_HEAD_CHARACTERS = 96;
const CODED_BYTES_SHOWN = 64;

export class Transcripts implements TranscriptShelf {
  readonly #clock: Clock;
  readonly #limits: TranscriptLimits;
  readonly #keeper: TranscriptKeeper | undefined;
  /** Oldest first. */
  readonly #kept = new Map<string, Transcript>();
  readonly #asked = new Map<string, number>();
  #keptCharacters = 0;
  #liveCharacters = 0;

  /** @param keeper Absent: a restart forgets all. */
  constructor(clock: Clock, limits: TranscriptLimits, keeper?: TranscriptKeeper) {
    this.#clock = clock;
    this.#limits = limits;
    this.#keeper = keeper;
  }

  /** Takes back what the keeper had, oldest first, as far as the limits of today allow. Before any session. */
  restore(transcripts: readonly Transcript[]): void {
    for (const transcript of transcripts) this.#add(transcript);
  }

  ask(deviceId: string, durationMs: number): { readonly untilMs: number } | undefined {
    const nowMs = this.#clock.now();
    for (const [id, untilMs] of this.#asked) if (untilMs <= nowMs) this.#asked.delete(id);
    if (!this.#asked.has(deviceId) && this.#asked.size >= this.#limits.askedMax) return undefined;
    const untilMs = nowMs + durationMs;
    this.#asked.set(deviceId, untilMs);
    return { untilMs };
  }

  list(deviceId: string): readonly TranscriptSummary[] {
    return this.#of(deviceId)
      .map(({ text: _, ...summary }) => summary)
      .reverse();
  }

  get(deviceId: string, id: string): Transcript | undefined {
    const found = this.#kept.get(id);
    return found?.deviceId === deviceId ? found : undefined;
  }

  /** The device was removed: so is what it said. */
  forget(deviceId: string): void {
    this.#asked.delete(deviceId);
    for (const { id } of this.#of(deviceId)) this.#drop(id);
  }

  /** A session of the device begins. */
  open(deviceId: string): Recording {
    const lines: Line[] = [];
    let characters = 0;
    const add = (head: Head, headCharacters: number, body: string | RawBody | SentText): void => {
      if (this.#limits.failedMax === 0 && !this.#isAsked(deviceId)) return;
      const whole = lengthOf(body);
      const { sessionCharactersMax, liveCharactersMax } = this.#limits;
      const room = Math.min(sessionCharactersMax - characters, liveCharactersMax - this.#liveCharacters) - headCharacters;
      if (room < 0) return;
      const taken = Math.min(whole, room);
      lines.push({ atMs: this.#clock.now(), head, body: cut(body, taken), left: whole - taken });
      characters += headCharacters + taken;
      this.#liveCharacters += headCharacters + taken;
    };
    return {
      heard: ({ method, url, httpVersion, rawHeaders }, body) =>
        add({ isHeard: true, request: { method, url, httpVersion, rawHeaders } }, charactersOf(rawHeaders), body),
      told: (status, fields, body) => add({ isHeard: false, status, fields }, TOLD_HEAD_CHARACTERS, body),
      end: (outcome, why) => {
        this.#liveCharacters -= characters;
        characters = 0;
        this.#keep(deviceId, lines.splice(0), outcome, why);
      },
    };
  }

  #keep(deviceId: string, lines: readonly Line[], outcome: "done" | "failed", why: string): void {
    const first = lines[0];
    const isAsked = this.#isAsked(deviceId);
    if (first === undefined || (!isAsked && (outcome === "done" || this.#limits.failedMax === 0))) return;
    const id = newId(this.#clock.now());
    const told = outcome === "done" ? "done" : why;
    const ended = outcome === "done" ? "done" : `failed: ${why}`;
    const ours = lines.flatMap(({ head, body }) => (head.isHeard || typeof body !== "string" ? [] : [body]));
    const text = withoutEchoes(`Device ${deviceId}, ${ended}. Secrets are replaced.\n${lines.map(show).join("")}`, secretsIn(ours));
    const kept = isAsked ? "asked" : "failed";
    const transcript: Transcript = { id, deviceId, atMs: first.atMs, kept, outcome: told, characters: text.length, text };
    this.#keeper?.keep(transcript);
    this.#add(transcript);
  }

  #add(transcript: Transcript): void {
    this.#kept.set(transcript.id, transcript);
    this.#keptCharacters += transcript.characters;
    this.#makeRoom(transcript.deviceId);
  }

  #makeRoom(deviceId: string): void {
    const { failedMax, keptMax, keptCharactersMax } = this.#limits;
    this.#makeRoomOf(deviceId);
    const failed = [...this.#kept.values()].filter(({ kept }) => kept === "failed");
    for (const { id } of failed.slice(0, Math.max(failed.length - failedMax, 0))) this.#drop(id);
    for (const id of this.#kept.keys()) {
      if ((this.#keptCharacters <= keptCharactersMax && this.#kept.size <= keptMax) || this.#kept.size === 1) break;
      this.#drop(id);
    }
  }

  #makeRoomOf(deviceId: string): void {
    const { perDeviceMax, deviceCharactersMax } = this.#limits;
    const own = this.#of(deviceId);
    let characters = own.reduce((sum, transcript) => sum + transcript.characters, 0);
    for (const [at, { id, characters: size }] of own.slice(0, -1).entries()) {
      if (own.length - at <= perDeviceMax && characters <= deviceCharactersMax) return;
      characters -= size;
      this.#drop(id);
    }
  }

  #drop(id: string): void {
    this.#keptCharacters -= this.#kept.get(id)?.characters ?? 0;
    this.#kept.delete(id);
    this.#keeper?.drop(id);
  }

  #of(deviceId: string): readonly Transcript[] {
    return [...this.#kept.values()].filter((transcript) => transcript.deviceId === deviceId);
  }

  #isAsked(deviceId: string): boolean {
    return (this.#asked.get(deviceId) ?? 0) > this.#clock.now();
  }
}

function lengthOf(body: string | RawBody | SentText): number {
  if (typeof body === "string") return body.length;
  return "raw" in body ? body.raw.length : body.bytes.length;
}

/** What is cut is copied: a piece would hold all of it. */
function cut(body: string | RawBody | SentText, length: number): string | RawBody | SentText {
  if (length === lengthOf(body)) return body;
  if (typeof body === "string") return body.slice(0, length);
  if ("raw" in body) return { ...body, raw: Buffer.from(body.raw.subarray(0, length)) };
  return { ...body, bytes: Buffer.from(body.bytes.subarray(0, length)) };
}

function charactersOf(rawHeaders: readonly string[]): number {
  let characters = 0;
  for (const text of rawHeaders) characters += text.length + 2;
  return characters;
}

/** Without the secrets of the header fields. */
function showHead(head: Head): string {
  if (!head.isHeard) return [`HTTP/1.1 ${head.status}`, ...fieldsOf(Object.entries(head.fields))].join("\n");
  const { method, url, httpVersion, rawHeaders } = head.request;
  const fields: [string, string][] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) fields.push([rawHeaders[i] ?? "", rawHeaders[i + 1] ?? ""]);
  return [`${method} ${url} HTTP/${httpVersion}`, ...fieldsOf(fields)].join("\n");
}

function fieldsOf(fields: readonly (readonly [string, string])[]): readonly string[] {
  return fields.map(([name, value]) => redactField(name, value));
}

function show({ atMs, head, body, left }: Line): string {
  const who = head.isHeard ? "device -> ACS" : "ACS -> device";
  const more = left === 0 ? "" : `\n[${left} more, not kept: a limit was reached]`;
  return `\n--- ${new Date(atMs).toISOString()} ${who}\n${showHead(head)}\n\n${showBody(body)}${more}\n`;
}

function showBody(body: Line["body"]): string {
  if (typeof body === "string") return redactMessage(body);
  return "raw" in body ? showRaw(body) : redactMessage(decodeBody(body.bytes, body.type).text);
}

function showRaw({ raw, isCoded }: RawBody): string {
  if (isCoded) return `[${raw.length} bytes in a content coding, of which the first] ${raw.toString("hex", 0, CODED_BYTES_SHOWN)}`;
  return printable(redactMessage(raw.toString("latin1").replaceAll("\0", "")));
}

function printable(latin1: string): string {
  return latin1.replace(/[^\x20-\x7e\r\n\t]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
