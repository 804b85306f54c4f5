/**
 * One connection of a transfer test: GET or PUT, what it carried and when.
 * Spec: TR-143 4.3; RFC 9110. Layer: device-sim.
 */
import { once } from "node:events";
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP, type Socket } from "node:net";
import type { Stopwatch } from "./stopwatch.js";
import { TestFailure } from "./test-runner.js";
import type { Carried, TransferLoad } from "./transfer-load.js";

/** Microseconds of the test's stopwatch. */
export interface Connection extends Carried {
  readonly openRequestUs: number;
  readonly openResponseUs: number;
  /** The request leaves. */
  readonly romUs: number;
  /** The first of what is tested: of the response when it is fetched, of the body when it is sent. */
  readonly bomUs: number;
  readonly eomUs: number;
}

export interface TransferOrder {
  readonly method: "GET" | "PUT";
  readonly url: URL;
  /** Numeric: of the URL's host. */
  readonly address: string;
  /** Of a PUT that is not timed. */
  readonly bodyBytes: number;
  /** TimeBasedTestDuration: the transfer ends so long after its begin, whatever there is; 0: when all is there. */
  readonly durationMs: number;
  /** State for a transfer that broke off. */
  readonly failed: string;
  readonly silenceMs: number;
  readonly ca?: string;
  readonly watch: Stopwatch;
  readonly load: TransferLoad;
  readonly stop: AbortSignal;
  readonly limits?: typeof TRANSFER_TEST_LIMITS;
}

export const TRANSFER_TEST_LIMITS: {
  /** On one connection. */
  readonly bytesMax: number;
  /** Besides the time that a timed test takes. */
  readonly durationMsMax: number;
  readonly headerBytesMax: number;
} = { bytesMax: 1_073_741_824, durationMsMax: 300_000, headerBytesMax: 32_768 };

const CHUNK = Buffer.alloc(65_536, "TR-143 ");
const NO_ROUTE: ReadonlySet<unknown> = new Set(["EHOSTUNREACH", "ENETUNREACH"]);
const REFUSED_FROM = 300;
const NO_ENTRY: ReadonlySet<unknown> = new Set([401, 403, 407]);

/** What a transfer waits for: a break means something else each time. */
type Phase = "connection" | "answer" | "sending" | "body";

/** @throws {TestFailure} InitConnectionFailed, NoRouteToHost, NoResponse, LoginFailed, Timeout, IncorrectSize, or `failed`. */
export async function transfer(order: TransferOrder): Promise<Connection> {
  const { watch, load, limits = TRANSFER_TEST_LIMITS } = order;
  const over = new AbortController();
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), order.durationMs + limits.durationMsMax);
  const openRequestUs = watch.us();
  const talk = new Talk(order, limits, AbortSignal.any([order.stop, late.signal, over.signal]));
  try {
    const { socket, openResponseUs } = await talk.connected();
    const { romUs, bomUs, response } = await (order.method === "GET" ? talk.get(socket) : talk.put(socket));
    judge(response.statusCode ?? 0, order.failed);
    await talk.receive(response, socket);
    load.ends();
    const carried = { sentBytes: socket.bytesWritten, receivedBytes: socket.bytesRead };
    return { openRequestUs, openResponseUs, romUs, bomUs, eomUs: watch.us(), ...carried };
  } catch (error) {
    throw error instanceof TestFailure ? error : failureOf(error, talk.phase, talk.isSilent || late.signal.aborted, order.failed);
  } finally {
    clearTimeout(timer);
    over.abort();
  }
}

interface Begun {
  readonly romUs: number;
  readonly bomUs: number;
  readonly response: IncomingMessage;
}

class Talk {
  phase: Phase = "connection";
  isSilent = false;
  readonly #order: TransferOrder;
  readonly #limits: typeof TRANSFER_TEST_LIMITS;
  /** Ends it, whatever it waits for. */
  readonly #end: AbortSignal;
  readonly #request: ClientRequest;
  readonly #broken: Promise<never>;

  constructor(order: TransferOrder, limits: typeof TRANSFER_TEST_LIMITS, end: AbortSignal) {
    this.#order = order;
    this.#limits = limits;
    this.#end = end;
    const request = open(order, limits.headerBytesMax, end);
    this.#request = request;
    this.#broken = new Promise((_, reject) => request.on("error", reject));
    this.#broken.catch(() => {}); // it may break when nobody waits any more
    request.once("timeout", () => {
      this.isSilent = true;
      request.destroy(new Error("silent for too long"));
    });
  }

  /** TCPOpenResponseTime is that of TCP; the handshake of TLS is a part of the opening all the same. */
  async connected(): Promise<{ readonly socket: Socket; readonly openResponseUs: number }> {
    const { watch, url } = this.#order;
    const socket = await this.#first(new Promise<Socket>((resolve) => this.#request.once("socket", resolve)));
    const isSecure = url.protocol === "https:" ? this.#first(once(socket, "secureConnect")) : undefined;
    isSecure?.catch(() => {}); // looked at below
    await this.#first(once(socket, "connect"));
    const openResponseUs = watch.us();
    await isSecure;
    return { socket, openResponseUs };
  }

