/**
 * The datagram of a UDP connection request, signed with the device's connection-request password.
 * Spec: TR-069 Annex G.2.1.3; cwmp.md 6.2. Layer: wake, pure. Golden: test/unit/acs/wake/udp-connection-request.test.ts.
 */
import { createHmac } from "node:crypto";
import type { UdpAddress } from "../devices/reachability.js";

export interface UdpConnectionRequest {
  readonly address: UdpAddress;
  /** Unix time, seconds; must rise from one request to the next: devices drop what is not newer. */
  readonly ts: number;
  /** Number of the message; copies of one request share it. */
  readonly id: number;
  readonly username: string;
  readonly cnonce: string;
  readonly password: string;
}

/** The copies that are sent of one request, since each may be lost and none is answered. */
export const UDP_CONNECTION_REQUEST_COPIES = 3;

/** "GET http://HOST:PORT?ts=T&id=I&un=U&cn=N&sig=S HTTP/1.1" */
export function writeUdpConnectionRequest({ address, ts, id, username, cnonce, password }: UdpConnectionRequest): Buffer {
  const authority = `${address.host}:${address.port}`;
  const signature = udpSignature({ ts: String(ts), id: String(id), username, cnonce }, password);
  const query = `ts=${ts}&id=${id}&un=${encodeURIComponent(username)}&cn=${encodeURIComponent(cnonce)}&sig=${signature}`;
  return Buffer.from(`GET http://${authority}?${query} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`, "latin1");
}

/** Hex of HMAC-SHA1 over ts, id, un and cn in this order, with nothing between them; the user name as it is, not percent-encoded. */
export function udpSignature(
  signed: { readonly ts: string; readonly id: string; readonly username: string; readonly cnonce: string },
  password: string,
): string {
  const text = `${signed.ts}${signed.id}${signed.username}${signed.cnonce}`;
  return createHmac("sha1", Buffer.from(password, "utf8")).update(text, "utf8").digest("hex").toUpperCase();
}
