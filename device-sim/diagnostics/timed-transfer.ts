/**
 * One connection of a transfer test: GET or PUT, what it carried and when.
 * Spec: TR-143 4.3; RFC 9110. Layer: device-sim.
 */
import { once } from "node:events";
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import type { Stopwatch } from "./stopwatch.js";
import { TestFailure } from "./test-runner.js";

export interface Measured {
  /** Heads included. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

/** Microseconds of the test's stopwatch. */
export interface Connection extends Measured {
  readonly openRequestUs: number;
  readonly openResponseUs: number;
  /** The request leaves. */
  readonly romUs: number;
  /** The first of what is tested: of the response when it is fetched, of the body when it is sent. */
  readonly bomUs: number;
  readonly eomUs: number;
}

export interface TransferOrder {
  readonly url: URL;
  /** Numeric: of the URL's host. */
  readonly address: string;
  /** PUT so much; absent: GET. */
  readonly bodyBytes?: number;
  /** State for a transfer that broke off. */
  readonly failed: string;
  readonly silenceMs: number;
  readonly ca?: string;
  readonly watch: Stopwatch;
  readonly loading: FullLoading;
  readonly stop: AbortSignal;
}

export const TRANSFER_TEST_LIMITS = {
  /** On one connection. */
  receivedBytesMax: 1_073_741_824,
  durationMsMax: 300_000,
  headerBytesMax: 32_768,
} as const;

const CHUNK = Buffer.alloc(65_536, "TR-143 ");
const NO_ROUTE: ReadonlySet<unknown> = new Set(["EHOSTUNREACH", "ENETUNREACH"]);
const REFUSED_FROM = 300;
const NO_ENTRY: ReadonlySet<unknown> = new Set([401, 403, 407]);

/** From when the last connection of a test has begun until the first has ended, and what all carry meanwhile. */
export class FullLoading {
  readonly #watch: Stopwatch;
  readonly #sockets: Socket[] = [];
  #left: number;
  #begin: (Measured & { readonly us: number }) | undefined;
  #end: (Measured & { readonly us: number }) | undefined;

  constructor(connections: number, watch: Stopwatch) {
    this.#left = connections;
    this.#watch = watch;
  }

