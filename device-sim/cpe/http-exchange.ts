/**
 * One HTTP request of the device and its response, with limits in time.
 * Spec: RFC 9112; TR-069 3.4. Layer: cpe.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Clock } from "../../common/clock.js";

export interface HttpExchange {
  readonly url: URL;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The connections of one conversation; `close` cuts them, also amid an exchange. */
export interface HttpConnections {
  /** Resolves when the head of the response is there. @throws what node:http throws, or HttpTimeout. */
  send(exchange: HttpExchange): Promise<IncomingMessage>;
  close(): void;
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
 * @param ca Certificates (PEM) to trust instead of the system's; for https.
 */
export function openHttpConnections(clock: Clock, silenceMs: number, ca?: string): HttpConnections {
  // One connection, kept between the exchanges; after a "Connection: close" the next exchange opens another (TR-069 3.4.2).
  const plain = new HttpAgent({ keepAlive: true, maxSockets: 1 });
  const secure = new HttpsAgent({ keepAlive: true, maxSockets: 1, minVersion: "TLSv1.2", ...(ca === undefined ? {} : { ca }) });
  return {
    send: ({ url, method, headers, body }) =>
      new Promise((resolve, reject) => {
        const [start, agent] = url.protocol === "https:" ? ([httpsRequest, secure] as const) : ([httpRequest, plain] as const);
        const length = method === "POST" ? { "Content-Length": String(Buffer.byteLength(body)) } : {};
        const request = start(url, { method, agent, headers: { ...headers, ...length }, maxHeaderSize: HTTP_LIMITS.headerBytesMax });
        const tooLate = (): void => void request.destroy(new HttpTimeout(`${url.host} is silent`));
        const cancel = clock.after(HTTP_LIMITS.exchangeMsMax, tooLate);
        request.setTimeout(silenceMs, tooLate);
        request.once("response", resolve);
        request.on("error", reject);
        request.once("close", cancel);
        request.end(body);
      }),
    close: () => {
      plain.destroy();
      secure.destroy();
    },
  };
}
