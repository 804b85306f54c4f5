/**
 * The CWMP sessions that are open, by cookie and by device: which request belongs to which, how one begins, and how it ends.
 * Spec: TR-069 3.4.2, 3.7; rows 16-20, 29 and 32 of cwmp.md 1.11. Layer: http.
 */
import { randomUUID } from "node:crypto";
import type { Clock } from "../../common/clock.js";
import type { Logger } from "../../common/log.js";
import type { Device } from "../devices/device.js";
import { QuarantinedSession } from "../session/quarantined-session.js";
import { DeviceSession } from "../session/run-session.js";
import type { SessionServices } from "../session/session-services.js";
import type { EventStore } from "../stores/event-store.js";
import type { QuarantineStore } from "../stores/quarantine-store.js";
import { sessionIdOf } from "./callers.js";
import type { Caller } from "./device-identifier.js";
import { EventThrottle } from "./event-throttle.js";
import { readCookie } from "./session-cookie.js";
import type { Recording, Transcripts } from "./transcripts.js";

export interface SessionTableOptions {
  readonly services: SessionServices;
  readonly events: EventStore;
  readonly quarantine: Pick<QuarantineStore, "recordCall">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits: SessionLimits;
  readonly transcripts: Transcripts;
  /** Told when a device calls in and when its session is over: the wake planner's business. */
  readonly watcher: SessionWatcher;
}

export interface SessionLimits {
  /** A session in which the device says nothing for this long is over. The device may ask for more (SessionTimeout). */
  readonly sessionTimeoutMs: number;
  readonly sessionsMax: number;
}

export interface SessionWatcher {
  sessionBegan(deviceId: string): void;
  /** @param leavesTasks false: no task was open when the session last looked. */
  sessionEnded(deviceId: string, outcome: "done" | "failed", leavesTasks?: boolean): void;
}

const SESSION_TIMEOUT_ASKED_MS_MAX = 600_000;
/** How long a finished session still answers a superfluous empty POST. */
const LINGER_MS = 5_000;
const TAKEN_OVER = "a new Inform of the device took over";
/** A quarantined device calls as often as it likes; that it does is told so often. */
const QUARANTINE_EVENTS = { windowMs: 3_600_000, keysMax: 100_000, perWindowMax: 1_000 };

/** A session that was begun and is not forgotten: going on, or lingering after its end. */
export interface OpenSession {
  readonly id: string;
  /** Cookie of the session that this one took over from while it was going on; "": there was none. */
  readonly takenOver: string;
  readonly deviceId: string;
  readonly session: DeviceSession | QuarantinedSession;
  /** The enrolment rule under whose user name it was begun: who proves that rule may go on with it. null: the device used its own name. */
  readonly batch: string | null;
  readonly recording: Recording;
  busy: boolean;
  lastHeardMs: number;
  timeoutMs: number;
  cancelTimer: () => void;
}

export class SessionTable {
  readonly #options: SessionTableOptions;
  readonly #byCookie = new Map<string, OpenSession>();
  readonly #byDevice = new Map<string, OpenSession>();
  readonly #quarantined = new EventThrottle(QUARANTINE_EVENTS);

  constructor(options: SessionTableOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#byDevice.size;
  }

  has(deviceId: string): boolean {
    return this.#byDevice.has(deviceId);
  }

  isGoingOn(deviceId: string): boolean {
    const entry = this.#byDevice.get(deviceId);
    return entry !== undefined && isGoingOn(entry);
  }

