/**
 * Whether a connection request proves the device's ConnectionRequestUsername and Password: digest over HTTP, on the device's side.
 * An id that nobody has is answered exactly like a wrong password.
 * Spec: TR-069 3.2.2; RFC 7616 3.4. Layer: connection-requests, pure.
 */
import {
  type DigestCredentials,
  type DigestHash,
  type Ha1Set,
  parseCredentials,
  provesPassword,
  writeChallenge,
} from "../../common/digest.js";
import type { NonceKeeper } from "../../common/nonce.js";
import { octetsToUnicode } from "../registrar/octets.js";
import { targetIdOf } from "./target.js";

export interface RequestGuard {
  readonly realm: string;
  readonly nonces: NonceKeeper;
  /** In the order in which they are offered, and the only ones taken. */
  readonly algorithms: readonly DigestHash[];
  /** Hashes of no password, checked when there are none to check: time must not tell who exists. */
  readonly decoy: Ha1Set;
}

/** What a device's login is; its hashes hold for the guard's realm. */
export interface RequestLogin {
  readonly username: string;
  readonly ha1s: Ha1Set;
}

/** A nonce for one device's URL is none for another's, also where an ACS uses one password for all. */
const scopeOf = (realm: string, id: string): string => `${realm} ${id}`;

/** @returns undefined: the credentials are none, not for us, or of a kind that was not offered: challenge. */
export function readRequestCredentials(
  authorization: string | undefined,
  id: string,
  { realm, nonces, algorithms }: RequestGuard,
  nowMs: number,
): (DigestCredentials & { readonly isFresh: boolean }) | undefined {
  const credentials = authorization === undefined ? undefined : parseCredentials(authorization);
  if (credentials === undefined || credentials.realm !== realm) return undefined;
  const { algorithm, use, uri, nonce } = credentials;
  const wasOffered = algorithms.includes(algorithm.hash) && !algorithm.isSession && (use === undefined || use.qop === "auth");
  // The path itself may have been changed by a proxy on the way; the device that it names may not.
  if (!wasOffered || targetIdOf(uri) !== id) return undefined;
  const age = nonces.inspect(nonce, scopeOf(realm, id), nowMs);
  return age === "forged" ? undefined : { ...credentials, isFresh: age === "fresh" };
}

/** "stale": the password is right but the nonce is too old or used up: a new one will do. */
export type RequestVerdict = "authorised" | "stale" | "wrong";

/** @param login undefined: nobody has this id, or its password is not known. */
export function judgeRequest(
  credentials: DigestCredentials & { readonly isFresh: boolean },
  login: RequestLogin | undefined,
  { nonces, decoy }: RequestGuard,
  nowMs: number,
): RequestVerdict {
  const isProven = provesPassword(credentials, login?.ha1s ?? decoy, { method: "GET" });
  if (!isProven || login === undefined || octetsToUnicode(credentials.username) !== login.username) return "wrong";
  if (!credentials.isFresh) return "stale";
  return nonces.use(credentials.nonce, credentials.use?.nc, nowMs) === "new" ? "authorised" : "stale";
}

/** Values of WWW-Authenticate, one per algorithm, all with one nonce: clients that mix up two challenges find it in either. */
export function requestChallenges({ realm, nonces, algorithms }: RequestGuard, id: string, isStale: boolean, nowMs: number): string[] {
  const nonce = nonces.issue(scopeOf(realm, id), nowMs);
  return algorithms.map((hash) => writeChallenge({ realm, nonce, algorithm: { hash, isSession: false }, qops: ["auth"], isStale }));
}
