/**
 * The CWMP endpoint: straight from node:http to the session, with our own limited body reader.
 * Spec: TR-069 3.3 (TLS), 3.4 (HTTP), 3.7 (sessions); rows 16-22, 29-34 of cwmp.md 1.11. Layer: http.
 */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import type { Socket } from "node:net";
import { TLSSocket, type TlsOptions } from "node:tls";
import type { Clock } from "../../common/clock.js";
import type { Logger } from "../../common/log.js";
import { decodeBody } from "../cwmp/decode-body.js";
import { type Envelope, readDeviceEnvelope, writeAcsEnvelope } from "../cwmp/envelope.js";
import { MalformedMessage } from "../cwmp/malformed-message.js";
import type { DeviceMessage } from "../cwmp/messages.js";
import type { Inform } from "../cwmp/rpc/inform.js";
import type { Device, DeviceIdentity } from "../devices/device.js";
import type { EventKind } from "../events/event.js";
import { QuarantinedSession } from "../session/quarantined-session.js";
import { DeviceSession, type Heard, type SessionAnswer, type SessionServices } from "../session/run-session.js";
import type { SharedIdentityWatch } from "../session/shared-identity-watch.js";
import type { EventStore } from "../stores/event-store.js";
import type { QuarantineStore } from "../stores/quarantine-store.js";
import { type Admission, type AdmissionCounters, type BodyOwner, type BodyTicket, type EventClass, guessEventClass } from "./admission.js";
import { certifies } from "./client-certificate.js";
import type { AuthResult, ConnectionProof, CwmpAuthenticator } from "./cwmp-auth.js";
import { type Caller, type DeviceIdentifier, STRANGER_TEXT_CHARACTERS_MAX } from "./device-identifier.js";
import type { Applicant } from "./enroller.js";
import { EventThrottle } from "./event-throttle.js";
import { linger } from "./linger.js";
import { closeServer } from "./listening.js";
import type { Door, NmsEndpoint } from "./nms-endpoint.js";
import { BODY_REFUSAL_STATUS, type BodyLimits, type BodyRefusal, readBody } from "./read-body.js";
import type { Recording, Transcripts } from "./transcripts.js";

export interface CwmpEndpointOptions {
  readonly services: SessionServices;
  readonly events: EventStore;
  readonly authenticator: CwmpAuthenticator;
  readonly identifier: DeviceIdentifier;
  readonly quarantine: Pick<QuarantineStore, "recordCall">;
  readonly sharedIdentities: SharedIdentityWatch;
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits: CwmpLimits;
  readonly admission: Admission;
  readonly transcripts: Transcripts;
  /** Operations that wait for the store. */
  readonly queued: () => number;
  /** Told when a device calls in and when its session is over: the wake planner's business. */
  readonly watcher: SessionWatcher;
  /** Voice-signalled management, on the same ports under a path of its own. */
  readonly nms: NmsEndpoint;
}

export interface SessionWatcher {
  sessionBegan(deviceId: string): void;
  /** @param leavesTasks false: no task was open when the session last looked. */
  sessionEnded(deviceId: string, outcome: "done" | "failed", leavesTasks?: boolean): void;
}

export interface CwmpLimits {
  readonly body: BodyLimits;
  /** A session in which the device says nothing for this long is over. The device may ask for more (SessionTimeout). */
  readonly sessionTimeoutMs: number;
  readonly sessionsMax: number;
  /** On each port. */
  readonly connectionsMax: number;
  /** For the header of one request to arrive. */
  readonly headersTimeoutMs: number;
}

