/**
 * Hears connection requests over HTTP.
 * Spec: TR-069 3.2.2. Layer: cpe.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../../common/clock.js";
import { createDigestGuard } from "../digest-guard.js";
import type { Login } from "./http-credentials.js";

export interface ConnectionRequestListenerOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Random per device, "/4f7c1e". */
  readonly path: string;
  /** What the ACS has set; read anew for each request. */
  readonly login: () => Login;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  /** A device that acts on the request and does not answer it. */
  readonly neverAnswers?: boolean;
  /** Called once the request has been answered. */
  readonly onConnectionRequest: () => void;
}

export interface ConnectionRequestListener {
  readonly port: number;
  close(): Promise<void>;
}

export const CONNECTION_REQUEST_LIMITS = { perMinuteMax: 20, headerBytesMax: 8_192, idleMs: 10_000, connectionsMax: 16 } as const;
const MINUTE_MS = 60_000;

export async function openConnectionRequestListener(options: ConnectionRequestListenerOptions): Promise<ConnectionRequestListener> {
  const { clock, randomBytes, login, path, onConnectionRequest } = options;
  const guard = createDigestGuard("connection request", randomBytes);
  let accepted: readonly number[] = [];

  function judge(
    request: IncomingMessage,
    nowMs: number,
  ): { readonly status: number; readonly headers?: Readonly<Record<string, string>> } {
    if (request.url?.split("?")[0] !== path) return { status: 404 };
    if (request.method !== "GET") return { status: 405, headers: { Allow: "GET" } };
    const proof = guard.check(request.headers.authorization, "GET", login(), nowMs);
    if (proof !== "proved") return { status: 401, headers: { "WWW-Authenticate": guard.challenge(proof === "stale", nowMs) } };
    accepted = accepted.filter((atMs) => nowMs - atMs < MINUTE_MS);
    // "…SHOULD restrict the number of Connection Requests": 503 without a challenge.
    if (accepted.length >= CONNECTION_REQUEST_LIMITS.perMinuteMax) return { status: 503 };
    accepted = [...accepted, nowMs];
    return { status: 200 };
  }

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const { status, headers = {} } = judge(request, clock.now());
    if (status === 200 && options.neverAnswers === true) {
      onConnectionRequest();
      request.socket.destroy();
      return;
    }
    if (status === 200) response.once("finish", onConnectionRequest);
    response.writeHead(status, { ...headers, "Content-Length": "0" }).end();
  }

  const server = createServer(
    { maxHeaderSize: CONNECTION_REQUEST_LIMITS.headerBytesMax, keepAliveTimeout: CONNECTION_REQUEST_LIMITS.idleMs },
    answer,
  );
  server.maxConnections = CONNECTION_REQUEST_LIMITS.connectionsMax;
  server.requestTimeout = CONNECTION_REQUEST_LIMITS.idleMs;
  await listen(server, options.host, options.port);
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, "close");
    },
  };
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  server.listen({ host, port, exclusive: true });
  await once(server, "listening"); // "error" rejects
}
