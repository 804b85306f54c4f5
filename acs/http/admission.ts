/**
 * Who is let in when not all can be: bodies in flight, sessions by the event that the device comes for, and a rate per device and in all.
 * What is begun is finished first; then bootstrap and connection requests; periodic calls wait. Time and chance are passed in.
 * Spec: TR-069 3.7.1.5 (devices come again), RFC 9110 10.2.3 (Retry-After); cwmp.md 1.11 row 32. Layer: http, pure but for its own tables.
 */

export interface AdmissionLimits {
  /** Bodies being read or answered at once. */
  readonly bodiesMax: number;
  /** Their bytes. At least that of the largest message, else that one never gets in. */
  readonly bodyBytesMax: number;
  readonly sessionsMax: number;
  /** Operations that wait for the store; from here on it has no time for new sessions. */
  readonly storeQueueMax: number;
  /** Sessions that begin, in all. */
  readonly sessionsPerSecondMax: number;
  readonly deviceSessionsPerMinuteMax: number;
}

/** "session": a request within one that is going on. "stranger": without credentials, to be answered with a challenge. */
export type BodyOwner = "session" | "caller" | "stranger";
/** "first": bootstrap and connection requests, which somebody waits for. "last": merely periodic. */
export type EventClass = "first" | "middle" | "last";

/** The bytes are counted as announced, then as they turn out to be. */
export interface BodyTicket {
  measured(bytes: number): void;
  /** Once, when the answer is sent or the connection gone. */
  release(): void;
}

export type Refusal = "too-many-bodies" | "loaded" | "too-fast" | "device-too-fast";

export interface AdmissionCounters {
  readonly bodies: number;
  readonly bodyBytes: number;
  readonly admitted: number;
  readonly refused: Readonly<Record<Refusal, number>>;
}

/** What is asked to begin a session. */
export interface SessionRequest {
  readonly deviceId: string;
  readonly eventClass: EventClass;
  readonly openSessions: number;
  /** Operations that wait for the store. */
  readonly queued: number;
  readonly nowMs: number;
}

/** Of bodies and bytes, what each may take: a flood of strangers must not keep devices out, nor new sessions end old ones. */
const BODY_SHARE: Readonly<Record<BodyOwner, number>> = { session: 1, caller: 0.75, stranger: 0.25 };
/** Of sessions, of the store's queue and of the rate: from this load on a class waits. */
const LOAD_SHARE: Readonly<Record<EventClass, number>> = { first: 1, middle: 0.85, last: 0.7 };
/** What a body of unknown length (chunked) is counted as until it is read. */
const UNKNOWN_BODY_BYTES = 262_144;
const MINUTE_MS = 60_000;
/** Devices whose rate is remembered; beyond it the oldest minutes are forgotten. */
const DEVICES_MAX = 200_000;
const RETRY_AFTER_S = { min: 30, spreadMin: 60, spreadMax: 900 };