  /** Whether a request looks like one of a session that is going on. @param last Of its connection. */
  isInSession(cookies: string | undefined, last: OpenSession | undefined): boolean {
    const cookie = readCookie(cookies);
    const named = (cookie === undefined ? undefined : this.#byCookie.get(cookie)) ?? last;
    return named !== undefined && isGoingOn(named) && this.#byDevice.get(named.deviceId) === named;
  }

  /**
   * The session that a request is of: cookie, else the connection, else the device's digest user name or certificate; never the source
   * address (row 20). What still belongs to a session that a newer Inform ended must not reach the newer one (rows 16, 17).
   */
  find(cookies: string | undefined, last: OpenSession | undefined, who: Caller): OpenSession | undefined {
    const cookie = readCookie(cookies);
    const named = cookie === undefined ? undefined : this.#byCookie.get(cookie);
    const id = sessionIdOf(who, named ?? last);
    const current = this.#byDevice.get(id);
    const entry = named ?? last ?? (cookie !== undefined && cookie === current?.takenOver ? undefined : current);
    if (entry !== current || current === undefined) return undefined;
    if (named === undefined) this.#options.services.relaxed(current.deviceId, "no-cookie");
    return current;
  }

  /** An Inform begins a new session, whatever cookie it brings; the device's older one is over (rows 17, 18). */
  async begin(device: Device, askedTimeoutS: number | undefined, username: string): Promise<OpenSession | undefined> {
    const { services, clock, limits, watcher } = this.#options;
    const older = this.#byDevice.get(device.id);
    if (older === undefined && this.#byDevice.size >= limits.sessionsMax) return undefined;
    const takesOver = older !== undefined && isGoingOn(older);
    if (takesOver) this.#noteFailure(device.id, TAKEN_OVER);
    if (takesOver) older.recording.end("failed", TAKEN_OVER);
    if (older !== undefined) this.#forget(older); // Its task becomes unknown in the transaction that records this Inform.
    const asked = Math.min((askedTimeoutS ?? 0) * 1_000, SESSION_TIMEOUT_ASKED_MS_MAX);
    const entry: OpenSession = {
      id: randomUUID(),
      takenOver: takesOver ? older.id : "",
      deviceId: device.id,
      session: device.quarantine === null ? new DeviceSession(device, services, username) : this.#quarantinedSession(device),
      batch: username === device.username ? null : device.enrolledBy,
      recording: this.#options.transcripts.open(device.id),
      busy: false,
      lastHeardMs: clock.now(),
      timeoutMs: Math.max(limits.sessionTimeoutMs, asked),
      cancelTimer: () => undefined,
    };
    this.#byCookie.set(entry.id, entry);
    this.#byDevice.set(device.id, entry);
    this.#watch(entry, entry.timeoutMs);
    watcher.sessionBegan(device.id);
    return entry;
  }

  #quarantinedSession({ id, identity, quarantine }: Device): QuarantinedSession {
    const { clock, services, quarantine: store } = this.#options;
    return new QuarantinedSession({
      deviceId: id,
      modelPolicy: () => services.modelPolicy(identity),
      recordCall: (events) => store.recordCall(id, clock.now(), events),
      eventsOf: (codes) => {
        const atMs = clock.now();
        if (!this.#quarantined.allows(id, atMs)) return [];
        return [{ atMs, kind: "quarantined-call", deviceId: id, data: { reason: quarantine?.reason, events: codes } }];
      },
    });
  }

  /** After a turn. */
  turned(entry: OpenSession): void {
    if (entry.session.over) this.#end(entry);
    else if (entry.session.done) this.#finish(entry);
    if (!this.#byCookie.has(entry.id)) entry.recording.end("failed", TAKEN_OVER); // while it was being answered
  }

  /** Ends all sessions; a task that was asked becomes unknown. */
  async close(): Promise<void> {
    for (const entry of [...this.#byDevice.values()]) await this.#drop(entry, "the ACS stopped");
  }

  #finish(entry: OpenSession): void {
    const { deviceId: id } = entry;
    if (this.#byDevice.get(id) === entry) this.#options.watcher.sessionEnded(id, "done", entry.session.leavesTasks);
    entry.recording.end("done", "");
    entry.cancelTimer();
    this.#watch(entry, LINGER_MS);
  }

  #end(entry: OpenSession): void {
    const current = this.#byDevice.get(entry.deviceId) === entry;
    entry.recording.end("failed", entry.session.why);
    this.#forget(entry);
    if (!current) return;
    this.#noteFailure(entry.deviceId, entry.session.why);
    this.#options.watcher.sessionEnded(entry.deviceId, "failed");
  }

  /** The answer does not wait for it: it tells of what is stored already. */
  #noteFailure(id: string, why: string): void {
    const event = { atMs: this.#options.clock.now(), kind: "session-failed", deviceId: id, data: { why } } as const;
    this.#options.events
      .append([event])
      .catch((error: unknown) => this.#options.log.error({ err: error }, "a failed session could not be noted"));
  }

  /** Looks again when the time is over; a request meanwhile moves it on without a timer of its own. */
  #watch(entry: OpenSession, delayMs: number): void {
    entry.cancelTimer = this.#options.clock.after(delayMs, () => {
      // A device that spoke again after our empty answer has its whole time again.
      const timeoutMs = entry.session.done ? LINGER_MS : entry.timeoutMs;
      const left = entry.lastHeardMs + timeoutMs - this.#options.clock.now();
      if (left > 0 || entry.busy) return this.#watch(entry, Math.max(left, 1_000));
      this.#drop(entry, "the device fell silent").catch((error: unknown) =>
        this.#options.log.error({ err: error }, "a silent session could not be ended"),
      );
    });
  }

  async #drop(entry: OpenSession, why: string): Promise<void> {
    const wasGoingOn = isGoingOn(entry);
    const current = this.#byDevice.get(entry.deviceId) === entry;
    if (wasGoingOn) entry.recording.end("failed", why);
    this.#forget(entry);
    await entry.session.abandon(why);
    if (!current || !wasGoingOn) return;
    this.#noteFailure(entry.deviceId, why);
    this.#options.watcher.sessionEnded(entry.deviceId, "failed");
  }

  #forget(entry: OpenSession): void {
    entry.cancelTimer();
    entry.recording.end("done", ""); // what was said after its end
    this.#byCookie.delete(entry.id);
    if (this.#byDevice.get(entry.deviceId) === entry) this.#byDevice.delete(entry.deviceId);
  }
}

/** Neither ended nor, as far as we know, complete. */
function isGoingOn({ session }: OpenSession): boolean {
  return !session.done && !session.over;
}