/** A request without credentials is read so far, so that its sender can hear the 401. */
const UNAUTHENTICATED_BODY_BYTES_MAX = 262_144;
const SESSION_TIMEOUT_ASKED_MS_MAX = 600_000;
/** How long a finished session still answers a superfluous empty POST. */
const LINGER_MS = 5_000;
const HEADER_BYTES_MAX = 16_384;
const CLIENT_ERRORS: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
};
const COOKIE = "reveille";
const TAKEN_OVER = "a new Inform of the device took over";
const NOTHING = Buffer.alloc(0);
/** At the default retention of 30 days a flood that never ends costs 4.4 million rows. */
const STRANGER_EVENTS = { windowMs: 60_000, keysMax: 10_000, perWindowMax: 100 };
/** A quarantined device calls as often as it likes; that it does is told so often. */
const QUARANTINE_EVENTS = { windowMs: 3_600_000, keysMax: 100_000, perWindowMax: 1_000 };
/** How long the connection stays open for a device that thinks, beyond the time its session lives. */
const KEEP_ALIVE_MARGIN_MS = 5_000;
/** An overload is logged so often; the counters have every refusal. */
const OVERLOAD_LOG_MS = 10_000;

interface Entry {
  readonly id: string;
  /** Cookie of the session that this one took over from while it was going on; "": there was none. */
  readonly takenOver: string;
  readonly session: DeviceSession | QuarantinedSession;
  /** The enrolment rule under whose user name it was begun: who proves that rule may go on with it. null: the device used its own name. */
  readonly batch: string | null;
  readonly recording: Recording;
  busy: boolean;
  lastHeardMs: number;
  timeoutMs: number;
  cancelTimer: () => void;
}

interface Connection extends ConnectionProof {
  entry: Entry | undefined;
}

/** One request of somebody who has proven who it is, read to its end, and where its answer goes. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly connection: Connection;
  readonly who: Caller;
  readonly bytes: Buffer;
  /** The same, decoded. */
  readonly text: string;
  /** Set-Cookie of the answer to an Inform. */
  readonly newCookie?: string;
}

export class CwmpEndpoint {
  readonly #servers: Server[] = [];
  readonly #options: CwmpEndpointOptions;
  readonly #byCookie = new Map<string, Entry>();
  readonly #byDevice = new Map<string, Entry>();
  readonly #connections = new WeakMap<Socket, Connection>();
  readonly #strangers = new EventThrottle(STRANGER_EVENTS);
  readonly #quarantined = new EventThrottle(QUARANTINE_EVENTS);
  #overloadLoggedMs = Number.NEGATIVE_INFINITY;

  constructor(options: CwmpEndpointOptions) {
    this.#options = options;
  }