export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #random: () => number;
  readonly #devices = new Map<string, { readonly sinceMs: number; sessions: number }>();
  readonly #refused: Record<Refusal, number> = { "too-many-bodies": 0, loaded: 0, "too-fast": 0, "device-too-fast": 0 };
  #admitted = 0;
  #bodies = 0;
  #bodyBytes = 0;
  #tokens: number;
  #filledMs = Number.NEGATIVE_INFINITY;
  /** Of this minute and the one before: how long the refused would take to serve tells when they should come again. */
  #minute = { sinceMs: Number.NEGATIVE_INFINITY, admitted: 0, refused: 0 };
  #before = { admitted: 0, refused: 0 };

  constructor(limits: AdmissionLimits, random: () => number) {
    this.#limits = limits;
    this.#random = random;
    this.#tokens = limits.sessionsPerSecondMax;
  }

  counters(): AdmissionCounters {
    return { bodies: this.#bodies, bodyBytes: this.#bodyBytes, admitted: this.#admitted, refused: { ...this.#refused } };
  }

  /** @param announced Bytes of the body; undefined: not known yet. @returns undefined: no room. */
  takeBody(owner: BodyOwner, announced: number | undefined, nowMs: number): BodyTicket | undefined {
    const { bodiesMax, bodyBytesMax } = this.#limits;
    const share = BODY_SHARE[owner];
    let bytes = announced ?? UNKNOWN_BODY_BYTES;
    // The only body is always let in: whether it is too long in itself is for its reader to say.
    const fits = this.#bodies + 1 <= bodiesMax * share && this.#bodyBytes + bytes <= bodyBytesMax * share;
    if (this.#bodies > 0 && !fits) {
      this.#refuse("too-many-bodies", nowMs);
      return undefined;
    }
    this.#bodies++;
    this.#bodyBytes += bytes;
    let isHeld = true;
    return {
      measured: (actual) => {
        if (!isHeld) return;
        this.#bodyBytes += actual - bytes;
        bytes = actual;
      },
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        this.#bodies--;
        this.#bodyBytes -= bytes;
      },
    };
  }

  /** Counts the session when it may begin. @returns why it may not, else undefined. */
  refusesSession({ deviceId, eventClass, openSessions, queued, nowMs }: SessionRequest): Refusal | undefined {
    const { sessionsMax, storeQueueMax, sessionsPerSecondMax, deviceSessionsPerMinuteMax } = this.#limits;
    const share = LOAD_SHARE[eventClass];
    const device = this.#deviceMinute(deviceId, nowMs);
    if (device.sessions >= deviceSessionsPerMinuteMax) return this.#refuse("device-too-fast", nowMs);
    if (openSessions >= sessionsMax * share || queued >= storeQueueMax * share) return this.#refuse("loaded", nowMs);
    this.#fill(nowMs);
    // A class leaves to those before it what they need: of ten tokens the last three are not for periodic calls.
    if (this.#tokens < 1 + sessionsPerSecondMax * (1 - share)) return this.#refuse("too-fast", nowMs);
    this.#tokens--;
    device.sessions++;
    this.#admitted++;
    this.#turnMinute(nowMs);
    this.#minute.admitted++;
    return undefined;
  }

  /** Spread over the time in which those who were refused lately can be served at the rate of late. */
  retryAfterS(nowMs: number): number {
    this.#turnMinute(nowMs);
    const { min, spreadMin, spreadMax } = RETRY_AFTER_S;
    const refused = this.#minute.refused + this.#before.refused;
    const admitted = Math.max(this.#minute.admitted + this.#before.admitted, 1);
    const spread = Math.min(Math.max((60 * refused) / admitted, spreadMin), spreadMax);
    return min + Math.floor(this.#random() * spread);
  }

  #refuse(why: Refusal, nowMs: number): Refusal {
    this.#turnMinute(nowMs);
    this.#minute.refused++;
    this.#refused[why]++;
    return why;
  }

  #fill(nowMs: number): void {
    const { sessionsPerSecondMax } = this.#limits;
    const gained = (Math.max(nowMs - this.#filledMs, 0) * sessionsPerSecondMax) / 1_000;
    this.#tokens = Math.min(this.#tokens + gained, sessionsPerSecondMax);
    this.#filledMs = nowMs;
  }

  #turnMinute(nowMs: number): void {
    const { sinceMs, admitted, refused } = this.#minute;
    const ageMs = nowMs - sinceMs;
    if (ageMs >= 0 && ageMs < MINUTE_MS) return; // A clock that was set back begins a new one.
    this.#before = ageMs >= 0 && ageMs < 2 * MINUTE_MS ? { admitted, refused } : { admitted: 0, refused: 0 };
    this.#minute = { sinceMs: nowMs, admitted: 0, refused: 0 };
  }

  #deviceMinute(id: string, nowMs: number): { sessions: number } {
    const known = this.#devices.get(id);
    if (known !== undefined && nowMs >= known.sinceMs && nowMs - known.sinceMs < MINUTE_MS) return known;
    const fresh = { sinceMs: nowMs, sessions: 0 };
    this.#devices.delete(id);
    this.#devices.set(id, fresh);
    for (const oldest of this.#devices.keys()) {
      if (this.#devices.size <= DEVICES_MAX) break;
      this.#devices.delete(oldest);
    }
    return fresh;
  }
}

/** The events of an Inform stand near its beginning. */
const SCANNED_BYTES_MAX = 16_384;
/** TR-069 A.3.3.1: at most 64 events; each has an opening and a closing tag. */
const MARKS_LOOKED_AT_MAX = 128;
const AFTER_EVENT_CODE = /^EventCode[^<>]{0,256}>\s{0,64}(\d\d?|M) /;
const TAG_CHARACTERS_MAX = 340;
const INFORM = Buffer.from("Inform");
const EVENT_CODE = Buffer.from("EventCode");

/** Where each opening tag of this name has it, with a prefix or without; found by the buffer's own search, since every caller pays for it. */
function* openings(head: Buffer, name: Buffer): Generator<number> {
  let at = head.indexOf(name);
  for (let looked = 0; at >= 0 && looked < MARKS_LOOKED_AT_MAX; looked++) {
    const before = head[at - 1];
    if (before === LESS_THAN || (before === COLON && opensBefore(head, at - 1))) yield at;
    at = head.indexOf(name, at + name.length);
  }
}

const LESS_THAN = 0x3c;
const COLON = 0x3a;
const SLASH = 0x2f;
/** Blanks, "/" and ">". */
const ENDS_NAME: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x20, 0xa0, SLASH, 0x3e]);
const PREFIX_CHARACTERS_MAX = 64;

/** `<prefix:` ends at this colon; `</prefix:` does not count. */
function opensBefore(head: Buffer, colon: number): boolean {
  const start = head.lastIndexOf(LESS_THAN, colon);
  return start >= 0 && colon - start - 1 <= PREFIX_CHARACTERS_MAX && head[start + 1] !== SLASH;
}

function looksLikeInform(head: Buffer): boolean {
  for (const at of openings(head, INFORM)) if (ENDS_NAME.has(head[at + INFORM.length] ?? 0)) return true;
  return false;
}

/**
 * A guess, made before anything is parsed: it decides who waits, never what is true. A device that lies only gets served before another.
 * @returns undefined: it does not look like an Inform (an answer, UTF-16, rubbish).
 */
export function guessEventClass(body: Buffer): EventClass | undefined {
  const head = body.subarray(0, SCANNED_BYTES_MAX);
  if (!looksLikeInform(head)) return undefined;
  const textAt = (at: number): string => head.toString("latin1", at, at + TAG_CHARACTERS_MAX);
  const codes = new Set(Array.from(openings(head, EVENT_CODE), (at) => AFTER_EVENT_CODE.exec(textAt(at))?.[1]));
  codes.delete(undefined);
  if (codes.has("0") || codes.has("6")) return "first";
  return codes.size === 1 && codes.has("2") ? "last" : "middle";
}
