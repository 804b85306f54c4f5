/**
 * The npm package `sip` 0.0.6: an independent SIP stack, as a peer and an oracle in tests. It has no types of its own.
 * Known of it: it unescapes methods and header names, takes no IPv6, and needs a free port named beforehand.
 * Layer: test support.
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createRequire } from "node:module";

export type NpmSipParams = Readonly<Record<string, string | number | null>>;

export interface NpmSipAddress {
  readonly name?: string;
  readonly uri: string;
  readonly params: NpmSipParams;
}

export interface NpmSipHeaders {
  readonly via: readonly { readonly protocol: string; readonly host: string; readonly port?: number; readonly params: NpmSipParams }[];
  readonly from: NpmSipAddress;
  readonly to: NpmSipAddress;
  readonly "call-id": string;
  readonly cseq: { readonly seq: number; readonly method: string };
  readonly contact?: "*" | readonly NpmSipAddress[];
  readonly [other: string]: unknown;
}

export interface NpmSipMessage {
  readonly method?: string;
  readonly uri?: string;
  readonly status?: number;
  readonly reason?: string;
  readonly headers: NpmSipHeaders;
  readonly content: string;
}

export interface NpmSipStack {
  send(message: NpmSipMessage | object, onResponse?: (response: NpmSipMessage) => void): void;
  destroy(): void;
}

interface NpmSip {
  parse(bytes: Buffer): NpmSipMessage | undefined;
  stringify(message: NpmSipMessage): string;
  makeResponse(request: NpmSipMessage, status: number, reason?: string, extension?: object): NpmSipMessage;
  create(options: object, onRequest: (request: NpmSipMessage) => void): NpmSipStack;
}

interface NpmSipDigest {
  /** Adds credentials for the first challenge of the response for the realm; MD5 only. */
  signRequest(
    session: object,
    request: object,
    response: NpmSipMessage,
    credentials: { user: string; password: string; realm: string },
  ): void;
  challenge(session: object, response: NpmSipMessage): NpmSipMessage;
  authenticateRequest(session: object, request: NpmSipMessage, credentials: { user: string; password: string }): boolean;
}

const require = createRequire(import.meta.url);
export const npmSip: NpmSip = require("sip");
export const npmSipDigest: NpmSipDigest = require("sip/digest");

/** A UDP port on loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}
