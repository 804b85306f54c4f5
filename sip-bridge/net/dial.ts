/**
 * Opens a connection to a SIP peer. Over TLS the peer must prove the domain that we meant; there is no way back to less.
 * Spec: RFC 3261 18.1.1, 26.3.1; RFC 5922 7.3; RFC 9325 3.1 (TLS 1.2 and later). Layer: net.
 */
import { X509Certificate } from "node:crypto";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type PeerCertificate, type TLSSocket } from "node:tls";
import type { Clock } from "../../common/clock.js";
import { certifies } from "./certificate-identity.js";
import { FlowFailed } from "./transport.js";

export interface StreamTarget {
  /** Numeric, IPv6 without brackets. */
  readonly address: string;
  readonly port: number;
  /** TLS: the domain or address of the URI that led here; the certificate must be for it. Default: the address. */
  readonly serverName?: string;
}

/** What we trust and who we are as a TLS client. */
export interface TlsClient {
  /** Authorities (PEM) instead of the system's. */
  readonly ca?: string | Buffer;
  /** Shown to servers that ask for one. */
  readonly certificate?: { readonly cert: string | Buffer; readonly key: string | Buffer };
}

export interface DialOptions {
  readonly target: StreamTarget;
  /** Absent: TCP. */
  readonly tls?: TlsClient;
  /** Absent: the system chooses. */
  readonly localAddress?: string;
  readonly withinMs: number;
  readonly clock: Clock;
}

/** @throws {FlowFailed} Refused, no answer in time, or a certificate that is not the target's; `refused` tells the first two of TCP. */
export function dial({ target, tls, localAddress, withinMs, clock }: DialOptions): Promise<Socket> {
  const { address: host, port } = target;
  const way = { host, port, ...(localAddress === undefined ? {} : { localAddress }) };
  return new Promise((resolve, reject) => {
    const socket = tls === undefined ? connectTcp(way) : connectTls({ ...way, ...tlsOptions(target, tls) });
    const cancel = clock.after(withinMs, () => socket.destroy(new Error("no connection in time")));
    const onError = (error: NodeJS.ErrnoException): void => {
      cancel();
      reject(new FlowFailed(`no connection to ${target.address} port ${port}: ${error.code ?? error.message}`, { cause: error }));
    };
    socket.once("error", onError);
    socket.once(tls === undefined ? "connect" : "secureConnect", () => {
      cancel();
      socket.off("error", onError);
      resolve(socket);
    });
  });
}

function tlsOptions({ address, serverName = address }: StreamTarget, { ca, certificate }: TlsClient) {
  return {
    ...(isIP(serverName) === 0 ? { servername: serverName } : {}), // RFC 6066 3: no addresses in it
    ...(ca === undefined ? {} : { ca }),
    ...(certificate ?? {}),
    minVersion: "TLSv1.2" as const,
    rejectUnauthorized: true,
    checkServerIdentity: (_host: string, { raw }: PeerCertificate) =>
      certifies(new X509Certificate(raw), serverName) ? undefined : new Error(`the certificate is not for ${serverName}`),
  };
}

/** The certificate that the peer proved to have, by an authority that we trust; undefined: none. */
export function provenCertificate(socket: Socket | TLSSocket): X509Certificate | undefined {
  return "authorized" in socket && socket.authorized ? socket.getPeerX509Certificate() : undefined;
}
