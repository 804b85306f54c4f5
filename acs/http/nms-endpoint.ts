/**
 * Where voice-signalled gateways post their registration messages and non-voice requests: a path of the CWMP ports, behind the same door
 * (digest or certificate, admission, enrolment, quarantine, limits of bodies).
 * Spec: US 2012/0089717 A1 [0056], [0059], [0061], [0076], [0141] (HTTP and HTTPS). Layer: http.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../../common/clock.js";
import type { Logger } from "../../common/log.js";
import { MalformedMessage } from "../cwmp/malformed-message.js";
import type { Device, DeviceIdentity } from "../devices/device.js";
import { type GatewayMessage, readGatewayMessage } from "../nms/gateway-message.js";
import { NMS_LIMITS } from "../nms/nms-document.js";
import type { NmsAnswer, NmsService } from "../session/nms-service.js";
import type { QuarantineStore } from "../stores/quarantine-store.js";
import type { Task } from "../tasks/task.js";
import type { EventClass } from "./admission.js";
import { EventThrottle } from "./event-throttle.js";
import { linger } from "./linger.js";
import { BODY_REFUSAL_STATUS, readBody } from "./read-body.js";
import type { Recording, Transcripts } from "./transcripts.js";

/** What the CWMP endpoint does for one request of somebody who has proven who it is. Where a function says no, it has answered. */
export interface Door {
  /** There is room for its body. false: answer `overloaded`. */
  isTaken(): boolean;
  admits(eventClass: EventClass): boolean;
  overloaded(why: string): void;
  identify(identity: DeviceIdentity): Promise<Device | undefined>;
  /** For transcripts of what nobody understood. */
  readonly caller: string;
}

/** Told when a gateway has registered, and while a request of it is answered: the wake planner's business. */
export interface NmsWatcher {
  registrationReceived(deviceId: string): void;
  sessionBegan(deviceId: string): void;
  sessionEnded(deviceId: string, outcome: "done" | "failed"): void;
}

export interface NmsEndpointOptions {
  /** E.g. "/nms". */
  readonly path: string;
  readonly service: NmsService;
  readonly quarantine: Pick<QuarantineStore, "recordCall">;
  readonly transcripts: Transcripts;
  readonly watcher: NmsWatcher;
  readonly bodyTimeoutMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}

const QUARANTINE_EVENTS = { windowMs: 3_600_000, keysMax: 100_000, perWindowMax: 1_000 };
/** Requests of one gateway that wait for the answer to the one before; a client that repeats itself has one. */
const WAITING_MAX = 1;
const BUSY_RETRY_AFTER_S = 5;

/** The requests of one gateway, one after another: a second one would else be told the same thing again. */
interface Line {
  length: number;
  end: Promise<void>;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly recording: Recording;
}

export class NmsEndpoint {
  readonly #options: NmsEndpointOptions;
  readonly #lines = new Map<string, Line>();
  readonly #quarantined = new EventThrottle(QUARANTINE_EVENTS);

  constructor(options: NmsEndpointOptions) {
    this.#options = options;
  }

  isFor({ url = "" }: IncomingMessage): boolean {
    const query = url.indexOf("?");
    return (query < 0 ? url : url.slice(0, query)) === this.#options.path;
  }

  /** Whether a request of this gateway is being answered. */
  hasSession(deviceId: string): boolean {
    return this.#lines.has(deviceId);
  }

  async hear(request: IncomingMessage, response: ServerResponse, door: Door): Promise<void> {
    const { clock, bodyTimeoutMs, transcripts, log } = this.#options;
    if (!door.isTaken()) return door.overloaded("too-many-bodies");
    const limits = { bodyBytesMax: NMS_LIMITS.bodyBytesMax, inflatedBytesMax: NMS_LIMITS.bodyBytesMax, bodyTimeoutMs };
    const body = await readBody(request, limits, clock);
    if (body.refused !== undefined) return refuse(request, response, BODY_REFUSAL_STATUS[body.refused]);
    if (!door.admits(classOf(body.bytes))) return;
    const message = readOrWhy(body.bytes, request.headers["content-type"]);
    if (typeof message === "string") {
      log.info({ device: door.caller, why: message }, "a malformed NMS message");
      const recording = transcripts.open(door.caller);
      recording.heard(request, { raw: body.bytes, isCoded: false });
      return refuseMalformed({ request, response, recording }, message);
    }
    const device = await door.identify(message.identity);
    if (device === undefined) return;
    const recording = transcripts.open(device.id);
    recording.heard(request, body.bytes.toString("utf8"));
    await this.#answer({ request, response, recording }, device, message);
  }