  /** A server on which devices reach this endpoint, closed with it. Its caller lets it listen. */
  plainServer(): Server {
    const server = createServer(this.#serverOptions());
    this.#serve(server);
    return server;
  }

  /** The same over TLS. */
  tlsServer(tls: TlsOptions): TlsServer {
    const server = createTlsServer({ ...this.#serverOptions(), ...tls });
    this.#serve(server);
    return server;
  }

  #serverOptions() {
    const { headersTimeoutMs, body, sessionTimeoutMs } = this.#options.limits;
    return {
      headersTimeout: headersTimeoutMs,
      // Our own body reader is first, and answers better.
      requestTimeout: headersTimeoutMs + body.bodyTimeoutMs + KEEP_ALIVE_MARGIN_MS,
      connectionsCheckingInterval: Math.ceil(headersTimeoutMs / 4),
      keepAliveTimeout: sessionTimeoutMs + KEEP_ALIVE_MARGIN_MS,
      maxHeaderSize: HEADER_BYTES_MAX,
    };
  }

  #serve(server: Server): void {
    server.maxConnections = this.#options.limits.connectionsMax;
    server.on("request", (request, response) => {
      this.#handle(request, response).catch((error: unknown) => this.#fail(response, error));
    });
    server.on("clientError", ({ code = "" }: NodeJS.ErrnoException, socket) => {
      const isHttp = code.startsWith("HPE_") || code.startsWith("ERR_HTTP"); // not a handshake that failed
      if (isHttp && socket.writable) socket.end(`HTTP/1.1 ${CLIENT_ERRORS[code] ?? "400 Bad Request"}\r\nConnection: close\r\n\r\n`);
      else socket.destroy();
    });
    this.#servers.push(server);
  }

  get isListening(): boolean {
    return this.#servers.length > 0 && this.#servers.every(({ listening }) => listening);
  }

  admission(): AdmissionCounters {
    return this.#options.admission.counters();
  }

  get openSessions(): number {
    return this.#byDevice.size;
  }

  hasSession(id: string): boolean {
    const entry = this.#byDevice.get(id);
    return entry !== undefined && isGoingOn(entry);
  }

  /** Ends all sessions; a task that was asked becomes unknown. */
  async close(): Promise<void> {
    await Promise.all(this.#servers.map(closeServer));
    for (const entry of [...this.#byDevice.values()]) await this.#drop(entry, "the ACS stopped");
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== "POST") return void refuse(request, response, 405, { Allow: "POST" }); // row 33
    const connection = this.#connectionOf(request.socket);
    const who = await this.#options.authenticator.check(request, connection);
    if ("challenge" in who) return this.#challenge(request, response, who);
    if (this.#options.nms.isFor(request)) return this.#options.nms.hear(request, response, this.#doorFor(request, response, who));
    const ticket = this.#takeBody(request, response, this.#isInSession(request, connection) ? "session" : "caller");
    if (ticket === undefined) return this.#overloaded(request, response, "too-many-bodies");
    const body = await readBody(request, this.#options.limits.body, this.#options.clock);
    if (body.refused !== undefined) {
      this.#keepRefused(request, who, body.refused, body.received);
      return void refuse(request, response, BODY_REFUSAL_STATUS[body.refused]); // rows 30, 34
    }
    ticket.measured(body.bytes.length);
    const guessed = guessEventClass(body.bytes);
    if (guessed !== undefined && !this.#admits(request, response, who, guessed)) return;
    const { text, repairs } = decodeBody(body.bytes, request.headers["content-type"]);
    if (repairs.length > 0) this.#options.log.debug({ device: nameOf(who), repairs }, "repaired a body");
    for (const { rule } of repairs) this.#options.services.relaxed(idOf(who), rule);
    await this.#hear({ request, response, connection, who, bytes: body.bytes, text }, guessed !== undefined);
  }

  /** What is the same for every message of a device, whatever it is about. */
  #doorFor(request: IncomingMessage, response: ServerResponse, who: Caller): Door {
    return {
      isTaken: () => this.#takeBody(request, response, "caller") !== undefined,
      admits: (eventClass) => this.#admits(request, response, who, eventClass),
      overloaded: (why) => this.#overloaded(request, response, why),
      identify: (identity) => this.#informer(request, response, who, identity),
      caller: idOf(who),
    };
  }

  /** Nothing of it was understood: the transcript has its bytes. */
  #keepRefused(request: IncomingMessage, who: Caller, refused: BodyRefusal, received: Buffer = NOTHING): void {
    const recording = this.#options.transcripts.open(idOf(who));
    const isCoded = !["", "identity"].includes(request.headers["content-encoding"]?.trim().toLowerCase() ?? "");
    recording.heard(request, { raw: received, isCoded });
    recording.told(BODY_REFUSAL_STATUS[refused], {}, "");
    recording.end("failed", `the body was refused: ${refused}`);
  }

  async #hear(exchange: Exchange, isAdmitted: boolean): Promise<void> {
    const { request, response, connection, who, text } = exchange;
    const envelope = text === "" ? null : readOrWhy(text);
    if (envelope !== null && typeof envelope !== "string" && envelope.message.kind === "Inform") {
      // It did not look like one (UTF-16, say).
      if (!isAdmitted && !this.#admits(request, response, who, "middle")) return;
      const device = await this.#informer(request, response, who, envelope.message.deviceId);
      if (device !== undefined) await this.#hearInform(exchange, device, envelope, envelope.message);
      return;
    }
    const entry = this.#entryOf(request, connection, who);
    if (envelope === null) return this.#turn(exchange, entry, { kind: "empty" });
    if (typeof envelope !== "string") return this.#turn(exchange, entry, { kind: "message", envelope });
    this.#options.log.info({ device: nameOf(who), why: envelope }, "a malformed message");
    return this.#turn(exchange, entry, { kind: "malformed", why: envelope });
  }

  #takeBody(request: IncomingMessage, response: ServerResponse, owner: BodyOwner): BodyTicket | undefined {
    const { "content-length": length, "transfer-encoding": transfer } = request.headers;
    const announced = transfer === undefined ? Number(length ?? 0) : undefined;
    const ticket = this.#options.admission.takeBody(owner, announced, this.#options.clock.now());
    if (ticket !== undefined) response.once("close", ticket.release);
    return ticket;
  }

  #isInSession(request: IncomingMessage, { entry }: Connection): boolean {
    const cookie = readCookie(request.headers.cookie);
    const named = (cookie === undefined ? undefined : this.#byCookie.get(cookie)) ?? entry;
    return named !== undefined && isGoingOn(named) && this.#byDevice.get(named.session.deviceId) === named;
  }

  /** Before a byte of it is parsed. false: it was answered with 503. */
  #admits(request: IncomingMessage, response: ServerResponse, who: Caller, eventClass: EventClass): boolean {
    const { admission, queued, clock } = this.#options;
    const id = admissionKey(who, request.socket);
    const openSessions = this.#byDevice.size - (this.#byDevice.has(id) ? 1 : 0); // a second Inform takes the place of the first
    const why = admission.refusesSession({ deviceId: id, eventClass, openSessions, queued: queued(), nowMs: clock.now() });
    if (why !== undefined) this.#overloaded(request, response, why);
    return why === undefined;
  }

  #overloaded(request: IncomingMessage, response: ServerResponse, why: string): void {
    const { admission, clock, log } = this.#options;
    const nowMs = clock.now();
    if (Math.abs(nowMs - this.#overloadLoggedMs) >= OVERLOAD_LOG_MS) {
      this.#overloadLoggedMs = nowMs;
      log.warn({ why, ...admission.counters() }, "devices are told to come later");
    }
    refuse(request, response, 503, { "Retry-After": String(admission.retryAfterS(nowMs)) });
  }

  /** The device whose Inform (or NMS message) it is, if it has proven to be that one; undefined: it was answered already. */
  async #informer(request: IncomingMessage, response: ServerResponse, who: Caller, identity: DeviceIdentity): Promise<Device | undefined> {
    const found = await this.#options.identifier.identify(who, {
      identity,
      hasProof: request.headers.authorization !== undefined,
      // Asked of the system only when it is told.
      get remoteAddress() {
        return request.socket.remoteAddress ?? "";
      },
    });
    if (found.notice !== undefined) await this.#tell(request, found.notice.kind, found.notice.deviceId, found.notice.data);
    if ("device" in found) return found.device;
    if (found.refused === 401) this.#challengeAgain(request, response);
    else refuse(request, response, found.refused);
    return undefined;
  }

  async #hearInform(exchange: Exchange, device: Device, envelope: Envelope<DeviceMessage>, inform: Inform): Promise<void> {
    const { request, response, connection, who } = exchange;
    const begun = await this.#begin(device, envelope.sessionTimeoutS, "applicant" in who ? who.applicant.username : device.username);
    if (begun === undefined) return this.#overloaded(request, response, "loaded"); // row 32
    connection.entry = begun;
    // The rest of the session may come without credentials.
    if ("applicant" in who) connection.device = device;
    await this.#turn({ ...exchange, newCookie: `${COOKIE}=${begun.id}; Path=/; HttpOnly` }, begun, { kind: "message", envelope });
    if (device.quarantine === null) this.#options.sharedIdentities.heard(device.id, inform, request.socket);
  }

  /**
   * Cookie, else the connection, else the device's digest user name or certificate; never the source address (row 20).
   * What still belongs to a session that a newer Inform ended must not reach the newer one (rows 16, 17).
   */
  #entryOf(request: IncomingMessage, connection: Connection, who: Caller): Entry | undefined {
    const cookie = readCookie(request.headers.cookie);
    const named = cookie === undefined ? undefined : this.#byCookie.get(cookie);
    const id = sessionIdOf(who, named ?? connection.entry);
    const current = this.#byDevice.get(id);
    const entry = named ?? connection.entry ?? (cookie !== undefined && cookie === current?.takenOver ? undefined : current);
    if (entry !== current || current === undefined) return undefined;
    if (named === undefined) this.#options.services.relaxed(current.session.deviceId, "no-cookie");
    return current;
  }

  /** An Inform begins a new session, whatever cookie it brings; the device's older one is over (rows 17, 18). */
  async #begin(device: Device, askedTimeoutS: number | undefined, username: string): Promise<Entry | undefined> {
    const { services, clock, limits, watcher } = this.#options;
    const older = this.#byDevice.get(device.id);
    if (older === undefined && this.#byDevice.size >= limits.sessionsMax) return undefined;
    const takesOver = older !== undefined && isGoingOn(older);
    if (takesOver) this.#noteFailure(device.id, TAKEN_OVER);
    if (takesOver) older.recording.end("failed", TAKEN_OVER);
    if (older !== undefined) this.#forget(older); // Its task becomes unknown in the transaction that records this Inform.
    const asked = Math.min((askedTimeoutS ?? 0) * 1_000, SESSION_TIMEOUT_ASKED_MS_MAX);
    const entry: Entry = {
      id: randomUUID(),
      takenOver: takesOver ? older.id : "",
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

  async #turn({ request, response, who, bytes, newCookie }: Exchange, entry: Entry | undefined, heard: Heard): Promise<void> {
    const recording = entry?.recording ?? this.#options.transcripts.open(idOf(who));
    recording.heard(
      request,
      heard.kind === "malformed" ? { raw: bytes, isCoded: false } : { bytes, type: request.headers["content-type"] },
    );
    const refuseTurn = (why: string): void => {
      recording.told(400, {}, why);
      if (entry === undefined) recording.end("failed", why);
      send400(response, why);
    };
    // Rows 16 and 31; requests and answers strictly alternate, so a second one at the same time is a breach.
    if (entry === undefined) return refuseTurn(heard.kind === "malformed" ? heard.why : "no session: begin with Inform");
    if (entry.busy) return refuseTurn("a request is being answered");
    entry.busy = true;
    entry.lastHeardMs = this.#options.clock.now();
    try {
      this.#send(response, await entry.session.turn(heard, request.socket instanceof TLSSocket), recording, newCookie);
    } finally {
      entry.busy = false;
      if (entry.session.over) this.#end(entry);
      else if (entry.session.done) this.#finish(entry);
      if (!this.#byCookie.has(entry.id)) recording.end("failed", TAKEN_OVER); // while it was being answered
    }
  }

  /** All header fields in one call: those set before it are merged the slow way. */
  #send(response: ServerResponse, answer: SessionAnswer, recording: Recording, newCookie: string | undefined): void {
    const fields = newCookie === undefined ? {} : { "Set-Cookie": newCookie };
    switch (answer.kind) {
      case "envelope": {
        // The writer escapes all but ASCII, so a character is an octet; a text leaves in one write with its header.
        const text = writeAcsEnvelope(answer.envelope, { declaration: answer.declaration });
        recording.told(200, { "Content-Type": 'text/xml; charset="utf-8"', ...fields }, text);
        response.writeHead(200, { "Content-Type": 'text/xml; charset="utf-8"', "Content-Length": text.length, ...fields });
        response.end(text, "latin1");
        return;
      }
      case "empty":
        recording.told(204, fields, "");
        response.writeHead(204, fields).end();
        return;
      case "refused":
        recording.told(400, fields, answer.why);
        send400(response, answer.why, fields);
    }
  }

  #finish(entry: Entry): void {
    const { deviceId: id, leavesTasks } = entry.session;
    if (this.#byDevice.get(id) === entry) this.#options.watcher.sessionEnded(id, "done", leavesTasks);
    entry.recording.end("done", "");
    entry.cancelTimer();
    this.#watch(entry, LINGER_MS);
  }

  #end(entry: Entry): void {
    const current = this.#byDevice.get(entry.session.deviceId) === entry;
    entry.recording.end("failed", entry.session.why);
    this.#forget(entry);
    if (!current) return;
    this.#noteFailure(entry.session.deviceId, entry.session.why);
    this.#options.watcher.sessionEnded(entry.session.deviceId, "failed");
  }

  /** The answer does not wait for it: it tells of what is stored already. */
  #noteFailure(id: string, why: string): void {
    const event = { atMs: this.#options.clock.now(), kind: "session-failed", deviceId: id, data: { why } } as const;
    this.#options.events
      .append([event])
      .catch((error: unknown) => this.#options.log.error({ err: error }, "a failed session could not be noted"));
  }

  /** Looks again when the time is over; a request meanwhile moves it on without a timer of its own. */
  #watch(entry: Entry, delayMs: number): void {
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

  async #drop(entry: Entry, why: string): Promise<void> {
    const wasGoingOn = isGoingOn(entry);
    const current = this.#byDevice.get(entry.session.deviceId) === entry;
    if (wasGoingOn) entry.recording.end("failed", why);
    this.#forget(entry);
    await entry.session.abandon(why);
    if (!current || !wasGoingOn) return;
    this.#noteFailure(entry.session.deviceId, why);
    this.#options.watcher.sessionEnded(entry.session.deviceId, "failed");
  }

  #forget(entry: Entry): void {
    entry.cancelTimer();
    entry.recording.end("done", ""); // what was said after its end
    this.#byCookie.delete(entry.id);
    if (this.#byDevice.get(entry.session.deviceId) === entry) this.#byDevice.delete(entry.session.deviceId);
  }

  #connectionOf(socket: Socket): Connection {
    const known = this.#connections.get(socket);
    if (known !== undefined) return known;
    const connection: Connection = { device: undefined, sinceChange: 0, certified: undefined, applicant: undefined, entry: undefined };
    this.#connections.set(socket, connection);
    return connection;
  }

  /** Rows 1 and 2. The body is read first, or the connection closed: an answer before its end is lost on some clients. */
  async #challenge(request: IncomingMessage, response: ServerResponse, who: Extract<AuthResult, { challenge: unknown }>): Promise<void> {
    const { clock, limits } = this.#options;
    const { why, challenge } = who;
    const username = who.username.slice(0, STRANGER_TEXT_CHARACTERS_MAX);
    if (why === "unknown-user") await this.#tell(request, "device-unknown", null, { username });
    else if (why !== null && why !== "stale-nonce") await this.#tell(request, "authentication-failed", null, { username, why });
    const bounded = { ...limits.body, bodyBytesMax: UNAUTHENTICATED_BODY_BYTES_MAX, inflatedBytesMax: UNAUTHENTICATED_BODY_BYTES_MAX };
    const headers = { "WWW-Authenticate": [...challenge], "Content-Length": "0" };
    // Strangers beyond their share still hear what is asked of them, though their bodies are not waited for.
    if (this.#takeBody(request, response, "stranger") === undefined) return void refuse(request, response, 401, headers);
    const body = await readBody(request, bounded, clock);
    if (body.refused === undefined) response.writeHead(401, headers).end();
    else refuse(request, response, 401, headers);
  }

  #challengeAgain({ socket }: IncomingMessage, response: ServerResponse): void {
    const again = this.#options.authenticator.challenge(socket);
    if ("challenge" in again) response.writeHead(401, { "WWW-Authenticate": [...again.challenge], "Content-Length": "0" }).end();
  }

  async #tell(request: IncomingMessage, kind: EventKind, id: string | null, data: Readonly<Record<string, unknown>>): Promise<void> {
    const atMs = this.#options.clock.now();
    const remoteAddress = request.socket.remoteAddress ?? "";
    if (!this.#strangers.allows(`${kind}|${remoteAddress}|${JSON.stringify(data)}`, atMs)) return;
    await this.#options.events.append([{ atMs, kind, deviceId: id, data: { ...data, remoteAddress } }]);
  }

  /** Our store can't now: the device keeps its events and comes again. */
  #fail(response: ServerResponse, error: unknown): void {
    this.#options.log.error({ err: error }, "a CWMP request failed");
    if (response.headersSent || response.destroyed) return void response.destroy();
    response
      .writeHead(503, {
        "Retry-After": String(this.#options.admission.retryAfterS(this.#options.clock.now())),
        "Content-Length": "0",
        Connection: "close",
      })
      .end();
  }
}

