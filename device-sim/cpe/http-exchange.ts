/**
 * One HTTP request of the device and its response, with limits in time.
 * Spec: RFC 9112; TR-069 3.4. Layer: cpe.
 */
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { connect, type NetConnectOpts, type Socket } from "node:net";
import type { Clock } from "../../common/clock.js";
import type { HttpFlaws } from "../behaviours/behaviour.js";

export interface HttpExchange {
  readonly url: URL;
  readonly method: "GET" | "POST" | "PUT";
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** The connections of one conversation; `close` cuts them, also amid an exchange. */
export interface HttpConnections {
  /** Resolves when the head of the response is there. @throws what node:http throws, or HttpTimeout. */
  send(exchange: HttpExchange): Promise<IncomingMessage>;
  close(): void;
}

/** For https, in PEM. */
export interface TlsMaterial {
  /** Certificates to trust instead of the system's. */
  readonly ca?: string;
  /** The device's own, with its key: shown to a server that asks for one. */
  readonly cert?: string;
  readonly key?: string;
}

/** Nothing came for so long. */
export class HttpTimeout extends Error {
  override readonly name = "HttpTimeout";
}

export const HTTP_LIMITS = {
  /** One exchange in all, however slowly bytes drip in. */
  exchangeMsMax: 600_000,
  headerBytesMax: 32_768,
} as const;

/**
 * @param silenceMs How long the server may be silent; TR-069 wants at least 30 s.
 */
export function openHttpConnections(clock: Clock, silenceMs: number, tls: TlsMaterial = {}, flaws: HttpFlaws = {}): HttpConnections {
  const keepAlive = flaws.closesEachConnection !== true && flaws.speaksHttp10 !== true;
  const maxSockets = keepAlive ? 1 : Number.POSITIVE_INFINITY; // node:http closes after each exchange only then
  // One connection, kept between the exchanges; after a "Connection: close" the next exchange opens another (TR-069 3.4.2).
  const plain = new HttpAgent({ keepAlive, maxSockets });
  if (flaws.speaksHttp10 === true) Object.assign(plain, { createConnection: connectAsHttp10 });
  const secure = new HttpsAgent({ keepAlive, maxSockets, minVersion: "TLSv1.2", ...tls });
  return {
    send: ({ url, method, headers, body }) =>
      new Promise((resolve, reject) => {
        const [start, agent] = url.protocol === "https:" ? ([httpsRequest, secure] as const) : ([httpRequest, plain] as const);
        const length = method !== "GET" ? { "Content-Length": String(Buffer.byteLength(body)) } : {};
        const options = { method, agent, headers: { ...headers, ...length }, maxHeaderSize: HTTP_LIMITS.headerBytesMax };
        const request = start(url, options);
        const tooLate = (): void => void request.destroy(new HttpTimeout(`${url.host} is silent`));
        const cancel = clock.after(HTTP_LIMITS.exchangeMsMax, tooLate);
        request.setTimeout(silenceMs, tooLate);
        request.once("response", resolve);
        request.on("error", reject);
        request.once("close", cancel);
        sendBody(request, body, clock, flaws);
      }),
    close: () => {
      plain.destroy();
      secure.destroy();
    },
  };
}

function sendBody(request: ClientRequest, body: string | Uint8Array, clock: Clock, { pieces, expectsContinue }: HttpFlaws): void {
  if (expectsContinue === true && body.length > 0) {
    request.flushHeaders();
    // A final answer instead of "100 Continue" leaves the body due all the same: its length is told already.
    const send = (): void => void request.end(body);
    request.once("continue", send).once("response", send);
  } else if (pieces !== undefined) {
    sendPiece(request, Buffer.from(body), clock, pieces);
  } else {
    request.end(body);
  }
}

function sendPiece(request: ClientRequest, rest: Uint8Array, clock: Clock, pieces: NonNullable<HttpFlaws["pieces"]>): void {
  if (request.destroyed) return;
  if (rest.length === 0) {
    request.end();
    return;
  }
  request.write(rest.subarray(0, pieces.bytes));
  clock.after(pieces.pauseMs, () => sendPiece(request, rest.subarray(pieces.bytes), clock, pieces));
}

const REQUEST_LINE = /^((?:GET|POST|PUT) \S+ HTTP)\/1\.1\r\n/;

/** node:http speaks 1.1 only: the request line is changed on its way out. */
function connectAsHttp10(options: object): Socket {
  const socket = connect(options as NetConnectOpts);
  const write = socket.write.bind(socket) as (...given: readonly unknown[]) => boolean;
  const writeOld = (chunk: unknown, ...rest: readonly unknown[]): boolean =>
    write(typeof chunk === "string" ? chunk.replace(REQUEST_LINE, "$1/1.0\r\n") : chunk, ...rest);
  socket.write = writeOld as typeof socket.write;
  return socket;
}
