/**
 * Asks a DHCP server for the ACS, or for the gateway that it stands for, over UDP: DHCPINFORM of a server's IPv4 address,
 * Information-request of an IPv6 one.
 * Spec: TR-069 3.1, Annex F; RFC 2131 4.1 and RFC 8415 15 (asked again while there is no answer). Layer: dhcp.
 */
import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { Clock } from "../../common/clock.js";
import { type DhcpFindings, readDhcpv4Reply, writeDhcpv4Inform } from "./dhcpv4-message.js";
import { readDhcpv6Reply, writeInformationRequest } from "./dhcpv6-message.js";
import type { LanIdentity } from "./lan-identity.js";

export interface DhcpServer {
  /** Name or address. */
  readonly host: string;
  readonly port: number;
}

export interface DiscoveryOptions {
  readonly server: DhcpServer;
  /** "02:00:00:00:00:01". */
  readonly macAddress: string;
  readonly device: LanIdentity;
  /** What must be told: an answer without it is none. */
  readonly wanted: keyof DhcpFindings;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  /** Aborted when the device loses power. */
  readonly power: AbortSignal;
}

/** A server that has not answered is asked again after these waits, the last of them the end. */
export const DISCOVERY_LIMITS = { waitsMs: [1_000, 2_000, 4_000] } as const;

/** @returns undefined: nobody answered, or not with what is wanted; or the power went. */
export async function askDhcp(options: DiscoveryOptions): Promise<DhcpFindings | undefined> {
  const { host, port } = options.server;
  const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
  try {
    if (!(await isConnected(socket, host, port)) || options.power.aborted) return undefined;
    return await answerOf(socket, options);
  } finally {
    socket.close();
  }
}

/** A connected socket hears no one but the server. */
function isConnected(socket: Socket, host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    socket.once("error", () => resolve(false)); // no such name, or no way there
    socket.connect(port, host, () => resolve(true));
  });
}

function answerOf(socket: Socket, options: DiscoveryOptions): Promise<DhcpFindings | undefined> {
  const { clock, power, wanted } = options;
  const { message, read } = questionOf(options, socket.address().address);
  return new Promise((resolve) => {
    let cancel: () => void = () => {};
    const end = (told?: DhcpFindings): void => {
      cancel();
      power.removeEventListener("abort", giveUp);
      resolve(told);
    };
    const giveUp = (): void => end();
    const ask = ([waitMs, ...later]: readonly number[]): void => {
      if (waitMs === undefined) {
        end();
        return;
      }
      socket.send(message);
      cancel = clock.after(waitMs, () => ask(later));
    };
    power.addEventListener("abort", giveUp);
    socket.on("error", giveUp); // nobody hears on that port: the system says so
    socket.on("message", (bytes) => {
      const told = read(bytes);
      if (told?.[wanted] !== undefined) end(told);
    });
    ask(DISCOVERY_LIMITS.waitsMs);
  });
}

function questionOf({ server, macAddress: mac, device, randomBytes }: DiscoveryOptions, clientAddress: string) {
  const macAddress = Buffer.from(mac.replaceAll(":", ""), "hex");
  if (isIPv6(server.host)) {
    const question = { xid: randomBytes(3), macAddress };
    return { message: writeInformationRequest(question), read: (bytes: Uint8Array) => readDhcpv6Reply(bytes, question) };
  }
  const question = { xid: randomBytes(4), macAddress, clientAddress, device };
  return { message: writeDhcpv4Inform(question), read: (bytes: Uint8Array) => readDhcpv4Reply(bytes, question) };
}