  async get(socket: Socket): Promise<Begun> {
    const { watch, load } = this.#order;
    this.phase = "answer";
    const romUs = watch.us();
    this.#request.end();
    const response = await this.#answer();
    load.begins(socket);
    return { romUs, bomUs: watch.us(), response };
  }

  async put(socket: Socket): Promise<Begun> {
    const { watch, load } = this.#order;
    this.phase = "sending";
    const romUs = watch.us();
    this.#request.flushHeaders();
    const answer = this.#answer();
    answer.catch(() => {}); // looked at when all is sent
    const bomUs = watch.us();
    load.begins(socket);
    // A server that refuses may say so before it has heard everything.
    const early = await this.#first(Promise.race([this.#send(bomUs), answer]));
    if (early !== undefined && (early.statusCode ?? 0) >= REFUSED_FROM) return { romUs, bomUs, response: early };
    this.phase = "answer";
    return { romUs, bomUs, response: await answer };
  }

  /** The body of an answer to PUT is read, too, and counts for nothing. */
  async receive(response: IncomingMessage, socket: Socket): Promise<void> {
    const { method, durationMs } = this.#order;
    this.phase = "body";
    const isTimed = method === "GET" && durationMs > 0;
    let isTimeOver = false;
    const timeOver = (): void => {
      isTimeOver = true;
      response.destroy();
    };
    const timer = isTimed ? setTimeout(timeOver, durationMs) : undefined;
    try {
      for await (const _chunk of response) {
        if (socket.bytesRead <= this.#limits.bytesMax) continue;
        if (isTimed) return; // it has carried enough
        throw new TestFailure("Error_IncorrectSize", `more than ${this.#limits.bytesMax} bytes`);
      }
    } catch (error) {
      if (!isTimeOver) throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async #send(bomUs: number): Promise<undefined> {
    const { bodyBytes, durationMs, watch } = this.#order;
    const isEnough = (sent: number): boolean =>
      durationMs > 0 ? watch.us() - bomUs >= durationMs * 1_000 || sent >= this.#limits.bytesMax : sent >= bodyBytes;
    for (let sent = 0; !isEnough(sent); sent += CHUNK.length) {
      const left = durationMs > 0 ? CHUNK.length : bodyBytes - sent;
      const goesOn = this.#request.write(left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK);
      if (!goesOn) await once(this.#request, "drain", { signal: this.#end });
    }
    this.#request.end();
  }

  #answer(): Promise<IncomingMessage> {
    return this.#first(new Promise((resolve) => this.#request.once("response", resolve)));
  }

  #first<T>(wanted: Promise<T>): Promise<T> {
    return Promise.race([wanted, this.#broken]);
  }
}

/** A timed PUT does not know its length beforehand: it is chunked. */
function open({ url, address, method, bodyBytes, durationMs, ca, silenceMs }: TransferOrder, maxHeaderSize: number, signal: AbortSignal) {
  const length = method === "PUT" && durationMs === 0 ? { "Content-Length": String(bodyBytes) } : {};
  const options = {
    ...{ host: address, path: url.pathname + url.search, method, agent: false, signal, maxHeaderSize, timeout: silenceMs },
    headers: { Host: url.host, Connection: "close", ...length },
  };
  if (url.protocol === "http:") return httpRequest({ ...options, port: url.port || 80 });
  const name = isIP(url.hostname.replace(/^\[|\]$/g, "")) === 0 ? { servername: url.hostname } : {}; // RFC 6066 3: no addresses
  const trust = { ...name, minVersion: "TLSv1.2", ...(ca === undefined ? {} : { ca }) } as const;
  return httpsRequest({ ...options, ...trust, port: url.port || 443 });
}

/** Redirections are not followed: they would be another test. */
function judge(status: number, failed: string): void {
  if (NO_ENTRY.has(status)) throw new TestFailure("Error_LoginFailed", `HTTP ${status}`);
  if (status < 200 || status > 299) throw new TestFailure(failed, `HTTP ${status}`);
}

function failureOf(error: unknown, phase: Phase, isLate: boolean, failed: string): TestFailure {
  const why = error instanceof Error ? error.message : "the connection broke";
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (phase) {
    case "connection":
      return new TestFailure(NO_ROUTE.has(code) ? "Error_NoRouteToHost" : "Error_InitConnectionFailed", why, { cause: error });
    case "answer":
      return new TestFailure("Error_NoResponse", why, { cause: error });
    case "sending":
      return new TestFailure(failed, why, { cause: error });
    case "body":
      return new TestFailure(isLate ? "Error_Timeout" : failed, why, { cause: error });
  }
}