/** Neither ended nor, as far as we know, complete. */
function isGoingOn({ session }: Entry): boolean {
  return !session.done && !session.over;
}

/** What a caller is named by where its device is not known. */
function idOf(who: Caller): string {
  if ("device" in who) return who.device.id;
  // No device id begins like this: what an applicant calls itself never names a device.
  return "certified" in who ? who.certified.id : `applicant ${who.applicant.username}`;
}

function nameOf(who: Caller): string {
  return "certified" in who ? who.certified.commonName : idOf(who);
}

/** Devices of a batch may have one user name: they share their rate only with those at the same address. */
function admissionKey(who: Caller, socket: Socket): string {
  return "applicant" in who ? `${socket.remoteAddress} ${who.applicant.username}` : idOf(who);
}

/**
 * Whose session a request may be of: the caller's own. A certificate without a product class names several devices, a batch's user name
 * all of its batch: then it is the session's, if it is one of those.
 */
function sessionIdOf(who: Caller, entry: Entry | undefined): string {
  const id = entry?.session.deviceId;
  if ("certified" in who) return id !== undefined && certifies(who.certified, id) ? id : who.certified.id;
  if ("applicant" in who && id !== undefined && isOfBatch(who.applicant, entry?.batch)) return id;
  return idOf(who);
}

