/**
 * Wires the CWMP relay to the Connection-Request gateway.
 * Layer: main.
 */
import { readFile } from "node:fs/promises";
import type { Clock } from "../common/clock.js";
import { ConfigError } from "../common/config.js";
import type { Logger } from "../common/log.js";
import { type Listeners, type ListenersConfig, openListeners } from "./http/open-listeners.js";
import { createRelay, RELAY_IDLE_MS_MAX, RELAY_SERVER, type RelayLimits } from "./http/relay.js";
import type { ConnectionRequests } from "./open-connection-requests.js";
import type { Domains } from "./registrar/address-of-record.js";
import { createRelayService } from "./relay-service.js";

export interface RelayConfig {
  readonly listeners: ListenersConfig;
  /** The ACS: scheme, host and port. The path is the devices'. */
  readonly upstreamUrl: string;
  /** Certificates (PEM) to trust for https. Default: the system's. */
  readonly upstreamCaFile?: string;
  /** Default "device". */
  readonly hostHeader?: "device" | "upstream";
  /** Default false. */
  readonly tellsAddress?: boolean;
  /** Default 10,000. */
  readonly connectionsMax?: number;
  /** Of these, from one IPv4 address or IPv6 network of 64 bits. Default 1,000. */
  readonly connectionsPerSourceMax?: number;
  /** Of reading requests. Default RELAY_SERVER. */
  readonly server?: Partial<Record<"headersTimeout" | "requestTimeout" | "connectionsCheckingInterval", number>>;
  readonly limits?: Partial<RelayLimits>;
}

export interface RelayParts {
  readonly connectionRequests: ConnectionRequests;
  readonly domains: Domains;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface OpenRelay extends Pick<Listeners, "port" | "tlsPort"> {
  counters(): Readonly<Record<string, number>>;
}

export const RELAY_CONNECTIONS_MAX = 10_000;
export const RELAY_CONNECTIONS_PER_SOURCE_MAX = 1_000;

/** @throws {ConfigError} Files that can't be used. @param opened Takes what closes it, also when this fails half-way. */
export async function openRelay(config: RelayConfig, parts: RelayParts, opened: (() => Promise<void>)[]): Promise<OpenRelay> {
  const { connectionRequests, domains, clock, logger } = parts;
  const { book, publicUrl, tell } = connectionRequests;
  const onError = (error: unknown): void => logger.error({ err: error }, "the relay failed at something");
  const service = createRelayService({ book, publicUrl, domains, clock, tell, onError });
  const ca = await certificates(config.upstreamCaFile);
  const relay = createRelay({
    ...{ upstream: { url: new URL(config.upstreamUrl), ...(ca === undefined ? {} : { ca }) }, service, clock, onError },
    ...{ hostHeader: config.hostHeader ?? "device", tellsAddress: config.tellsAddress ?? false, limits: config.limits ?? {} },
  });
  let connectionsRefused = 0;
  const listeners = await openListeners(config.listeners, {
    ...{
      name: "relay",
      server: { ...RELAY_SERVER, ...config.server },
      connectionsMax: config.connectionsMax ?? RELAY_CONNECTIONS_MAX,
      perSourceMax: config.connectionsPerSourceMax ?? RELAY_CONNECTIONS_PER_SOURCE_MAX,
      onRefused: () => connectionsRefused++,
      idleMsMax: RELAY_IDLE_MS_MAX,
    },
    ...{ listener: relay.handle, onExpect: relay.handleExpecting, clock, logger },
  });
  opened.push(() => listeners.close());
  return {
    port: listeners.port,
    tlsPort: listeners.tlsPort,
    counters: () => ({ ...relay.counters(), connectionsRefused, ...service.counters() }),
  };
}

async function certificates(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const { code = "can't be read" } = error as NodeJS.ErrnoException;
    throw new ConfigError([{ variable: "RELAY_UPSTREAM_CA_FILE", problem: code }]);
  }
}
