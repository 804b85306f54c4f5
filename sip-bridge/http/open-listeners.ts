/**
 * One listener without TLS, one with it, or both, over the same handler. Certificates are read again while they serve.
 * Layer: http.
 */
import { once } from "node:events";
import { createServer, type RequestListener, type Server, type ServerOptions } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Clock } from "../../common/clock.js";
import { ConfigError } from "../../common/config.js";
import type { Logger } from "../../common/log.js";
import {
  followTlsFiles,
  readTlsFiles,
  type TlsFiles,
  TlsFilesUnusable,
  type TlsMaterial,
  tlsServerOptions,
} from "../../common/tls-files.js";
import { type Admission, createAdmission } from "../net/admission.js";

export interface ListenersConfig {
  /** Numeric local address, or a name that resolves to one. */
  readonly host: string;
  /** Without TLS. 0: any free port. null: not at all. */
  readonly port: number | null;
  readonly tls?: { readonly port: number; readonly files: TlsFiles };
}

export interface ListenersOptions {
  /** "connection requests": for the log. */
  readonly name: string;
  readonly server: ServerOptions & { readonly headersTimeout: number };
  readonly connectionsMax: number;
  /** Of these, from one IPv4 address or IPv6 network of 64 bits. Default: no limit. */
  readonly perSourceMax?: number;
  /** A connection beyond that was closed. */
  readonly onRefused?: () => void;
  /** A connection on which nothing moves for so long is cut. Default: only between requests, and while one is read. */
  readonly idleMsMax?: number;
  readonly listener: RequestListener;
  /** A request whose sender waits for 100 Continue. Default: the listener, which may answer at once. */
  readonly onExpect?: RequestListener;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Listeners {
  /** 0: there is none. */
  readonly port: number;
  readonly tlsPort: number;
  /** Requests under way are cut off. */
  close(): Promise<void>;
}

/** How soon a renewed certificate serves. */
const TLS_LOOK_MS = 10_000;

/** @throws {ConfigError} TLS files that can't serve; the system's error if an address cannot be bound. Nothing stays open then. */
export async function openListeners({ host, port, tls }: ListenersConfig, options: ListenersOptions): Promise<Listeners> {
  const opened: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of opened.splice(0).reverse()) await end();
  };
  try {
    const plainPort = port === null ? 0 : await listen(createServer(options.server), port, host, options, opened);
    const tlsPort = tls === undefined ? 0 : await listenTls(tls, host, options, opened);
    return { port: plainPort, tlsPort, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function listenTls(
  { port, files }: NonNullable<ListenersConfig["tls"]>,
  host: string,
  options: ListenersOptions,
  opened: (() => Promise<void>)[],
): Promise<number> {
  const { name, clock, logger } = options;
  const material = await tlsMaterial(files);
  const server = createTlsServer({ ...options.server, ...tlsServerOptions(material, options.server.headersTimeout) });
  const bound = await listen(server, port, host, options, opened);
  opened.push(
    followTlsFiles({
      ...{ files, material, server, clock, everyMs: TLS_LOOK_MS },
      onReload: () => logger.info({ certFile: files.certFile }, `${name}: a new certificate serves`),
      onTrouble: (why) => logger.error({ why }, `${name}: the new TLS files can't be used, the old ones go on`),
    }),
  );
  return bound;
}

async function tlsMaterial(files: TlsFiles): Promise<TlsMaterial> {
  try {
    return await readTlsFiles(files);
  } catch (error) {
    if (error instanceof TlsFilesUnusable) throw new ConfigError([{ variable: "TLS files", problem: error.message }]);
    throw error;
  }
}

async function listen(
  server: Server,
  port: number,
  host: string,
  { listener, onExpect = listener, connectionsMax, perSourceMax, onRefused, idleMsMax = 0 }: ListenersOptions,
  opened: (() => Promise<void>)[],
): Promise<number> {
  if (perSourceMax !== undefined) limitSources(server, createAdmission({ connectionsMax, perSourceMax }), onRefused);
  server.maxConnections = connectionsMax;
  server.timeout = idleMsMax;
  server.on("request", listener);
  server.on("checkContinue", onExpect);
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  opened.push(() => closeServer(server));
  server.listen(port, host);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Over TLS this is before the handshake: a flood costs no cryptography. */
function limitSources(server: Server, admission: Admission, onRefused: () => void = () => undefined): void {
  server.on("connection", (socket: Socket) => {
    const leave = socket.remoteAddress === undefined ? undefined : admission.enter(socket.remoteAddress);
    if (leave !== undefined) {
      socket.once("close", leave);
      return;
    }
    onRefused();
    socket.destroy();
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
