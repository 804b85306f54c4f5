/**
 * The ports of CWMP and REST, with TLS where files for it are configured, renewed without a restart.
 * Spec: TR-069 3.3. Layer: main.
 */
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Server as TlsServer } from "node:tls";
import type { Clock } from "../common/clock.js";
import { ConfigError } from "../common/config.js";
import type { Logger } from "../common/log.js";
import { followTlsFiles, readTlsFiles, type TlsFiles, TlsFilesUnusable, type TlsMaterial, tlsServerOptions } from "../common/tls-files.js";
import type { AcsConfig } from "./config.js";
import type { CwmpEndpoint } from "./http/cwmp-endpoint.js";
import { listen } from "./http/listening.js";
import { REST_SERVER_OPTIONS } from "./northbound/rest/rest-app.js";

interface Edge {
  readonly clock: Clock;
  readonly log: Logger;
}

/** How soon a renewed certificate serves. */
const TLS_LOOK_MS = 10_000;

export async function listenForDevices(cwmp: CwmpEndpoint, config: AcsConfig, edge: Edge, opened: (() => Promise<void>)[]) {
  const files = tlsFiles(config.ACS_CWMP_TLS_CERT_FILE, config.ACS_CWMP_TLS_KEY_FILE, config.ACS_CWMP_TLS_CLIENT_CA_FILE);
  const { ACS_CWMP_HOST: host, ACS_CWMP_PORT: port, ACS_CWMP_PLAIN_PORT: plainPort } = config;
  if (files === undefined) return { cwmpPort: await listen(cwmp.plainServer(), port, host), cwmpPlainPort: undefined };
  const material = await tlsMaterial(files, "ACS_CWMP_TLS_CERT_FILE");
  const server = cwmp.tlsServer(tlsServerOptions(material, config.ACS_HEADERS_TIMEOUT_MS));
  opened.push(follow({ files, material, server }, "CWMP", edge));
  const cwmpPort = await listen(server, port, host);
  return { cwmpPort, cwmpPlainPort: plainPort === undefined ? undefined : await listen(cwmp.plainServer(), plainPort, host) };
}

export async function apiServer(listener: RequestListener, config: AcsConfig, edge: Edge, opened: (() => Promise<void>)[]) {
  const files = tlsFiles(config.ACS_API_TLS_CERT_FILE, config.ACS_API_TLS_KEY_FILE);
  if (files === undefined) return createServer(REST_SERVER_OPTIONS, listener);
  const material = await tlsMaterial(files, "ACS_API_TLS_CERT_FILE");
  const server = createTlsServer({ ...REST_SERVER_OPTIONS, ...tlsServerOptions(material, config.ACS_HEADERS_TIMEOUT_MS) }, listener);
  opened.push(follow({ files, material, server }, "REST", edge));
  return server;
}

function tlsFiles(certFile: string | undefined, keyFile: string | undefined, clientCaFile?: string): TlsFiles | undefined {
  if (certFile === undefined || keyFile === undefined) return undefined;
  return { certFile, keyFile, ...(clientCaFile === undefined ? {} : { clientCaFile }) };
}

/** @throws {ConfigError} */
async function tlsMaterial(files: TlsFiles, variable: string): Promise<TlsMaterial> {
  try {
    return await readTlsFiles(files);
  } catch (error) {
    if (error instanceof TlsFilesUnusable) throw new ConfigError([{ variable, problem: error.message }]);
    throw error;
  }
}

interface Followed {
  readonly files: TlsFiles;
  readonly material: TlsMaterial;
  readonly server: TlsServer;
}

function follow(followed: Followed, name: string, { clock, log }: Edge): () => Promise<void> {
  return followTlsFiles({
    ...{ ...followed, clock, everyMs: TLS_LOOK_MS },
    onReload: () => log.info({ certFile: followed.files.certFile }, `${name} has a new certificate`),
    onTrouble: (why) => log.error({ why }, `the new TLS files of ${name} can't be used: it goes on with the old ones`),
  });
}
