/**
 * Wires the Connection-Request gateway: key, devices, service, listeners.
 * Layer: main.
 */
import type { Clock } from "../common/clock.js";
import { ConfigError, type Secret } from "../common/config.js";
import type { DigestHash } from "../common/digest.js";
import { newId } from "../common/ids.js";
import { loadKeyText, makeKeyText } from "../common/key-file.js";
import type { Logger } from "../common/log.js";
import { createNonceKeeper } from "../common/nonce.js";
import { isSecretKey, readSecretKey, type SecretKey } from "../common/secret-box.js";
import type { WakeBridge } from "../schemas/wake-contract.js";
import { type ConnectionRequestLimits, createConnectionRequestService } from "./connection-request-service.js";
import type { RequestGuard } from "./connection-requests/authorize.js";
import {
  CONNECTION_REQUEST_CONNECTIONS_MAX,
  CONNECTION_REQUEST_SERVER,
  type ConnectionRequestGateway,
  createConnectionRequestGateway,
} from "./http/connection-request-gateway.js";
import type { ConnectionRequestRoutesOptions } from "./http/connection-request-routes.js";
import type { GatewayEvent } from "./http/gateway-event.js";
import { type ListenersConfig, openListeners } from "./http/open-listeners.js";
import { createWireEventLog } from "./http/wire-event-log.js";
import type { Domains } from "./registrar/address-of-record.js";
import { decoyHashes } from "./registrar/authenticate.js";
import type { ConnectionRequestStore } from "./stores/connection-request-store.js";
import { createTargetBook, type TargetBook } from "./target-book.js";

/** An ACS that takes anybody in has the relay learn anybody: about 1 kB each on disk. */
export const RELAY_DEVICES_MAX = 200_000;

export interface ConnectionRequestsConfig {
  readonly listeners: ListenersConfig;
  /** How ACSs reach the listeners: `http://host:port`, without a slash at its end. Absent: as they are bound, for tests and one machine. */
  readonly publicUrl?: string;
  /** Default "connection-request". */
  readonly realm?: string;
  /** Default: MD5 alone, which every ACS speaks; many take no second challenge. */
  readonly algorithms?: readonly DigestHash[];
  /** Default 200. */
  readonly successStatus?: 200 | 204;
  readonly limits?: Partial<ConnectionRequestLimits>;
  /** Devices beyond which the relay adds none by itself. Default RELAY_DEVICES_MAX. */
  readonly learntMax?: number;
  /** 64 hex digits or base64. Absent: of the file beside the store, made when there is none. */
  readonly secretsKey?: Secret;
}

export interface ConnectionRequestsParts {
  readonly bridge: Pick<WakeBridge, "wake" | "onWireEvent">;
  readonly store: ConnectionRequestStore;
  /** The key lies beside it. */
  readonly storeFile: string;
  readonly domains: Domains;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly logger: Logger;
}

export interface ConnectionRequests {
  readonly port: number;
  readonly tlsPort: number;
  readonly publicUrl: string;
  readonly book: TargetBook;
  readonly routes: ConnectionRequestRoutesOptions;
  readonly tell: (event: GatewayEvent) => void;
  counters(): Readonly<Record<string, number>>;
}

export const GATEWAY_REALM = "connection-request";
const NONCES = { lifetimeMs: 60_000, noncesMax: 50_000, keyBytes: 32, decoyBytes: 64 };
/** Events that a client which lost its connection can still get. */
const EVENTS_MAX = 20_000;

/** @throws {ConfigError} The key or TLS files can't be used. @param opened Takes what closes it, also when this fails half-way. */
export async function openConnectionRequests(
  config: ConnectionRequestsConfig,
  parts: ConnectionRequestsParts,
  opened: (() => Promise<void>)[],
): Promise<ConnectionRequests> {
  const { bridge, clock, logger, randomBytes, domains, store } = parts;
  const { realm = GATEWAY_REALM, limits = {}, learntMax = RELAY_DEVICES_MAX } = config;
  const key = await openKey(config.secretsKey, `${parts.storeFile}.secrets-key`);
  const onSealed = (device: string): void => logger.error({ device }, "the login of a device does not open: key or realm were changed");
  const book = createTargetBook({ store, key, realm, domains, now: () => clock.now(), randomBytes, learntMax, onSealed });
  const log = createWireEventLog<GatewayEvent>(newId(clock.now()), EVENTS_MAX);
  const tell = (event: GatewayEvent): void => {
    log.append(event);
    logger.info(event, event.kind);
  };
  const service = createConnectionRequestService({
    ...{ bridge, clock, limits },
    onLate: ({ id, device }, { outcome, detail, wakeId }) => tell({ kind: "late", atMs: clock.now(), id, device, outcome, detail, wakeId }),
  });
  opened.push(async () => service.close());
  const gateway = createConnectionRequestGateway({
    ...{ guard: guardOf(config, realm, parts), targets: store, service, clock, onEvent: tell },
    ...{ decoy: book.decoy, openHashes: book.openHashes, successStatus: config.successStatus ?? 200 },
    onError: (error) => logger.error({ err: error }, "a connection request failed"),
  });
  const { port, tlsPort } = await listen(config, gateway, parts, opened);
  const publicUrl = config.publicUrl ?? (port === 0 ? `https://127.0.0.1:${tlsPort}` : `http://127.0.0.1:${port}`);
  return {
    ...{ port, tlsPort, publicUrl, book, tell, routes: { book, publicUrl, log, clock } },
    counters: () => ({ ...gateway.counters(), ...service.counters() }),
  };
}

function guardOf(
  { algorithms = ["MD5"] }: ConnectionRequestsConfig,
  realm: string,
  { randomBytes }: ConnectionRequestsParts,
): RequestGuard {
  const { lifetimeMs, noncesMax, keyBytes, decoyBytes } = NONCES;
  const nonces = createNonceKeeper({ key: randomBytes(keyBytes), lifetimeMs, noncesMax, randomBytes });
  return { realm, nonces, algorithms, decoy: decoyHashes(randomBytes(decoyBytes)) };
}

async function listen(
  { listeners: config }: ConnectionRequestsConfig,
  gateway: ConnectionRequestGateway,
  { clock, logger }: ConnectionRequestsParts,
  opened: (() => Promise<void>)[],
) {
  const listeners = await openListeners(config, {
    ...{ name: "connection requests", server: CONNECTION_REQUEST_SERVER, connectionsMax: CONNECTION_REQUEST_CONNECTIONS_MAX },
    ...{ listener: gateway.handle, clock, logger },
  });
  opened.push(() => listeners.close());
  return listeners;
}

async function openKey(given: Secret | undefined, file: string): Promise<SecretKey> {
  const text = given?.reveal() ?? (await loadKeyText(file)) ?? (await makeKeyText(file));
  if (!isSecretKey(text))
    throw new ConfigError([{ variable: "BRIDGE_SECRETS_KEY", problem: `${given === undefined ? file : "it"} holds no key` }]);
  return readSecretKey(text);
}
