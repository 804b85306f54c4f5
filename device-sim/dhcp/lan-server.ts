/**
 * The side of a gateway's DHCP server that device-gateway association needs: it answers DHCPINFORM, and hears who asks.
 * It gives no addresses: simulated devices have theirs.
 * Spec: TR-069 Annex F; RFC 2131 4.3.5. Layer: dhcp.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { readDhcpv4Inform, writeDhcpv4Ack } from "./dhcpv4-message.js";
import type { LanIdentity } from "./lan-identity.js";

export interface LanServerOptions {
  /** IPv4 address. */
  readonly host: string;
  /** 0: any. */
  readonly port: number;
  readonly gateway: LanIdentity;
  readonly onDevice: (device: LanIdentity) => void;
}

export interface LanServer {
  readonly port: number;
  close(): Promise<void>;
}

/** @throws The system's error, if the port is taken. */
export async function openLanServer({ host, port, gateway, onDevice }: LanServerOptions): Promise<LanServer> {
  const socket = createSocket("udp4");
  socket.on("message", (bytes, from) => {
    const inform = readDhcpv4Inform(bytes);
    if (inform === undefined) return;
    if (inform.device !== undefined) onDevice(inform.device);
    // Only who names itself is told the gateway's name (TR-069 F.2.5); the others have nothing to learn here.
    if (inform.device !== undefined) socket.send(writeDhcpv4Ack(inform, gateway, host), from.port, from.address);
  });
  socket.bind(port, host);
  await once(socket, "listening"); // an error before it is thrown
  socket.on("error", () => undefined); // an answer that could not be sent: the device asks again
  return { port: socket.address().port, close: () => closed(socket) };
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()));
}
