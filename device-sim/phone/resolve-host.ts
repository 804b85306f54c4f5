/**
 * Names to addresses, and which local address leads to one.
 * Spec: RFC 3263 4.2 (numeric or A/AAAA; no NAPTR and SRV: TR-104 gives the port). Layer: phone.
 */
import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { isIP, isIPv6 } from "node:net";

/** @returns A numeric address, IPv6 without brackets. @throws The resolver's error. */
export async function resolveHost(host: string): Promise<string> {
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  return isIP(bare) !== 0 ? bare : (await lookup(bare)).address;
}

/** The local address that packets to `remote` leave from. Sends nothing. @throws if there is no way. */
export async function localAddressTowards(remote: string): Promise<string> {
  const socket = createSocket(isIPv6(remote) ? "udp6" : "udp4");
  try {
    socket.connect(9, remote); // any port: connecting a UDP socket only looks up the route
    await once(socket, "connect");
    return socket.address().address;
  } finally {
    socket.close();
  }
}