  async #answer(exchange: Exchange, device: Device, message: GatewayMessage): Promise<void> {
    if (device.quarantine !== null) return this.#answerQuarantined(exchange, device, message);
    if (message.kind === "registration") return this.#answerRegistration(exchange, device, message);
    const line = this.#lines.get(device.id) ?? { length: 0, end: Promise.resolve() };
    if (line.length > WAITING_MAX) return busy(exchange, "requests of it are being answered");
    this.#lines.set(device.id, line);
    line.length++;
    const answered = line.end.then(() => this.#answerRequest(exchange, device, message));
    line.end = answered.then(ignore, ignore); // its own caller hears of a failure
    let hasLeft = false;
    try {
      hasLeft = await answered;
    } finally {
      if (--line.length === 0) this.#lines.delete(device.id);
      this.#options.watcher.sessionEnded(device.id, hasLeft ? "done" : "failed");
    }
  }

  async #answerRequest(exchange: Exchange, device: Device, message: GatewayMessage): Promise<boolean> {
    this.#options.watcher.sessionBegan(device.id);
    const answer = await this.#options.service.hear(device, message);
    return typeof answer === "object" ? this.#send(exchange, answer) : refuseAnswer(exchange, answer);
  }

  async #answerRegistration(exchange: Exchange, device: Device, message: GatewayMessage): Promise<void> {
    const answer = await this.#options.service.hear(device, message);
    if (typeof answer !== "object") return void refuseAnswer(exchange, answer);
    await this.#send(exchange, answer);
    this.#options.watcher.registrationReceived(device.id);
  }

  async #answerQuarantined(exchange: Exchange, device: Device, { kind }: GatewayMessage): Promise<void> {
    const { clock, quarantine, service } = this.#options;
    const atMs = clock.now();
    const data = { reason: device.quarantine?.reason, events: [kind] };
    const events = this.#quarantined.allows(device.id, atMs)
      ? [{ atMs, kind: "quarantined-call", deviceId: device.id, data } as const]
      : [];
    const stored = await quarantine.recordCall(device.id, atMs, events);
    if (stored === "unknown") return void refuseAnswer(exchange, "refused");
    await this.#send(exchange, { text: await service.nothingFor(device), sent: null });
  }

  /** @returns true when all of it has left. What became of the task that it carries is stored then. */
  async #send({ response, recording }: Exchange, { text, sent }: NmsAnswer): Promise<boolean> {
    const fields = { "Content-Type": 'text/xml; charset="utf-8"' };
    recording.told(200, fields, text);
    const hasLeft = await write(response, fields, text);
    recording.end(hasLeft ? "done" : "failed", hasLeft ? "" : "the connection broke before the response had left");
    if (sent !== null) await this.#note(sent, hasLeft);
    return hasLeft;
  }

  /** The answer is out, or lost, whatever the store says: the clock of the task looks after what could not be noted. */
  async #note(task: Task, hasLeft: boolean): Promise<void> {
    const { service, log } = this.#options;
    try {
      await (hasLeft ? service.left(task) : service.broken(task));
    } catch (error) {
      log.error({ err: error, task: task.id }, "what became of a response could not be noted");
    }
  }
}

const ignore = (): void => undefined;

/** The writer escapes all but ASCII, so a character is an octet. */
function write(response: ServerResponse, fields: Readonly<Record<string, string>>, text: string): Promise<boolean> {
  return new Promise((resolve) => {
    if (response.destroyed) return resolve(false);
    response.once("finish", () => resolve(true)).once("close", () => resolve(false));
    response.writeHead(200, { ...fields, "Content-Length": text.length });
    response.end(text, "latin1");
  });
}

/** A guess before anything is parsed: it decides who waits, never what is true. A request is what somebody waits for. */
function classOf(bytes: Buffer): EventClass {
  return bytes.subarray(0, 512).includes("<request") ? "first" : "last";
}

function readOrWhy(bytes: Buffer, contentType: string | undefined): GatewayMessage | string {
  try {
    return readGatewayMessage(bytes, contentType);
  } catch (error) {
    if (error instanceof MalformedMessage) return error.message;
    throw error;
  }
}

function refuseAnswer(exchange: Exchange, why: "refused" | "busy"): false {
  if (why === "busy") busy(exchange, "its tasks keep changing");
  else {
    exchange.recording.end("failed", "the device was removed or quarantined");
    refuse(exchange.request, exchange.response, 403);
  }
  return false;
}

function busy({ request, response, recording }: Exchange, why: string): void {
  recording.end("failed", why);
  refuse(request, response, 503, { "Retry-After": String(BUSY_RETRY_AFTER_S) });
}

function refuseMalformed({ response, recording }: Exchange, why: string): void {
  recording.told(400, {}, why);
  recording.end("failed", why);
  const text = `${why.replace(/[^\x20-\x7e]/g, "?")}\n`;
  response.writeHead(400, { "Content-Type": "text/plain", "Content-Length": text.length, Connection: "close" }).end(text);
}

/** Answers without reading the rest of the body, so the connection can't go on. */
function refuse(request: IncomingMessage, response: ServerResponse, status: number, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { "Content-Length": "0", ...headers, Connection: "close" }).end();
  response.once("finish", () => linger(request));
}