  begins(socket: Socket): void {
    this.#sockets.push(socket);
    if (--this.#left === 0 && this.#end === undefined) this.#begin = this.#now();
  }

  ends(): void {
    this.#end ??= this.#now();
  }

  get periodUs(): number {
    return this.#begin === undefined || this.#end === undefined ? 0 : this.#end.us - this.#begin.us;
  }

  get measured(): Measured {
    const [begin, end] = [this.#begin, this.#end];
    if (begin === undefined || end === undefined) return { sentBytes: 0, receivedBytes: 0 };
    return { sentBytes: end.sentBytes - begin.sentBytes, receivedBytes: end.receivedBytes - begin.receivedBytes };
  }

  #now(): Measured & { readonly us: number } {
    const sentBytes = this.#sockets.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0);
    const receivedBytes = this.#sockets.reduce((sum, { bytesRead }) => sum + bytesRead, 0);
    return { sentBytes, receivedBytes, us: this.#watch.us() };
  }
}

/** What a transfer waits for: a break means something else each time. */
type Phase = "connection" | "answer" | "sending" | "body";

/** @throws {TestFailure} InitConnectionFailed, NoRouteToHost, NoResponse, LoginFailed, Timeout, IncorrectSize, or `failed`. */
export async function transfer(order: TransferOrder): Promise<Connection> {
  const over = new AbortController();
  const limit = AbortSignal.timeout(TRANSFER_TEST_LIMITS.durationMsMax);
  const openRequestUs = order.watch.us();
  const request = open(order, AbortSignal.any([order.stop, limit, over.signal]));
  const talk = new Talk(request, order, over.signal);
  try {
    const socket = await talk.connected();
    const openResponseUs = order.watch.us();
    const { romUs, bomUs, response } = await (order.bodyBytes === undefined ? talk.get(socket) : talk.put(socket, order.bodyBytes));
    judge(response.statusCode ?? 0, order.failed);
    await talk.receive(response, socket);
    order.loading.ends();
    const carried = { sentBytes: socket.bytesWritten, receivedBytes: socket.bytesRead };
    return { openRequestUs, openResponseUs, romUs, bomUs, eomUs: order.watch.us(), ...carried };
  } catch (error) {
    throw error instanceof TestFailure ? error : failureOf(error, talk.phase, talk.isSilent || limit.aborted, order.failed);
  } finally {
    over.abort();
  }
}

function open({ url, address, bodyBytes, ca, silenceMs }: TransferOrder, signal: AbortSignal): ClientRequest {
  const options = {
    ...{ host: address, path: url.pathname + url.search, method: bodyBytes === undefined ? "GET" : "PUT" },
    ...{ agent: false, signal, maxHeaderSize: TRANSFER_TEST_LIMITS.headerBytesMax, timeout: silenceMs },
    headers: { Host: url.host, Connection: "close", ...(bodyBytes === undefined ? {} : { "Content-Length": String(bodyBytes) }) },
  };
  if (url.protocol === "http:") return httpRequest({ ...options, port: url.port || 80 });
  const trust = { servername: url.hostname, minVersion: "TLSv1.2", ...(ca === undefined ? {} : { ca }) } as const;
  return httpsRequest({ ...options, ...trust, port: url.port || 443 });
}

interface Begun {
  readonly romUs: number;
  readonly bomUs: number;
  readonly response: IncomingMessage;
}

class Talk {
  phase: Phase = "connection";
  isSilent = false;
  readonly #request: ClientRequest;
  readonly #order: TransferOrder;
  readonly #over: AbortSignal;
  readonly #broken: Promise<never>;

  constructor(request: ClientRequest, order: TransferOrder, over: AbortSignal) {
    this.#request = request;
    this.#order = order;
    this.#over = over;
    this.#broken = new Promise((_, reject) => request.on("error", reject));
    this.#broken.catch(() => {}); // it may break when nobody waits any more
    request.once("timeout", () => {
      this.isSilent = true;
      request.destroy(new Error("silent for too long"));
    });
  }

  /** Over TLS the answer to the opening is that of TCP; the handshake follows it. */
  connected(): Promise<Socket> {
    const opened = new Promise<Socket>((resolve) => {
      this.#request.once("socket", (socket) => socket.once("connect", () => resolve(socket)));
    });
    return this.#first(opened);
  }

  async get(socket: Socket): Promise<Begun> {
    const { watch, loading } = this.#order;
    this.phase = "answer";
    const romUs = watch.us();
    this.#request.end();
    const response = await this.#answer();
    loading.begins(socket);
    return { romUs, bomUs: watch.us(), response };
  }

  async put(socket: Socket, bodyBytes: number): Promise<Begun> {
    const { watch, loading } = this.#order;
    this.phase = "sending";
    const romUs = watch.us();
    this.#request.flushHeaders();
    const answer = this.#answer();
    answer.catch(() => {}); // looked at when all is sent
    const bomUs = watch.us();
    loading.begins(socket);
    // A server that refuses may say so before it has heard everything.
    const early = await this.#first(Promise.race([this.#send(bodyBytes), answer]));
    if (early !== undefined && (early.statusCode ?? 0) >= REFUSED_FROM) return { romUs, bomUs, response: early };
    this.phase = "answer";
    return { romUs, bomUs, response: await answer };
  }

  async receive(response: IncomingMessage, socket: Socket): Promise<void> {
    this.phase = "body";
    for await (const _chunk of response) {
      if (socket.bytesRead > TRANSFER_TEST_LIMITS.receivedBytesMax)
        throw new TestFailure("Error_IncorrectSize", `more than ${TRANSFER_TEST_LIMITS.receivedBytesMax} bytes`);
    }
  }

  async #send(bodyBytes: number): Promise<undefined> {
    for (let left = bodyBytes; left > 0; left -= CHUNK.length) {
      const goesOn = this.#request.write(left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK);
      if (!goesOn) await once(this.#request, "drain", { signal: this.#over });
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
