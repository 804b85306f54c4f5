/**
 * The CWMP endpoint: straight from node:http to the session, with our own limited body reader.
 * Spec: TR-069 3.3 (TLS), 3.4 (HTTP), 3.7 (sessions); rows 1, 2, 21, 22, 30-34 of cwmp.md 1.11. Layer: http.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import type { Socket } from "node:net";
import { TLSSocket, type TlsOptions } from "node:tls";
import { decodeBody } from "../cwmp/decode-body.js";
import { type Envelope, readDeviceEnvelope } from "../cwmp/envelope.js";
import { MalformedMessage } from "../cwmp/malformed-message.js";
import type { DeviceMessage } from "../cwmp/messages.js";
import type { Inform } from "../cwmp/rpc/inform.js";
import type { Device, DeviceIdentity } from "../devices/device.js";
import type { EventKind } from "../events/event.js";
import type { Heard } from "../session/session-services.js";
import type { SharedIdentityWatch } from "../session/shared-identity-watch.js";
import { type Admission, type AdmissionCounters, type BodyOwner, type BodyTicket, type EventClass, guessEventClass } from "./admission.js";
import { admissionKey, idOf, nameOf } from "./callers.js";
import { refuse, send400, sendAnswer } from "./cwmp-answers.js";
import type { AuthResult, ConnectionProof, CwmpAuthenticator } from "./cwmp-auth.js";
import { type Caller, type DeviceIdentifier, STRANGER_TEXT_CHARACTERS_MAX } from "./device-identifier.js";
import { EventThrottle } from "./event-throttle.js";
import { closeServer } from "./listening.js";
import type { Door, NmsEndpoint } from "./nms-endpoint.js";
import { BODY_REFUSAL_STATUS, type BodyLimits, type BodyRefusal, readBody } from "./read-body.js";
import { sessionCookie } from "./session-cookie.js";
import { type OpenSession, type SessionLimits, SessionTable, type SessionTableOptions } from "./session-table.js";

export interface CwmpEndpointOptions extends SessionTableOptions {
  readonly authenticator: CwmpAuthenticator;
  readonly identifier: DeviceIdentifier;
  readonly sharedIdentities: SharedIdentityWatch;
  readonly limits: CwmpLimits;
  readonly admission: Admission;
  /** Operations that wait for the store. */
  readonly queued: () => number;
  /** Voice-signalled management, on the same ports under a path of its own. */
  readonly nms: NmsEndpoint;
}

export interface CwmpLimits extends SessionLimits {
  readonly body: BodyLimits;
  /** On each port. */
  readonly connectionsMax: number;
  /** For the header of one request to arrive. */
  readonly headersTimeoutMs: number;
}

/** A request without credentials is read so far, so that its sender can hear the 401. */
const UNAUTHENTICATED_BODY_BYTES_MAX = 262_144;
const HEADER_BYTES_MAX = 16_384;
const CLIENT_ERRORS: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
};
const NOTHING = Buffer.alloc(0);
/** At the default retention of 30 days a flood that never ends costs 4.4 million rows. */
const STRANGER_EVENTS = { windowMs: 60_000, keysMax: 10_000, perWindowMax: 100 };
/** How long the connection stays open for a device that thinks, beyond the time its session lives. */
const KEEP_ALIVE_MARGIN_MS = 5_000;
/** An overload is logged so often; the counters have every refusal. */
const OVERLOAD_LOG_MS = 10_000;

interface Connection extends ConnectionProof {
  entry: OpenSession | undefined;
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
  readonly #sessions: SessionTable;
  readonly #connections = new WeakMap<Socket, Connection>();
  readonly #strangers = new EventThrottle(STRANGER_EVENTS);
  #overloadLoggedMs = Number.NEGATIVE_INFINITY;

  constructor(options: CwmpEndpointOptions) {
    this.#options = options;
    this.#sessions = new SessionTable(options);
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
    return this.#sessions.size;
  }

  hasSession(id: string): boolean {
    return this.#sessions.isGoingOn(id);
  }

  /** Ends all sessions; a task that was asked becomes unknown. */
  async close(): Promise<void> {
    await Promise.all(this.#servers.map(closeServer));
    await this.#sessions.close();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== "POST") return void refuse(request, response, 405, { Allow: "POST" }); // row 33
    const connection = this.#connectionOf(request.socket);
    const who = await this.#options.authenticator.check(request, connection);
    if ("challenge" in who) return this.#challenge(request, response, who);
    if (this.#options.nms.isFor(request)) return this.#options.nms.hear(request, response, this.#doorFor(request, response, who));
    const ticket = this.#takeBody(
      request,
      response,
      this.#sessions.isInSession(request.headers.cookie, connection.entry) ? "session" : "caller",
    );
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
    const entry = this.#sessions.find(request.headers.cookie, connection.entry, who);
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

  /** Before a byte of it is parsed. false: it was answered with 503. */
  #admits(request: IncomingMessage, response: ServerResponse, who: Caller, eventClass: EventClass): boolean {
    const { admission, queued, clock } = this.#options;
    const id = admissionKey(who, request.socket);
    const openSessions = this.#sessions.size - (this.#sessions.has(id) ? 1 : 0); // a second Inform takes the place of the first
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
    const begun = await this.#sessions.begin(
      device,
      envelope.sessionTimeoutS,
      "applicant" in who ? who.applicant.username : device.username,
    );
    if (begun === undefined) return this.#overloaded(request, response, "loaded"); // row 32
    connection.entry = begun;
    // The rest of the session may come without credentials.
    if ("applicant" in who) connection.device = device;
    await this.#turn({ ...exchange, newCookie: sessionCookie(begun.id) }, begun, { kind: "message", envelope });
    if (device.quarantine === null) this.#options.sharedIdentities.heard(device.id, inform, request.socket);
  }

  async #turn({ request, response, who, bytes, newCookie }: Exchange, entry: OpenSession | undefined, heard: Heard): Promise<void> {
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
      sendAnswer(response, await entry.session.turn(heard, request.socket instanceof TLSSocket), recording, newCookie);
    } finally {
      entry.busy = false;
      this.#sessions.turned(entry);
    }
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

function readOrWhy(text: string): Envelope<DeviceMessage> | string {
  try {
    return readDeviceEnvelope(text);
  } catch (error) {
    if (error instanceof MalformedMessage) return error.message;
    throw error;
  }
}
