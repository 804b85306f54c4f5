/**
 * The listening side of SIP over TCP or TLS: admits connections within limits, and shakes hands.
 * Spec: RFC 3261 18.2.1, 26.3.1. Layer: net.
 */
import { once } from "node:events";
import { createServer, isIPv6, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { Clock } from "../../common/clock.js";
import { followTlsFiles, readTlsFiles, type TlsFiles, tlsServerOptions } from "../../common/tls-files.js";
import type { Admission } from "./admission.js";

export interface TlsServing {
  readonly files: TlsFiles;
  /** Who has no certificate of `files.clientCaFile` is not served. Default: served, and proves who he is by digest. */
  readonly requiresClientCertificate?: boolean;
  readonly onReload: () => void;
  readonly onTrouble: (why: string) => void;
}

export interface StreamServerOptions {
  readonly address: string;
  readonly port: number;
  /** Absent: TCP. */
  readonly tls?: TlsServing;
  readonly clock: Clock;
  readonly admission: Admission;
  /** Before the first connection. */
  readonly onListening: (port: number) => void;
  readonly onConnection: (socket: Socket) => void;
  readonly onRefused: () => void;
  /** A handshake failed, was too slow, or brought no certificate where one is required. */
  readonly onHandshakeFailed: () => void;
}

export interface StreamServer {
  readonly port: number;
  /** Stops listening, and cuts what came in by it, also in the middle of a handshake or of a last word. */
  close(): Promise<void>;
}

const HANDSHAKE_WITHIN_MS = 10_000;
const TLS_LOOK_MS = 10_000;

interface Handshakes {
  /** Takes a TCP connection; gives it on when TLS stands. */
  readonly begin: (socket: Socket) => void;
  /** Stops following the certificate's files. */
  readonly stop: () => Promise<void>;
}

/** @throws The system's error if the address can't be bound; TlsFilesUnusable. */
export async function openStreamServer(options: StreamServerOptions): Promise<StreamServer> {
  const { address, port, tls, onListening } = options;
  const handshakes = tls === undefined ? undefined : await makeHandshakes(tls, options);
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    admit(socket, options, handshakes?.begin ?? options.onConnection);
  });
  const listening = once(server, "listening");
  server.listen({ host: address, port, exclusive: true, ipv6Only: isIPv6(address) });
  try {
    await listening;
  } catch (error) {
    await handshakes?.stop();
    throw error;
  }
  server.on("error", () => undefined); // accept() failed, e.g. no file descriptor was left: the next one may succeed
  const at = server.address();
  const bound = typeof at === "object" && at !== null ? at.port : port;
  onListening(bound);
  return {
    port: bound,
    close: async () => {
      await handshakes?.stop();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** Over TLS this is before the handshake: a flood costs no cryptography. */
function admit(socket: Socket, { admission, onRefused }: StreamServerOptions, next: (socket: Socket) => void): void {
  const leave = socket.remoteAddress === undefined ? undefined : admission.enter(socket.remoteAddress);
  if (leave === undefined) {
    onRefused();
    drop(socket);
    return;
  }
  socket.once("close", leave);
  next(socket);
}

function drop(socket: Socket): void {
  socket.on("error", () => undefined);
  socket.destroy();
}

async function makeHandshakes(
  { files, requiresClientCertificate = false, onReload, onTrouble }: TlsServing,
  { clock, onConnection, onHandshakeFailed }: StreamServerOptions,
): Promise<Handshakes> {
  const material = await readTlsFiles(files);
  /** Never listens: it is given the connections that were admitted. */
  const server = createTlsServer(tlsServerOptions(material, HANDSHAKE_WITHIN_MS));
  server.on("tlsClientError", (_error, socket) => {
    onHandshakeFailed();
    drop(socket);
  });
  server.on("secureConnection", (socket) => {
    if (!requiresClientCertificate || socket.authorized) {
      onConnection(socket);
      return;
    }
    onHandshakeFailed();
    drop(socket);
  });
  return {
    begin: (socket) => server.emit("connection", socket),
    stop: followTlsFiles({ files, material, server, clock, everyMs: TLS_LOOK_MS, onReload: () => onReload(), onTrouble }),
  };
}
