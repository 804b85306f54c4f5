/**
 * Who sent this request: digest authentication on the server's side.
 * Spec: RFC 3261 10.3 step 3 and 22; RFC 7616; RFC 8760 2.3 (a challenge per algorithm, preferred first). Layer: registrar, pure.
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
import { header, headerValues, MalformedMessage, type SipRequest } from "../sip/message.js";
import { parseUri } from "../sip/uri.js";
import type { Account } from "./account.js";
import { type Domains, isOurDomain } from "./address-of-record.js";
import type { Answer } from "./read-registration.js";

/** Strongest first: a client takes the topmost that it supports. */
export const OFFERED_ALGORITHMS: readonly DigestHash[] = ["SHA-256", "MD5"];

export interface Gatekeeper {
  readonly realm: string;
  readonly domains: Domains;
  readonly nonces: NonceKeeper;
  /**
   * In the order in which they are offered, and the only ones taken. Clients from before RFC 8760 look at the first challenge alone,
   * or give up at one they don't know: sipp 3.6 and the npm package sip need MD5 to be first.
   */
  readonly algorithms: readonly DigestHash[];
  /** Hashes of no password, checked when the user is unknown: time must not tell who exists. */
  readonly decoy: Ha1Set;
}

/** The hashes that `Gatekeeper.decoy` needs. @param octets At least 64 random octets. */
export function decoyHashes(octets: Uint8Array): Ha1Set {
  const hex = Buffer.from(octets).toString("hex");
  return { "SHA-256": hex.slice(0, 64), "SHA-512-256": hex.slice(0, 64), MD5: hex.slice(64, 96) };
}

/** Credentials whose nonce is ours. */
interface OurCredentials {
  readonly credentials: DigestCredentials;
  /** The nonce is not too old. */
  readonly isFresh: boolean;
}

/**
 * The credentials for our realm that are worth a look at the accounts: of an algorithm and quality that we offered, with a nonce of ours.
 * @returns undefined: challenge.
 */
export function readOurCredentials(
  request: SipRequest,
  { realm, domains, nonces, algorithms }: Gatekeeper,
  nowMs: number,
): OurCredentials | undefined {
  const credentials = headerValues(request, "authorization")
    .map(parseCredentials)
    .find((candidate) => candidate?.realm === realm);
  if (credentials === undefined) return undefined;
  const { algorithm, use, uri, nonce } = credentials;
  const wasOffered = algorithms.includes(algorithm.hash) && !algorithm.isSession && (use === undefined || use.qop === "auth");
  if (!wasOffered || !namesUs(uri, domains)) return undefined;
  const age = nonces.inspect(nonce, realm, nowMs);
  return age === "forged" ? undefined : { credentials, isFresh: age === "fresh" };
}

/** The digest-uri need not be the Request-URI (RFC 3261 22.4 item 6), but it must have been meant for us. */
function namesUs(uri: string, domains: Domains): boolean {
  try {
    return isOurDomain(parseUri(uri).host, domains);
  } catch (error) {
    if (error instanceof MalformedMessage) return false;
    throw error;
  }
}

/** "stale": the password is right but the nonce is too old or used up: a new one will do. */
export type Verdict = "authenticated" | "stale" | "wrong";

/**
 * @param ours What `readOurCredentials` returned.
 * @param account Of that user name, if there is one.
 */
export function judge(
  request: SipRequest,
  { credentials, isFresh }: OurCredentials,
  account: Account | undefined,
  { realm, nonces, decoy }: Gatekeeper,
  nowMs: number,
): Verdict {
  const { method, body } = request; // and not its uri: the digest-uri counts
  const isProven = provesPassword(credentials, account?.ha1s ?? decoy, { method, body });
  if (!isProven || account === undefined) return "wrong";
  if (!isFresh) return "stale";
  // A count that was used is a copy of a request, or a client that forgets to count: a new nonce serves the second and stops the first.
  return nonces.use(credentials.nonce, credentials.use?.nc, nowMs, realm) === "new" ? "authenticated" : "stale";
}

/** 401 with a challenge per algorithm. The same for known and unknown users. */
export function challenge({ realm, nonces, algorithms }: Gatekeeper, isStale: boolean, nowMs: number): Answer {
  const nonce = nonces.issue(realm, nowMs);
  const headers = algorithms.map((hash) =>
    header("WWW-Authenticate", writeChallenge({ realm, nonce, algorithm: { hash, isSession: false }, qops: ["auth"], isStale })),
  );
  return { status: 401, headers };
}
