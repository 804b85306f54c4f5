/**
 * The CWMP relay: stands before an existing ACS and forwards what devices and ACS say as it is, but for ConnectionRequestURL. Requests go
 * to the one configured ACS and nowhere else; bodies that are too long to be looked at pass in a stream.
 * Spec: TR-069 3.4; RFC 9110 7.6, RFC 9112 9; DESIGN 8. Layer: http.
 */
import type { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import { TLSSocket } from "node:tls";
import type { Clock } from "../../common/clock.js";
import { endToEnd, isLastOfConnection, isSealed, requestHeaders } from "../connection-requests/relay-headers.js";
import type { RelayService } from "../relay-service.js";
import { openCoding } from "./content-coding.js";
import { createBudget, type Gathered, gatherBody } from "./gather-body.js";
import { createTalks, type Talk } from "./relay-talks.js";
import { createDeviceLines, type DeviceLine, type Upstream } from "./relay-upstream.js";

export interface RelayLimits {
  /** Longer messages of devices, and of the ACS, pass without being looked at. */
  readonly bodyBytesMax: number;
  /** The same after a content coding was taken off. */
  readonly inflatedBytesMax: number;
  /** All bodies that are looked at together; beyond it they pass. */
  readonly bodiesBytesMax: number;
  /** Until the ACS begins its answer, and between two parts of it. */
  readonly answerTimeoutMs: number;
}

export const RELAY_LIMITS: RelayLimits = {
  bodyBytesMax: 1_048_576,
  inflatedBytesMax: 8_388_608,
  bodiesBytesMax: 67_108_864,
  answerTimeoutMs: 60_000,
};

/** What devices may take their time for. */
export const RELAY_SERVER = {
  headersTimeout: 15_000,
  requestTimeout: 120_000,
  keepAliveTimeout: 120_000,
  connectionsCheckingInterval: 5_000,
  requireHostHeader: false,
} as const;
/** A connection on which nothing moves for so long is cut, also in the middle of an answer. */
export const RELAY_IDLE_MS_MAX = 300_000;
/** Requests that a device may send before it was answered. CWMP has one. */
const WAITING_MAX = 4;
const METHODS = ["POST", "GET", "HEAD", "PUT"];

export interface RelayOptions {
  readonly upstream: Upstream;
  readonly service: RelayService;
  /** Which Host the ACS sees: what the device sent, so that links of the ACS lead through the relay, or the ACS's own. */
  readonly hostHeader: "device" | "upstream";
  /** Tells the ACS the device's address in X-Forwarded-For. */
  readonly tellsAddress: boolean;
  readonly limits?: Partial<RelayLimits>;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

export interface Relay {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** For those who wait for 100 Continue. */
  readonly handleExpecting: (request: IncomingMessage, response: ServerResponse) => void;
  counters(): Readonly<Record<string, number>>;
}

interface Exchange {
  readonly line: DeviceLine;
  readonly talk: Talk;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export function createRelay(options: RelayOptions): Relay {
  const { upstream, service, hostHeader, tellsAddress, clock, onError } = options;
  const limits = { ...RELAY_LIMITS, ...options.limits };
  const lines = createDeviceLines(upstream);
  const talks = createTalks();
  const budget = createBudget(limits.bodiesBytesMax);
  const counters = { requests: 0, refused: 0, changed: 0, passedLong: 0, passedCoded: 0, passedSealed: 0, acsFailures: 0, acsTimeouts: 0 };

  function take(request: IncomingMessage, response: ServerResponse, isExpecting: boolean): void {
    counters.requests++;
    const line = lines.of(request.socket);
    const refusal = refusalOf(request, line);
    if (refusal !== undefined) {
      counters.refused++;
      response
        .writeHead(refusal, { "Content-Length": "0", Connection: "close", ...(refusal === 405 ? { Allow: METHODS.join(", ") } : {}) })
        .end();
      return;
    }
    // Asking the ACS first would need the length of a body that may still change; we answer for what we take.
    if (isExpecting) response.writeContinue();
    line.waiting++;
    const isOver = (): void => {
      line.waiting--;
    };
    line.turn = line.turn.then(() => relay(line, request, response)).catch(giveUp(request));
    line.turn.then(isOver, isOver);
  }

  const giveUp = (request: IncomingMessage) => (error: unknown) => {
    onError(error);
    request.socket.destroy();
  };

  async function relay(line: DeviceLine, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const talk = talks.find(line.talk, request.rawHeaders, clock.now());
    line.talk = talk;
    await talk.settled; // what the ACS said before is known then
    const gathered = await gatherBody(request, limits.bodyBytesMax, budget, "pause");
    if (gathered.is === "cut-short") return;
    const exchange = { line, talk, request, response };
    try {
      const octets = await lookAt(exchange, gathered);
      await forward(exchange, octets, gathered);
    } finally {
      if (gathered.is === "whole") budget.give(gathered.octets.length);
    }
  }

  /** @returns What goes to the ACS: what came, or what came of it. */
  async function lookAt({ talk, request }: Exchange, gathered: Gathered): Promise<Buffer> {
    if (gathered.is !== "whole") {
      counters.passedLong++;
      await service.fromDevice(talk.session, EMPTY, undefined);
      return gathered.is === "long" ? gathered.begin : EMPTY;
    }
    const { octets } = gathered;
    if (request.method !== "POST") return octets;
    const { "content-type": contentType, "content-encoding": coding } = request.headers;
    return within(octets, coding, async (opened) => {
      const changed = await service.fromDevice(talk.session, opened?.octets ?? EMPTY, contentType);
      if (opened === undefined) counters.passedCoded++;
      if (opened === undefined || changed === undefined) return octets;
      if (isSealed(request.rawHeaders)) {
        counters.passedSealed++;
        return octets;
      }
      counters.changed++;
      return opened.close(changed);
    });
  }

  /** The octets without their coding, as long as `work` needs them. */
  async function within<T>(
    octets: Buffer,
    coding: string | undefined,
    work: (opened: Awaited<ReturnType<typeof openCoding>>) => Promise<T>,
  ): Promise<T> {
    const isCoded = coding !== undefined && octets.length > 0;
    if (!isCoded) return work({ octets, close: async (same) => same });
    if (!budget.take(limits.inflatedBytesMax)) return work(undefined);
    try {
      return await work(await openCoding(octets, coding, limits.inflatedBytesMax));
    } finally {
      budget.give(limits.inflatedBytesMax);
    }
  }

  /** Resolves when the exchange is over, however. */
  function forward(exchange: Exchange, octets: Buffer, gathered: Gathered): Promise<void> {
    const { line, request, response } = exchange;
    const asked = line.ask(request.method ?? "POST", request.url ?? "/", headersFor(exchange, octets, gathered));
    return new Promise((resolve) => {
      const cancelTimer = clock.after(limits.answerTimeoutMs, () => {
        counters.acsTimeouts++;
        fail(exchange, asked, 504);
      });
      asked.on("response", (answer) => {
        cancelTimer();
        passOn(exchange, answer);
      });
      asked.on("error", () => {
        if (!response.headersSent) counters.acsFailures++;
        fail(exchange, asked, 502);
      });
      response.on("close", () => {
        cancelTimer();
        if (!response.writableFinished) asked.destroy();
        resolve();
      });
      if (response.destroyed) return resolve();
      if (gathered.is === "whole") asked.end(octets);
      else sendLong(request, asked, octets);
    });
  }

  function headersFor({ request }: Exchange, octets: Buffer, gathered: Gathered): string[] {
    const { rawHeaders, headers, httpVersion, method, socket } = request;
    const hadBody = headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined;
    const announced = headers["content-length"] === undefined ? undefined : Number(headers["content-length"]);
    const whole = hadBody || method === "POST" || method === "PUT" ? octets.length : null;
    return requestHeaders(rawHeaders, {
      ...{ upstreamHost: upstream.url.host, hostHeader, isLast: isLastOfConnection(rawHeaders, httpVersion) },
      contentLength: gathered.is === "whole" ? whole : announced,
      ...(tellsAddress
        ? { forwarded: { for: addressOf(socket.remoteAddress), proto: socket instanceof TLSSocket ? "https" : "http" } }
        : {}),
    });
  }

  /** The answer goes to the device as it comes; a copy is looked at behind it, before the device's next request is. */
  function passOn({ talk, request, response }: Exchange, answer: IncomingMessage): void {
    const { rawHeaders, headers, httpVersion, statusCode = 502 } = answer;
    talks.note(talk, rawHeaders, clock.now());
    const isLast = isLastOfConnection(rawHeaders, httpVersion);
    const without = headers["transfer-encoding"] === undefined ? [] : ["content-length"];
    response.sendDate = false;
    response.writeHead(statusCode, answer.statusMessage ?? "", [
      ...endToEnd(rawHeaders, without),
      ...(isLast ? ["Connection", "close"] : []),
    ]);
    if (request.method === "POST" && statusCode === 200) talk.settled = learn(talk, answer);
    watchSilence(answer);
    answer.on("error", () => response.destroy()).on("close", () => (answer.complete ? undefined : response.destroy()));
    answer.pipe(response);
  }

  /** Of the ACS, or of a device that reads no more: the connections are cut. */
  function watchSilence(answer: IncomingMessage): void {
    let cancel: () => void = () => undefined;
    const wait = (): void => {
      cancel();
      cancel = clock.after(limits.answerTimeoutMs, () => answer.destroy());
    };
    answer.on("data", wait).on("close", () => cancel());
    wait();
  }

  async function learn({ session }: Talk, answer: IncomingMessage): Promise<void> {
    const copied = await gatherBody(answer, limits.bodyBytesMax, budget, "pass");
    if (copied.is === "long") counters.passedLong++;
    if (copied.is !== "whole") return;
    const { octets } = copied;
    try {
      const { "content-type": contentType, "content-encoding": coding } = answer.headers;
      await within(octets, coding, async (opened) => {
        if (opened !== undefined) service.fromAcs(session, opened.octets, contentType);
        else counters.passedCoded++;
      });
    } catch (error) {
      onError(error); // the session itself goes on
    } finally {
      budget.give(octets.length);
    }
  }

  return {
    handle: (request, response) => take(request, response, false),
    handleExpecting: (request, response) => take(request, response, true),
    counters: () => ({ ...counters, connections: lines.count, bodiesBytes: budget.taken }),
  };
}

const EMPTY = Buffer.alloc(0);

/** The ACS is the only place that requests go to: a target that names another is no target of ours. */
function refusalOf({ method, url }: IncomingMessage, { waiting }: DeviceLine): number | undefined {
  if (waiting >= WAITING_MAX) return 429;
  if (!METHODS.includes(method ?? "")) return 405;
  return url?.startsWith("/") ? undefined : 400;
}

function sendLong(request: IncomingMessage, asked: ClientRequest, begin: Buffer): void {
  if (begin.length > 0) asked.write(begin);
  request.on("close", () => (request.complete ? undefined : asked.destroy()));
  request.pipe(asked);
}

/** A kept connection that the ACS has just closed looks to the device as it would without us; else it is told that the ACS is away. */
function fail({ request, response }: Exchange, asked: ClientRequest, status: 502 | 504): void {
  asked.destroy();
  if (response.headersSent || (status === 502 && asked.reusedSocket)) request.socket.destroy();
  else response.writeHead(status, { "Content-Length": "0", Connection: "close" }).end();
}

/** An IPv4 address is shown as one. */
const addressOf = (address = ""): string => address.replace(/^::ffff:(?=\d+\.)/, "");
