/**
 * Hears UDP lightweight notifications, stores what they tell, answers nothing.
 * Whatever is not signed by a device we know is dropped and counted: nobody else can make the ACS write.
 * Spec: TR-069 Annex M; cwmp.md 6.4. Layer: wake.
 */
import { randomBytes } from "node:crypto";
import { createSocket, type RemoteInfo } from "node:dgram";
import type { Clock } from "../../common/clock.js";
import { MalformedMessage } from "../cwmp/malformed-message.js";
import { acceptedPasswords, type Device, deviceId, isUsernameOf } from "../devices/device.js";
import { TREE_LIMITS } from "../devices/parameter-tree.js";
import { isSecretName } from "../devices/secret-names.js";
import type { DeviceStore } from "../stores/device-store.js";
import { provesNotification, readNotification, type SignedNotification } from "./lightweight-notification.js";
import { createRateLimit } from "./rate-limit.js";

export const NOTIFICATION_RECEIVER_LIMITS = {
  /** Per source address. */
  perSourcePerSecond: 20,
  burst: 100,
  sourcesMax: 100_000,
  /** Notifications being judged and stored; beyond it they are dropped, as the network may at any time. */
  underWayMax: 256,
} as const;

export interface NotificationReceiverOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly devices: DeviceStore;
  /** @throws a device's ManagementServer.Password can't be opened. */
  readonly openSecret: (sealed: string, owner: string) => string;
  readonly clock: Clock;
  readonly onTrouble: (error: unknown) => void;
  readonly limits?: Partial<Record<keyof typeof NOTIFICATION_RECEIVER_LIMITS, number>>;
}

export interface NotificationCounters {
  received: number;
  stored: number;
  /** Over a rate, or too many at once. */
  shed: number;
  /** No notification. */
  malformed: number;
  /** No such device, another user name, or a wrong signature. */
  refused: number;
  replayed: number;
}

export interface NotificationReceiver {
  readonly port: number;
  readonly counters: Readonly<NotificationCounters>;
  /** Resolves when what was heard is stored. */
  close(): Promise<void>;
}

/** Time must not tell whether a device is known. */
const NOBODYS_PASSWORD = randomBytes(16).toString("hex");

/** @throws what binding the socket throws. */
export async function openNotificationReceiver(options: NotificationReceiverOptions): Promise<NotificationReceiver> {
  const limits = { ...NOTIFICATION_RECEIVER_LIMITS, ...options.limits };
  const counters: NotificationCounters = { received: 0, stored: 0, shed: 0, malformed: 0, refused: 0, replayed: 0 };
  const allows = createRateLimit({ perSecond: limits.perSourcePerSecond, burst: limits.burst, sourcesMax: limits.sourcesMax });
  const underWay = new Set<Promise<void>>();
  const socket = createSocket({ type: options.host.includes(":") ? "udp6" : "udp4" });

  function hear(datagram: Buffer, source: RemoteInfo): void {
    counters.received++;
    if (underWay.size >= limits.underWayMax || !allows(source.address, options.clock.now())) {
      counters.shed++;
      return;
    }
    const work = take(datagram).catch(options.onTrouble);
    underWay.add(work);
    void work.then(() => underWay.delete(work));
  }

  async function take(datagram: Buffer): Promise<void> {
    const signed = read(datagram);
    counters[signed === undefined ? "malformed" : await judgeAndStore(signed, options)]++;
  }

  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind({ port: options.port, address: options.host }, () => {
      socket.off("error", reject);
      resolve();
    });
  });
  socket.on("error", options.onTrouble);
  socket.on("message", hear);
  return {
    port: socket.address().port,
    counters,
    close: async () => {
      await new Promise<void>((resolve) => socket.close(() => resolve()));
      await Promise.all(underWay);
    },
  };
}

function read(datagram: Buffer): SignedNotification | undefined {
  try {
    return readNotification(datagram);
  } catch (error) {
    if (error instanceof MalformedMessage) return undefined;
    throw error;
  }
}

async function judgeAndStore(
  signed: SignedNotification,
  { devices, openSecret, clock }: NotificationReceiverOptions,
): Promise<"stored" | "refused" | "replayed"> {
  const { notification } = signed;
  const device = await devices.get(deviceId(notification.identity));
  const passwords = device === undefined ? [NOBODYS_PASSWORD] : acceptedPasswords(device).map((sealed) => openSecret(sealed, device.id));
  const isProved = passwords.some((password) => provesNotification(signed, password));
  if (device === undefined || !isProved || !isUsernameOf(device, notification.username)) return "refused";
  const stored = await devices.recordNotified(recordOf(device, signed, clock.now()));
  if (stored === "unknown") return "refused"; // removed meanwhile
  return stored === "replayed" ? "replayed" : "stored";
}

function recordOf({ id }: Device, { notification }: SignedNotification, atMs: number) {
  const { ts, cnonce, parameters } = notification;
  // Values of secret names are never kept, whatever tells them.
  const kept = parameters.map(({ name, value }) => ({ name, text: isSecretName(name) ? "" : value }));
  const names = parameters.slice(0, NAMES_SHOWN_MAX).map(({ name }) => name.slice(0, TREE_LIMITS.nameCharactersMax));
  return {
    ...{ deviceId: id, atMs, ts, cnonce, parameters: kept },
    cause: { kind: "inform", ref: "lightweight notification" } as const,
    events: [{ atMs, kind: "device-notified", deviceId: id, data: { ts, parameters: parameters.length, names } } as const],
  };
}

/** Names in the event; the values are in the tree. */
const NAMES_SHOWN_MAX = 20;
