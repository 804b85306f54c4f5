/**
 * Opens what the ACS itself needs to reach devices and to hear of them outside sessions: HTTP, UDP with its STUN server, XMPP, and the
 * receiver of lightweight notifications. Each is on or off by its settings.
 * Layer: wake.
 */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type AddressGuard, createAddressGuard } from "../../common/address-guard.js";
import type { Clock } from "../../common/clock.js";
import { ConfigError } from "../../common/config.js";
import type { Logger } from "../../common/log.js";
import type { AcsConfig } from "../config.js";
import { acceptedPasswords, type Device, isUsernameOf, type SealedSecret } from "../devices/device.js";
import type { UdpAddress } from "../devices/reachability.js";
import type { DeviceStore } from "../stores/device-store.js";
import type { ReachStore } from "../stores/reach-store.js";
import { type ConnectionRequester, type ConnectionRequesterOptions, createConnectionRequester } from "./connection-requester.js";
import { createHttpConnectionRequester, type HttpConnectionRequester } from "./http-connection-request.js";
import { type NotificationReceiver, openNotificationReceiver } from "./notification-receiver.js";
import { openStunServer, type StunServer } from "./stun-server.js";
import { openXmppConnectionRequester, type XmppConnectionRequester } from "./xmpp-connection-request.js";

export interface RungsParts {
  readonly config: AcsConfig;
  readonly devices: DeviceStore;
  readonly reach: ReachStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  readonly openSecret: (sealed: string, owner: string) => string;
  readonly modelPolicy: ConnectionRequesterOptions["modelPolicy"];
  readonly relaxed: ConnectionRequesterOptions["relaxed"];
}

export interface Rungs {
  readonly requester: ConnectionRequester;
  /** undefined: switched off. */
  readonly stunPort: number | undefined;
  readonly notificationPort: number | undefined;
  close(): Promise<void>;
}

/** @throws {ConfigError} A certificate file can't be read. @throws what binding a socket throws; nothing stays open then. */
export async function openRungs(parts: RungsParts): Promise<Rungs> {
  const { config, clock, openSecret, modelPolicy, relaxed } = parts;
  const opened: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const step of opened.splice(0).reverse()) await step();
  };
  const keep = <T extends { close(): Promise<void> | void }>(part: T): T => {
    opened.push(() => part.close());
    return part;
  };
  try {
    const guard = createAddressGuard(config.ACS_REFUSED_RANGES);
    const http = config.ACS_HTTP_CONNECTION_REQUESTS ? keep(httpOf(parts, guard)) : null;
    const stun = config.ACS_STUN_PORT === undefined ? null : keep(await stunOf(parts, config.ACS_STUN_PORT));
    const receiver = config.ACS_NOTIFICATION_PORT === undefined ? null : keep(await receiverOf(parts, config.ACS_NOTIFICATION_PORT));
    const xmpp = config.ACS_XMPP_SERVICE === undefined ? null : keep(await xmppOf(parts, config.ACS_XMPP_SERVICE));
    const requester = createConnectionRequester({ http, stun, xmpp, guard, clock, randomBytes, openSecret, modelPolicy, relaxed });
    return { requester, stunPort: stun?.port, notificationPort: receiver?.port, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function httpOf({ config, clock }: RungsParts, guard: AddressGuard): HttpConnectionRequester {
  return createHttpConnectionRequester({ guard, clock, randomBytes, basic: config.ACS_CONNECTION_REQUEST_BASIC });
}

/**
 * STUNUsername and STUNPassword are the connection-request credentials where we set them (kinds/provision-stun.ts); elsewhere people take
 * those of ManagementServer, the pending ones included. A binding is stored under the device's id.
 */
async function stunOf(parts: RungsParts, port: number): Promise<StunServer> {
  const { config, devices, clock, log, openSecret } = parts;
  const server: StunServer = await openStunServer({
    ...{ host: config.ACS_STUN_HOST, port, clock },
    passwordsOf: async (username) => {
      const device = await stunDevice(devices, username);
      // Where a quarantined device is, is not asked of it.
      if (device === undefined || device.quarantine !== null) return [];
      return stunPasswords(device, username).map((sealed) => openSecret(sealed, device.id));
    },
    onBinding: ({ username, address }) => {
      noteBinding(parts, username, address).catch((error: unknown) => {
        server.forget(username); // so that it is told again
        log.error({ err: error, username }, "a UDP binding could not be stored");
      });
    },
    onTrouble: (error) => log.warn({ err: error }, "STUN"),
  });
  return server;
}

/** The connection-request user name is the id (device-routes.ts); ids come first, so that no other device's user name stands before one. */
async function stunDevice(devices: DeviceStore, username: string): Promise<Device | undefined> {
  const named = await devices.get(username);
  return named?.connectionRequest.username === username ? named : devices.byUsername(username);
}

function stunPasswords(device: Device, username: string): readonly SealedSecret[] {
  const { connectionRequest } = device;
  return [
    ...(connectionRequest.username === username ? [connectionRequest.password] : []),
    ...(isUsernameOf(device, username) ? acceptedPasswords(device) : []),
  ];
}

async function noteBinding({ devices, reach, clock }: RungsParts, username: string, { host, port }: UdpAddress): Promise<void> {
  const device = await stunDevice(devices, username);
  if (device === undefined) return; // removed meanwhile
  const atMs = clock.now();
  const event = { atMs, kind: "wire", deviceId: device.id, data: { kind: "udp-binding", address: `${host}:${port}` } } as const;
  await reach.setUdpBinding(device.id, { host, port, atMs }, [event]);
}

function receiverOf({ config, devices, clock, log, openSecret }: RungsParts, port: number): Promise<NotificationReceiver> {
  const onTrouble = (error: unknown): void => log.warn({ err: error }, "lightweight notification");
  return openNotificationReceiver({ host: config.ACS_NOTIFICATION_HOST, port, devices, openSecret, clock, onTrouble });
}

async function xmppOf({ config, clock, log, random }: RungsParts, service: string): Promise<XmppConnectionRequester> {
  const { ACS_XMPP_DOMAIN: domain, ACS_XMPP_USERNAME: username, ACS_XMPP_PASSWORD: password, ACS_XMPP_RESOURCE: resource } = config;
  if (domain === undefined || username === undefined || password === undefined) throw new Error("config.ts lets no such settings through");
  const ca = config.ACS_XMPP_CA_FILE === undefined ? undefined : await readCertificates(config.ACS_XMPP_CA_FILE);
  return openXmppConnectionRequester({
    ...{ service, domain, username, password, clock, random },
    ...(resource === undefined ? {} : { resource }),
    ...(ca === undefined ? {} : { ca }),
    allowsPlaintext: config.ACS_XMPP_ALLOW_PLAINTEXT,
    otherDomains: config.ACS_XMPP_OTHER_DOMAINS,
    onState: (state, detail) => (state === "online" ? log.info({ detail }, "XMPP: online") : log.warn({ detail }, "XMPP: offline")),
  });
}

async function readCertificates(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const problem = `can't be read (${(error as NodeJS.ErrnoException).code ?? "unknown"})`;
    throw new ConfigError([{ variable: "ACS_XMPP_CA_FILE", problem }]);
  }
}