function isOfBatch({ rules }: Applicant, batch: string | null | undefined): boolean {
  return rules.some(({ id, username }) => username !== null && id === batch);
}

function readOrWhy(text: string): Envelope<DeviceMessage> | string {
  try {
    return readDeviceEnvelope(text);
  } catch (error) {
    if (error instanceof MalformedMessage) return error.message;
    throw error;
  }
}

const COOKIE_HEADER_CHARACTERS_MAX = 4_096;
const COOKIE_START = `${COOKIE}=`;

/** Devices join cookies with ";" or ","; a cookie of another server is not ours. */
function readCookie(header: string | undefined): string | undefined {
  if (header === undefined || header.length > COOKIE_HEADER_CHARACTERS_MAX) return undefined;
  if (header.startsWith(COOKIE_START) && !/[;,"\s]/.test(header)) return header.slice(COOKIE_START.length); // ours alone, as we gave it
  for (const part of header.split(/[;,]/)) {
    const [name, value] = part.split("=", 2);
    if (name?.trim() === COOKIE) return value?.trim().replace(/^"|"$/g, "");
  }
  return undefined;
}

function send400(response: ServerResponse, why: string, fields: Readonly<Record<string, string>> = {}): void {
  const text = `${why.replace(/[^\x20-\x7e]/g, "?")}\n`;
  response
    .writeHead(400, { "Content-Type": "text/plain", "Content-Length": Buffer.byteLength(text), Connection: "close", ...fields })
    .end(text);
}

/** Answers without reading the rest of the body, so the connection can't go on. */
function refuse(request: IncomingMessage, response: ServerResponse, status: number, headers: Record<string, string | string[]> = {}): void {
  response.writeHead(status, { "Content-Length": "0", ...headers, Connection: "close" }).end();
  response.once("finish", () => linger(request));
}
